import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { killAgainAndAgain } from '../state/kills/kills.ts';
import { Random } from '../world/random.ts';

it('killed in the midst of things it loses no line, counts none twice, and leaves nothing behind', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kills-'));
  const random = new Random('kills');
  try {
    const outcome = await killAgainAndAgain({ kills: 8, directory, random: () => random.next() });
    expect(outcome).toMatchObject({
      wrong: [],
      linesCounted: outcome.linesWritten,
      files: ['device-identity.json', 'exporter.lock', 'state.json'],
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}, 600_000);
