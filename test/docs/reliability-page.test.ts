import { describe, expect, it } from 'vitest';
import { reliabilityPage, type Row } from '../real/reliability-page.ts';

const held: Row = {
  version: '2026.9.6',
  fault: 'lost timer',
  verdict: 'zombie, 503',
  withinSeconds: 10,
  tookSeconds: 4.21,
  passed: true,
  seen: 'whatever was seen',
};
const missed: Row = {
  version: '2026.4.15',
  fault: 'credential',
  verdict: 'the scenario runs to its end',
  passed: false,
  seen: 'the gateway did not start\n--- /tmp/liveness-gateway-x/gateway.log\nError: dump\n    at a.ts:1',
};
const run = {
  startedAt: new Date('2026-11-26T23:00:00Z'),
  endedAt: new Date('2026-11-26T23:42:00Z'),
  isShort: false,
};

describe('the page of a real run', () => {
  it('says first what was run, when, and what may be concluded', () => {
    const [title, , ...rest] = reliabilityPage([held], run).split('\n');
    const opening = rest.slice(0, 9).join('\n');
    expect(title).toBe('# Reliability');
    expect(opening).toContain('the exporter beside the real OpenClaw (2026.9.6)');
    expect(opening).toContain('2026-11-26 23:00 UTC, 42 min');
    expect(opening).toContain('all 1 claims held');
  });

  it('a claim that held says how long it took, one that did not is a sentence and no dump', () => {
    const page = reliabilityPage([held, missed], run);
    expect(page).toContain('| lost timer | zombie, 503 | 10 s | after 4.2 s | held |');
    expect(page).toContain('| the gateway did not start | **missed** |');
    expect(page).not.toContain('dump');
    expect(page).toContain('1 of 2 claims held');
  });
});
