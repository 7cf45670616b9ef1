/**
 * `npm run soak -- --hours 1 [--seed S] [--every 60] [--write]`: real OpenClaw in trouble all the time, and every answer of the exporter held
 * against what was done to it. Draws the same faults for the same seed; when they end, reality decides. `--write` keeps what was
 * seen in docs/reliability.md. Closes with `N passed, N failed`; see soak.ts.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withSection } from '../../world/report/marked-section.ts';
import { monotonicMs } from '../harness/wait-until.ts';
import { soakSection, time, type Run } from './report.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    every: { type: 'string', default: '60' },
    write: { type: 'boolean', default: false },
  },
});
const hours = Number(values.hours);
if (!(hours > 0)) throw new Error(`--hours ${values.hours}: want a number above 0, as in 1 or 0.1`);

function say(line: string): void {
  process.stdout.write(`${time(new Date())}  ${line}\n`);
}

const installer = fileURLToPath(new URL('../../../scripts/install-openclaw.ts', import.meta.url));
const { status } = spawnSync(process.execPath, [installer, '2026.4.15', '2026.9.6'], { stdio: 'inherit' });
if (status !== 0) throw new Error('OpenClaw could not be installed');

const from = new Date();
const clockMinusMonotonicMs = Date.now() - monotonicMs();
const outcome = await soak({ hours, seed: values.seed, everySeconds: Number(values.every), say });
const run: Run = {
  hours,
  seed: values.seed,
  from,
  to: new Date(),
  clock: (ms) => new Date(ms + clockMinusMonotonicMs),
};
const section = soakSection(outcome, run);
process.stdout.write(`\n${section.join('\n')}\n`);
if (values.write) {
  const path = fileURLToPath(new URL('../../../docs/reliability.md', import.meta.url));
  writeFileSync(path, withSection(readFileSync(path, 'utf8'), 'soak', section));
  say('wrote docs/reliability.md');
}
process.stdout.write(`\n${outcome.passed} passed, ${outcome.failures.length} failed\n`);
process.exitCode = outcome.failures.length === 0 ? 0 : 1;
