/**
 * What nobody could see without a Mac: `npm run test:macos`, on macOS 13 or newer, as the user that is logged in. It takes four
 * minutes, starts processes and two launch agents of its own with throw-away labels, and takes them away again. What the
 * system printed is kept in `macos-results/`, for the captures that the tests replay.
 *
 *   --rehearse   elsewhere, in twenty seconds: the same claims over Linux's adapters, and a libproc and a launchctl of our own
 */
import { parseArgs } from 'node:util';
import { Claims } from './claims.ts';
import { launchdClaims } from './launchd-claims.ts';
import { openMac, openRehearsal } from './machine.ts';
import { processClaims } from './process-claims.ts';
import { structClaims } from './struct-claims.ts';

const { values } = parseArgs({
  options: { rehearse: { type: 'boolean', default: false }, results: { type: 'string' } },
});
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
if (!values.rehearse && process.platform !== 'darwin') {
  print('This is no Mac; --rehearse exercises the script without one.');
  process.exit(2);
}

const claims = new Claims(values.results ?? 'macos-results', print);
const machine = values.rehearse ? openRehearsal() : openMac();
try {
  for (const [name, output] of await machine.describe()) claims.keep(name, output);
  await structClaims(claims, machine);
  await processClaims(claims, machine);
  await launchdClaims(claims, machine);
} finally {
  machine.close();
}
print(`${claims.passed} passed, ${claims.failed} failed`);
process.exitCode = claims.failed === 0 ? 0 : 1;
