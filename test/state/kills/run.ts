import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { load, machine, minute, reportSection } from '../../helpers/reliability-section.ts';
import { Random } from '../../world/random.ts';
import { killAgainAndAgain, type KillsOutcome } from './kills.ts';

/*
 * `npm run kills -- --count 1000 --seed S [--write]`: the real program, killed in the midst of things; see kills.ts. `--write` keeps
 * what came of it in docs/reliability.md.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const from = new Date();
const random = new Random(values.seed);
const directory = await mkdtemp(join(tmpdir(), 'kills-'));
try {
  const outcome = await killAgainAndAgain({
    kills: Number(values.count),
    directory,
    random: () => random.next(),
    onKill: (done) => {
      if (done % 50 === 0) process.stdout.write(`${done} kills\n`);
    },
  });
  reportSection('kills', sectionOf(outcome), values.write);
  process.exitCode = outcome.wrong.length > 0 || outcome.linesCounted !== outcome.linesWritten ? 1 : 0;
} finally {
  await rm(directory, { recursive: true, force: true });
}

function sectionOf({
  inTheWrite,
  linesWritten,
  linesCounted,
  wrong,
  files,
}: KillsOutcome): readonly string[] {
  const { count, seed } = values;
  return [
    '## Killed again and again',
    '',
    `Written in a checkout by \`npm run kills -- --count ${count} --seed ${seed} --write\`: the real program beside a log that grows, ended by`,
    'SIGKILL, every other time as soon as it begins to write its state, else at a random moment. After each kill its state file',
    'must be whole, and no counter in it lower than it was; in the end each line must be counted once.',
    '',
    `- Run: ${minute(from)} to ${minute(new Date())}, ${machine()}, load at the end ${load()}`,
    `- ${count} kills, ${inTheWrite} of them left a half-written file beside the state file`,
    `- ${linesWritten} lines written, ${linesCounted} counted`,
    `- State files that could not be used, or went back: ${wrong.length === 0 ? 'none' : wrong.join('; ')}`,
    `- In the state directory in the end: ${files.join(', ')}`,
  ];
}
