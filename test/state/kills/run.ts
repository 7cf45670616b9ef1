import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../world/random.ts';
import { killAgainAndAgain } from './kills.ts';

/* `npm run kills -- --count 1000 --seed S`: the real program, killed in the midst of things; see kills.ts. */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
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
  process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  process.exitCode = outcome.wrong.length > 0 || outcome.linesCounted !== outcome.linesWritten ? 1 : 0;
} finally {
  await rm(directory, { recursive: true, force: true });
}
