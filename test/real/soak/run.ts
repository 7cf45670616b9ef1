/**
 * `npm run soak -- --hours 1 [--seed S] [--every 60] [--write]`: real OpenClaw in trouble all the time, and every answer of the exporter held
 * against what was done to it. Draws the same faults for the same seed; when they end, reality decides. `--write` keeps what was
 * seen in docs/reliability.md. Closes with `N passed, N failed`; see soak.ts.
 */
import { parseArgs } from 'node:util';
import { reportSection } from '../../helpers/reliability-section.ts';
import { hoursOf, installBothVersions, say } from '../harness/long-run.ts';
import { monotonicMs } from '../harness/wait-until.ts';
import { soakSection, type Run } from './report.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    every: { type: 'string', default: '60' },
    write: { type: 'boolean', default: false },
  },
});
const hours = hoursOf(values.hours);
installBothVersions();

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
reportSection('soak', section, values.write);
process.stdout.write(`\n${outcome.passed} passed, ${outcome.failures.length} failed\n`);
process.exitCode = outcome.failures.length === 0 ? 0 : 1;
