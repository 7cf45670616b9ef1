import { describe, expect, it } from 'vitest';
import { HEARTBEAT_ALERT_SECONDS, HEARTBEAT_STALE_SECONDS } from '../../dashboards/expressions.ts';
import { alertRules } from '../helpers/alert-rules.ts';
import { promDurationMs } from '../helpers/promql.ts';

describe('the colours of a heartbeat’s age', () => {
  const rule = alertRules().find(({ alert }) => alert === 'OpenClawNodeHostHeartbeatStale');

  it('turn when the alert about it begins to wait, and when it fires', () => {
    expect(rule?.expr).toContain(`> ${HEARTBEAT_STALE_SECONDS}\n`);
    expect(HEARTBEAT_ALERT_SECONDS).toBe(HEARTBEAT_STALE_SECONDS + promDurationMs(rule?.for ?? '') / 1_000);
  });
});
