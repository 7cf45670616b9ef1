import { expect, it } from 'vitest';
import { unseenTarget, type LocalFacts } from '../../src/core/facts/local.ts';
import { observeRow } from '../../src/core/facts/roster-entry.ts';
import { observeSocket } from '../../src/core/facts/socket-look.ts';
import type { Instant } from '../../src/core/model/time.ts';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import { cluesOf, newLocal, withoutRow } from '../../src/core/roster/local-node.ts';
import { aRow } from '../helpers/world.ts';
import { aSocketLook } from '../helpers/socket-look.ts';

const at = (seconds: number): Instant => ({ monoMs: seconds * 1_000, wallMs: 1e12 + seconds * 1_000 });

/** What is known at 120 s of one that was found to have a session first told of at `toldAt`, and looked at each second. */
function cluesAt(
  toldAt: number,
  connectionSeenAt: number,
  ledger: Partial<LocalFacts['ledger']> = {},
  startedAt = 10,
): ReturnType<typeof cluesOf> {
  const target = { id: 'local', explicit: true };
  let facts: LocalFacts = {
    ...unseenTarget(target),
    incarnation: '1:1',
    everAttached: true,
    startedAt: at(startedAt),
  };
  facts = { ...facts, ledger: { ...facts.ledger, ...ledger } };
  for (let second = 80; second <= 120; second += 1) {
    const isThere = second >= connectionSeenAt;
    const look = aSocketLook(at(second), isThere ? [{ id: 'c', state: 'established', unreadBytes: 0 }] : [], {
      incarnation: '1:1',
      endpoint: { host: 'gateway.lan', port: 18_789 },
    });
    facts = observeSocket(facts, look, DEFAULT_THRESHOLDS);
  }
  const row = aRow({ nodeId: 'a', connectedAtMs: 5 });
  const entry = { gateway: 'g', nodeId: 'a', row, seenAt: at(119), toldAt: at(toldAt), proofs: {} };
  const node = { ...newLocal(target, at(0)), facts, entry, isSure: true };
  return cluesOf(node, { at: at(120), defaultName: 'x', isNew: false, isGatewayHere: false });
}

// Fixed: a session that a namesake had begun was its own for good, whatever its own connection said of its age.
it('a session that was told of before its connection opened is no reason to doubt the ages of both', () => {
  expect(cluesAt(100, 99.5)).toHaveProperty('sessionAtMs', 5);
  expect(cluesAt(100, 102)).toHaveProperty('sessionAtMs', 5);
  expect(cluesAt(100, 104)).not.toHaveProperty('sessionAtMs');
});

// Fixed: paired anew, it kept the row that it was before, and was a zombie beside its own session.
it('a connection that was there before we looked is as old as its log says that it is connected', () => {
  const ageMs = (ledger: Partial<LocalFacts['ledger']>): number | undefined => {
    const { connection } = cluesAt(100, 80, ledger);
    return connection.kind === 'open' ? connection.ageMs : undefined;
  };
  expect(ageMs({})).toBeUndefined();
  expect(ageMs({ attached: true, lastConnect: at(60) })).toBe(60_000);
  expect(ageMs({ attached: true, lastConnect: at(60), lastClose: at(70) })).toBeUndefined();
  expect(ageMs({ attached: false, lastConnect: at(60) })).toBeUndefined();
});

// Fixed: restarted and attached between two looks, one of two that are called alike was listed twice (n2-267).
it('a connection that was there at the first look is as old as that look, if its process had only just started', () => {
  const isOfKnownAge = (startedAt: number): boolean => {
    const { connection } = cluesAt(100, 80, {}, startedAt);
    return connection.kind === 'open' && connection.ageMs === 40_000;
  };
  expect(isOfKnownAge(77)).toBe(true);
  expect(isOfKnownAge(76)).toBe(false);
});

// Fixed: it bore the id of a node on another machine, which was listed no more, for as long as nothing told them apart.
it('the row that it was taken for is none while several could be its own', () => {
  const entry = { gateway: 'g', nodeId: 'a', row: aRow({ nodeId: 'a' }), seenAt: at(1), proofs: {} };
  const node = { ...newLocal({ id: 'local', explicit: true }, at(0)), entry };
  expect(withoutRow({ ...node, isSure: false }, { kind: 'ambiguous' }).entry).toBeUndefined();
  expect(withoutRow({ ...node, isSure: true }, { kind: 'ambiguous' }).entry).toBe(entry);
  expect(withoutRow({ ...node, isSure: false }, { kind: 'absent', denies: true }).entry).toBe(entry);
});

it('without a session it comes from where its last one came from, wherever its device was paired', () => {
  const reply = { gateway: 'g', at: at(100), gatewayTsMs: 1e12 + 100_000 };
  const session = aRow({ nodeId: 'a', connected: true, fromElsewhere: true });
  const { entry } = observeRow(undefined, session, reply);
  const { entry: left } = observeRow(entry, aRow({ nodeId: 'a', connected: false }), reply);
  expect(left.row.fromElsewhere).toBe(true);
  const back = observeRow(left, aRow({ nodeId: 'a', connected: true }), reply);
  expect(back.entry.row.fromElsewhere).toBeUndefined();
});
