import { describe, expect, it } from 'vitest';
import type { HealthReply } from '../../../src/sources/gateway-http/interpret-health.ts';
import { interpretStatus } from '../../../src/sources/gateway-http/interpret-status.ts';

const answered = (status: number, body: string): HealthReply => ({ kind: 'answered', status, body });

/** As the real gateways answered on 127.0.0.1; the event loop's figures are left out. */
const STARTING = {
  readyz: answered(503, '{"ready":false,"failing":["startup-sidecars"],"uptimeMs":2511}'),
  startupz: answered(
    503,
    '{"ok":false,"status":"starting","version":"2026.9.6","uptimeMs":2516,"pendingReason":"startup-sidecars"}',
  ),
};
const STARTED = {
  readyz: answered(200, '{"ready":true,"failing":[],"uptimeMs":8265}'),
  startupz: answered(200, '{"ok":true,"status":"started","version":"2026.9.6","uptimeMs":8282}'),
};
const OF_2026_4 = {
  readyz: answered(200, '{"ready":true,"failing":[],"uptimeMs":3365}'),
  startupz: answered(200, '<!doctype html><html lang="en"> <head> <title>OpenClaw Control</title>'),
};

describe('what a gateway says of itself', () => {
  it.each([
    ['2026.9.6 that starts', STARTING, { ready: false, startup: 'starting' }],
    ['2026.9.6 that has started', STARTED, { ready: true, startup: 'started' }],
    ['2026.4.15, which answers /startupz with its control UI', OF_2026_4, { ready: true }],
    [
      'a proxy in front of it, which wants to know who asks',
      { readyz: answered(401, '{"ready":true}'), startupz: answered(403, '') },
      {},
    ],
    [
      'nobody',
      {
        readyz: { kind: 'deadline', deadlineMs: 3_000 },
        startupz: { kind: 'failed', error: new Error('x') },
      },
      {},
    ],
    [
      'a version that has another word for it',
      { readyz: answered(200, '{"ready":"yes"}'), startupz: answered(200, '{"status":"warming"}') },
      {},
    ],
  ] as const)('%s', (_who, replies, says) => {
    expect(interpretStatus(replies)).toEqual(says);
  });
});
