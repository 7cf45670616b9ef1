import { expect, it } from 'vitest';
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

it('whom an answer of /livez accuses of what is the same with each look', () => {
  const answer = [
    '[+]old-A alive since 2026-11-28T07:00:00.000Z attached',
    '[-]old-B down since 2026-11-28T07:00:00.000Z no-process: no process for 17 s; nothing has restarted it',
    '[-]old-C down since 2026-11-28T07:00:00.000Z no-process (excluded)',
    'livez check failed',
  ].join('\n');
  expect(accusationsIn(answer)).toEqual([
    'old-B down no-process: no process for … s; nothing has restarted it',
  ]);
});
