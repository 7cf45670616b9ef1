import { expect, it } from 'vitest';
import { checkNodes, shortText } from '../../../src/http/routes/check.ts';
import { aNode } from '../../helpers/snapshots.ts';
import { accusationsIn, interventionIn, standingsIn } from './supervision.ts';

it('reads what systemd says of several units', () => {
  const answer = 'Id=a.service\nMainPID=7\nNRestarts=2\n\nId=b.service\nMainPID=0\nNRestarts=0\n';
  expect(standingsIn(answer)).toEqual([
    { unit: 'a.service', pid: 7, restarts: 2 },
    { unit: 'b.service', pid: 0, restarts: 0 },
  ]);
  expect(standingsIn('')).toEqual([]);
});

it.each([
  ['the same process', { pid: 7, restarts: 2 }, undefined],
  ['one that ended and was restarted by systemd', { pid: 8, restarts: 3 }, undefined],
  ['none, between two', { pid: 0, restarts: 2 }, undefined],
  ['one that systemd was told to start anew', { pid: 8, restarts: 0 }, 'somebody told it to'],
  ['another one without a restart of its own', { pid: 8, restarts: 2 }, 'systemd did not restart it'],
])('a restart is found in %s, or not', (_what, now, words) => {
  const unit = 'a.service';
  const found = interventionIn({ unit, pid: 7, restarts: 2 }, { unit, ...now });
  if (words === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(words);
});

// Fixed: it looked for the lines of the verbose answer, and found nobody accused.
it('whom an answer of /livez accuses of what is the same with each look', () => {
  const node = aNode({
    name: 'old-B',
    state: 'down',
    live: false,
    why: 'no process for 17 s; nothing has restarted it',
  });
  const answer = shortText(checkNodes('livez', { nodes: [node] }));
  expect(accusationsIn(answer)).toEqual(['down old-B: no process for … s; nothing has restarted it']);
});
