import { describe, expect, it } from 'vitest';
import { reliabilityPage } from '../real/reliability-page.ts';
import type { Result } from '../real/results.ts';
import type { Measurement } from '../real/scenario.ts';

const held: Measurement = {
  fault: 'lost timer',
  verdict: 'zombie, 503',
  withinSeconds: 10,
  tookSeconds: 4.21,
  passed: true,
  seen: 'whatever was seen',
};
const missed: Measurement = {
  fault: 'credential',
  verdict: 'the scenario runs to its end',
  passed: false,
  seen: 'the gateway did not start\n--- /tmp/liveness-gateway-x/gateway.log\nError: dump\n    at a.ts:1',
};
const silent: Result = {
  scenario: 'silent',
  version: '2026.9.6',
  at: '2026-11-26 23:42',
  load: 3,
  rows: [held],
};
const refused: Result = {
  scenario: 'refused',
  version: '2026.4.15',
  at: '2026-11-27 01:00',
  load: 20,
  rows: [missed],
};

describe('the page of what real OpenClaw showed', () => {
  it('says first what was run, when, and what may be concluded', () => {
    const [title, , ...rest] = reliabilityPage([silent], ['silent']).split('\n');
    const opening = rest.slice(0, 10).join('\n');
    expect(title).toBe('# Reliability');
    expect(opening).toContain('the exporter beside the real OpenClaw (2026.9.6)');
    expect(opening).toContain('all 1 claims held');
  });

  it('says of each scenario when it was run last, and how busy the machine was', () => {
    const page = reliabilityPage([silent, refused], ['refused', 'silent']);
    expect(page).toContain('from 2026-11-26 23:42 to 2026-11-27 01:00 UTC');
    expect(page).toContain('### refused\n\n2026-11-27 01:00 UTC, at a load of 20.');
  });

  it('leaves out what is no scenario any more', () => {
    expect(reliabilityPage([silent, refused], ['silent'])).not.toContain('2026.4.15');
  });

  it('a claim that held says how long it took, one that did not is a sentence and no dump', () => {
    const page = reliabilityPage([silent, refused], ['silent', 'refused']);
    expect(page).toContain('| lost timer | zombie, 503 | 10 s | after 4.2 s | held |');
    expect(page).toContain('| the gateway did not start | **missed** |');
    expect(page).not.toContain('dump');
    expect(page).toContain('1 of 2 claims held');
  });
});
