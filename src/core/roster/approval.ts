import type { RosterRow } from '../model/observation.ts';
import { isAfter, type Instant } from '../model/time.ts';
import type { LocalFacts } from '../facts/local.ts';
import { READING_LATENCY_MS } from '../facts/log.ts';
import { approvedAt, type RosterReply } from '../facts/roster-entry.ts';
import type { RowMatch } from './assign.ts';

/** Whether the gateway has approved a device, and when by its own clock. */
export interface Approval {
  readonly paired: boolean;
  readonly approvedAtMs: number;
}

/** File times and the gateway's reply are not the same clock's; a person takes longer than this to approve. */
const CLOCK_ROUNDING_MS = 1_000;

/** What is known of the approval of one that parked on pairing. */
export interface Parking {
  /** What the gateway's row said when it parked. */
  readonly with?: Approval;
  /** It was approved since. */
  readonly isApproved: boolean;
}

/** Compares the row now with the row when it parked on pairing: what was approved since lifts the block. */
export function parkingOf(
  facts: LocalFacts,
  before: { readonly parkedWith?: Approval; readonly match?: RowMatch },
  row: RosterRow,
  reply: RosterReply,
): Parking {
  const { parked } = facts.ledger;
  if (parked?.auth !== 'pairing_required') return { isApproved: false };
  const now = approvalOf(row);
  const parkedWith = before.parkedWith ?? approvalBefore(before.match) ?? now;
  // One that is approved as it parks may be told of before its log is read; before that it would have been let in.
  const isNew = now.paired && (!parkedWith.paired || now.approvedAtMs > 0);
  const isApproved =
    facts.approvedSinceParked ||
    (isNew && !isApprovedBefore(parked.at, row, reply)) ||
    isApprovedSinceLastWord(facts, row, reply);
  return { with: parkedWith, isApproved: isApproved && !isStartedSinceApproval(facts, row, reply) };
}

/** An approval between two rosters may have come before the refusal between the same two, and did not help it. */
function isApprovedBefore(parkedAt: Instant, row: RosterRow, reply: RosterReply): boolean {
  const approved = approvedAt(row, reply);
  return approved !== undefined && approved.monoMs + READING_LATENCY_MS < parkedAt.monoMs;
}

/** Then it is not this process that parked before it. */
function isStartedSinceApproval({ startedAt }: LocalFacts, row: RosterRow, reply: RosterReply): boolean {
  const approved = approvedAt(row, reply);
  return approved !== undefined && startedAt !== undefined && isAfter(startedAt, approved);
}

function approvalOf(row: RosterRow): Approval {
  return { paired: row.paired === true, approvedAtMs: row.approvedAtMs ?? 0 };
}

/** What the roster before this one said; a device that was never approved has no row. */
function approvalBefore(match: RowMatch | undefined): Approval | undefined {
  if (match?.kind === 'row') return approvalOf(match.row);
  return match?.kind === 'absent' ? { paired: false, approvedAtMs: 0 } : undefined;
}

/**
 * A parked node host writes nothing any more, so its log's last change is when it parked. That tells also where we
 * started after the approval.
 */
function isApprovedSinceLastWord(facts: LocalFacts, row: RosterRow, reply: RosterReply): boolean {
  const lastWordWallMs = facts.logStatus?.value.lastWriteWallMs;
  const approved = approvedAt(row, reply);
  if (lastWordWallMs === undefined || row.paired !== true || approved === undefined) return false;
  return approved.wallMs > lastWordWallMs + CLOCK_ROUNDING_MS;
}
