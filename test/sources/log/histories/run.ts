import fc from 'fast-check';
import { parseArgs } from 'node:util';
import { readBacklog } from './backlog.ts';
import { judge } from './judge.ts';
import { live } from './live.ts';
import { anyHistory } from './steps.ts';

/*
 * `npm run histories -- --count N --seed S [--path P]`: N random histories of a log; a failure is made small and printed
 * with what replays it. `--backlog MIB [--line-bytes N]`: instead, a log that grew by that much while nobody looked.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    path: { type: 'string' },
    backlog: { type: 'string' },
    'line-bytes': { type: 'string', default: '100' },
  },
});
if (values.backlog !== undefined) {
  const outcome = await readBacklog({
    mebibytes: Number(values.backlog),
    lineBytes: Number(values['line-bytes']),
  });
  process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  process.exit(outcome.told === outcome.written && outcome.gaps.length === 0 ? 0 : 1);
}

const total = { histories: 0, lines: 0, admitted: 0, gaps: 0, needless: 0 };
const beganMs = performance.now();
const details = await fc.check(
  fc.asyncProperty(anyHistory, async (history) => {
    const { wrong, ...counts } = judge(await live(history));
    total.histories += 1;
    for (const key of ['lines', 'admitted', 'gaps', 'needless'] as const) total[key] += counts[key];
    if (wrong.length > 0) throw new Error(wrong.join('; '));
  }),
  {
    numRuns: Number(values.count),
    seed: Number(values.seed),
    ...(values.path !== undefined && { path: values.path, endOnFailure: true }),
  },
);
const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0);
process.stdout.write(
  `${total.histories} histories, seed ${values.seed}, ${seconds} s: ${total.lines} lines; ${total.gaps} times it was said that lines may be lost (${total.admitted} were), ${total.needless} of them needlessly\n`,
);
if (details.failed) {
  process.stdout.write(`${fc.defaultReportMessage(details) ?? ''}\n${String(details.errorInstance)}\n`);
  process.exitCode = 1;
}
