/**
 * `npm run no-restart -- --hours 1 [--write]`: real OpenClaw of both versions under a real systemd, in every trouble that a restart
 * would not end, beside exporters that may restart. `--write` keeps what was seen in docs/reliability.md. Takes root and systemd.
 * Closes with `N passed, N failed`; see hour.ts.
 */
import { parseArgs } from 'node:util';
import { reportSection } from '../../helpers/reliability-section.ts';
import { hoursOf, installBothVersions, say } from '../harness/long-run.ts';
import { hourWithoutRestart } from './hour.ts';
import { failuresOf, noRestartSection } from './report.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const hours = hoursOf(values.hours);
installBothVersions();

const from = new Date();
const outcome = await hourWithoutRestart({ hours, say });
const section = noRestartSection(outcome, { hours, from, to: new Date() });
reportSection('no-restart', section, values.write);
const failed = failuresOf(outcome).length;
const total = outcome.claims.length + outcome.acted.length + outcome.passed.length;
process.stdout.write(`\n${total - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
