import { expect, it } from 'vitest';
import type { Claim } from './judge.ts';
import { soakSection, type Run } from './report.ts';
import { flatness, type ResourceSample } from './resources.ts';
import type { Outcome } from './soak.ts';

const RUN: Run = {
  hours: 1,
  seed: 's',
  clock: (ms) => new Date(ms),
  from: new Date(0),
  to: new Date(3_600_000),
};
const told: Claim = {
  kind: 'told',
  watcher: 'left alone',
  node: 'A',
  fault: 'stopped',
  passed: true,
  atMs: 0,
  tookSeconds: 5.04,
  withinSeconds: 7,
  seen: 'wedged',
};
const samples = [100, 101, 100, 102, 130, 131, 132, 133].map((rssMib, index): ResourceSample => ({
  atMs: index,
  rssMib,
  descriptors: 30,
  cpuPercent: 1,
  load: 3,
}));
const outcome: Outcome = {
  injected: [
    { fault: 'stopped', where: 'A', atMs: 0 },
    { fault: 'tunnel cut', where: 'A', atMs: 1 },
  ],
  claims: [told, { ...told, tookSeconds: 6.1 }],
  flat: flatness(samples),
  samples,
  looks: 9,
  failures: [{ atMs: 61_000, what: 'A: told within 7 s?\n    at a.ts:1' }],
  passed: 4,
};

it('the page of a soak says what was done how often, how it was told, and what did not hold at what time', () => {
  const page = soakSection(outcome, RUN).join('\n');
  expect(page).toContain('2 faults, 9 looks at four node hosts: 4 claims held, 1 did not');
  expect(page).toContain('| stopped | 1 | 2 of 2 | 7 | 6.1 | 6.1 |');
  expect(page).toContain('| tunnel cut | 1 | nobody is accused | – | – | – |');
  expect(page).toContain('- 00:01:01 A: told within 7 s?');
  expect(page).not.toContain('a.ts');
});

it('memory that grew beyond its room from the first quarter to the last is not flat', () => {
  const [memory, descriptors] = flatness(samples);
  expect(memory).toMatchObject({ from: 101, to: 133 });
  expect((memory?.to ?? 0) > (memory?.limit ?? 0)).toBe(true);
  expect((descriptors?.to ?? 0) > (descriptors?.limit ?? 0)).toBe(false);
});
