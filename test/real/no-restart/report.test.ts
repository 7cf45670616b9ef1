import { expect, it } from 'vitest';
import type { Outcome } from './hour.ts';
import { failuresOf, noRestartSection } from './report.ts';

const RUN = { hours: 1, from: new Date(0), to: new Date(3_600_000) };
const OUTCOME: Outcome = {
  passed: [
    { trouble: 'gateway away', site: 'old', looks: 30, failedLooks: 4, accusations: ['old-A down'] },
    { trouble: 'gateway away', site: 'old', looks: 10, failedLooks: 0, accusations: [] },
  ],
  claims: [{ what: 'old-A: stays 0', passed: true, seen: '9 outcomes, 0 counted' }],
  heldBack: new Map([['shared-cause', 3]]),
  acted: [{ fault: 'stopped', node: 'old-B', passed: true, tookSeconds: 41.6, seen: 'process 1 became 2' }],
};

it('the page of the hour says what befell whom, what tempted, and what was restarted in the end', () => {
  const page = noRestartSection(OUTCOME, RUN).join('\n');
  expect(page).toContain('- 2 claims held, 0 did not');
  expect(page).toContain('shared-cause 3');
  expect(page).toContain('| gateway away | 2 | 4 of 40 | – | – |');
  expect(page).toContain('- old-A down (gateway away)');
  expect(page).toContain('| stopped | old-B | restarted once, and attached | 42 | process 1 became 2 |');
  expect(page).not.toContain('did not hold:');
});

it('a restart that was counted, or one that did not come in the end, is a failure in words', () => {
  const failed: Outcome = {
    ...OUTCOME,
    claims: [{ what: 'old-A: stays 0', passed: false, seen: '1 counted' }],
    acted: OUTCOME.acted.map((act) => ({ ...act, passed: false })),
  };
  expect(failuresOf(failed)).toHaveLength(2);
  const page = noRestartSection(failed, RUN).join('\n');
  expect(page).toContain('- 0 claims held, 2 did not');
  expect(page).toContain('- old-A: stays 0: 1 counted');
});
