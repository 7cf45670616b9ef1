import { describe, expect, it } from 'vitest';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import type { RosterRow } from '../../src/core/model/observation.ts';
import type { Instant } from '../../src/core/model/time.ts';
import { assessAttached } from '../../src/core/rules/attached.ts';
import type { Assessment } from '../../src/core/rules/assessment.ts';
import type { Attachment } from '../../src/core/rules/attachment.ts';
import type { LocalContext } from '../../src/core/rules/context.ts';
import { aRow } from '../helpers/world.ts';

const NOW: Instant = { monoMs: 0, wallMs: 5e12 };

function assess(attachment: Attachment, row?: Partial<RosterRow>): Assessment | undefined {
  const context: LocalContext = {
    now: NOW,
    limits: DEFAULT_THRESHOLDS,
    gateway: {
      health: 'healthy',
      why: '',
      healthySince: NOW,
      unwellSince: undefined,
      answersSince: NOW,
      isOwnSessionOpen: true,
      isDistrusted: false,
      isGuess: false,
      isHere: true,
    },
    path: undefined,
    dialsGateway: true,
    attachment,
    isAmbiguous: false,
    isUnpaired: false,
    row: row && { row: aRow({ nodeId: 'n', ...row }), gatewayTsMs: 0, at: NOW },
    probe: undefined,
    trustedSince: NOW,
  };
  return assessAttached(context);
}

const BY_GATEWAY: Attachment = { attached: true, by: 'gateway' };

describe('one that is attached', () => {
  it.each([
    ['gateway', 'attached', 'the gateway holds a live session of it'],
    [
      'socket',
      'attached-by-socket',
      'its connection has outlived every connect deadline and the gateway answers',
    ],
    ['log', 'attached-by-log', 'its log says connected and the gateway answers'],
  ] as const)('by its %s is alive and ready, and says by what', (by, reason, why) => {
    expect(assess({ attached: true, by })).toEqual({ state: 'alive', reasons: [reason], why, ready: true });
  });

  it('is not ready while its commands are withheld, whoever says that it is attached', () => {
    for (const by of ['gateway', 'log'] as const) {
      expect(assess({ attached: true, by }, { approvalState: 'pending-approval', commandCount: 0 })).toEqual({
        state: 'alive',
        reasons: ['attached', 'awaiting-approval'],
        why: 'attached, but the gateway withholds its commands until an operator approves them',
        ready: false,
      });
    }
  });

  it('is ready where it is approved, has a command all the same, or its gateway knows of no approval', () => {
    const reasons = (row: Partial<RosterRow>): unknown => assess(BY_GATEWAY, row)?.reasons;
    expect(reasons({ approvalState: 'approved', commandCount: 0 })).toEqual(['attached']);
    expect(reasons({ approvalState: 'pending-approval', commandCount: 1 })).toEqual(['attached']);
    expect(reasons({ commandCount: 0 })).toEqual(['attached']);
    expect(reasons({ approvalState: 'unapproved' })).toContain('awaiting-approval');
  });
});

it('one that is not attached, or of which nobody knows, is not assessed so', () => {
  expect(assess({ attached: false, by: 'gateway' })).toBeUndefined();
  expect(assess({ attached: undefined })).toBeUndefined();
});
