/**
 * `npm run no-restart -- --hours 1 [--write]`: real OpenClaw of both versions under a real systemd, in every trouble that a restart
 * would not end, beside exporters that may restart. `--write` keeps what was seen in docs/reliability.md. Takes root and systemd.
 * Closes with `N passed, N failed`; see hour.ts.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withSection } from '../../world/report/marked-section.ts';
import { time } from '../soak/report.ts';
import { hourWithoutRestart } from './hour.ts';
import { failuresOf, noRestartSection } from './report.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
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
const outcome = await hourWithoutRestart({ hours, say });
const section = noRestartSection(outcome, { hours, from, to: new Date() });
process.stdout.write(`\n${section.join('\n')}\n`);
if (values.write) {
  const path = fileURLToPath(new URL('../../../docs/reliability.md', import.meta.url));
  writeFileSync(path, withSection(readFileSync(path, 'utf8'), 'no-restart', section));
  say('wrote docs/reliability.md');
}
const failed = failuresOf(outcome).length;
const total = outcome.claims.length + outcome.acted.length + outcome.passed.length;
process.stdout.write(`\n${total - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
