import {
  elapsedMs,
  type Instant,
  type NodeSnapshot,
  omit,
  RECOVERY_OUTCOMES,
  type RecoveryOutcome,
  type Snapshot,
} from '../../core/index.ts';
import { accusersOf } from './accusers.ts';
import type { RecoverySettings } from '../../config/config.ts';

/** A restart that was begun and of which nobody knows yet what came of it. */
export interface Act {
  readonly startedAt: Instant;
  /** The deadline counts from here: an exporter that died meanwhile begins to look again at its start. */
  readonly watchedSince: Instant;
  /** The process that is to go. */
  readonly incarnation: string;
  /** That process and all that it had started. */
  readonly family: readonly string[];
  /** Begun by an exporter that died: whether its command ran nobody knows, and how long it took neither. */
  readonly isInterrupted: boolean;
}

/** What an act came to. */
export interface ActResult {
  readonly outcome: RecoveryOutcome;
  readonly attachedAfterMs?: number;
  /** In one sentence. */
  readonly words: string;
}

/** What recovery remembers of one node host. */
export interface NodeMemory {
  /** How long the process was accused by two viewpoints, as far as looks told. */
  readonly streak?: { readonly incarnation: string; readonly heldMs: number; readonly at: Instant };
  /** When it would have been restarted, had it not run commands for agents. */
  readonly waitingSince?: Instant;
  /** Restarts since it was last well for long enough, oldest first. */
  readonly spent: readonly Instant[];
  readonly coolUntil?: Instant;
  readonly acting?: Act;
  readonly last?: ActResult & { readonly at: Instant };
  readonly attempts: Readonly<Record<RecoveryOutcome, number>>;
  /** Unix time in milliseconds at which `attempts` was zero. */
  readonly since: number;
}

export function newMemory(now: Instant): NodeMemory {
  const attempts = Object.fromEntries(RECOVERY_OUTCOMES.map((outcome) => [outcome, 0]));
  return { spent: [], attempts: attempts as NodeMemory['attempts'], since: now.wallMs };
}

/** A look that comes later than this after the one before was late itself: what lies between nobody saw. */
const LONGEST_STEP_MS = 15_000;
/** The word of two. */
export const ACCUSERS_NEEDED = 2;

/** What one more look adds: how long it is accused by now, and whether it has earned its budget back. */
export function observe(
  memory: NodeMemory,
  { node, snapshot, settings }: { node: NodeSnapshot; snapshot: Snapshot; settings: RecoverySettings },
): NodeMemory {
  const now = snapshot.at;
  const isWell = node.state === 'alive' && elapsedMs(node.since, now) >= settings.refillAfterMs;
  const { streak: before, waitingSince, ...rest } = memory;
  const streak = nextStreak(before, node, snapshot);
  return {
    ...rest,
    ...(isWell && { spent: [] }),
    ...(streak !== undefined && { streak }),
    ...(streak !== undefined && waitingSince !== undefined && { waitingSince }),
  };
}

function nextStreak(
  streak: NodeMemory['streak'],
  node: NodeSnapshot,
  { at, doubt }: Snapshot,
): NodeMemory['streak'] {
  const incarnation = node.evidence.process?.incarnation;
  const isSame = streak !== undefined && (incarnation === undefined || streak.incarnation === incarnation);
  // An inconclusive look neither clears nor advances it.
  if (doubt !== undefined || node.state === 'unknown') return isSame ? { ...streak, at } : undefined;
  if (!asksForRestart(node)) return undefined;
  const accused = accusersOf(node).length >= ACCUSERS_NEEDED;
  if (incarnation === undefined || !accused) return isSame ? { ...streak, at } : undefined;
  if (!isSame) return { incarnation, heldMs: 0, at };
  const step = Math.min(elapsedMs(streak.at, at), LONGEST_STEP_MS);
  return { incarnation, heldMs: streak.heldMs + step, at };
}

/**
 * Whether what would help is a restart. One that is stopped (SIGSTOP) could also be continued, by whoever knows why it was
 * stopped; without such a person a restart is what is left.
 */
export function asksForRestart({ remedy }: NodeSnapshot): boolean {
  return remedy.kind === 'restart' || remedy.kind === 'continue';
}

/** Up to a fifth more, so that machines which lost the same gateway do not act in step. */
const JITTER = 0.2;

export function longestCooldownMs({ cooldownMs }: Pick<RecoverySettings, 'cooldownMs'>): number {
  return Math.round(cooldownMs * (1 + JITTER));
}

/** Begins a restart: it counts from here on, whatever becomes of it. @param random from 0 to 1 */
export function begin(
  memory: NodeMemory,
  act: Pick<Act, 'incarnation' | 'family'>,
  { now, settings, random }: { now: Instant; settings: RecoverySettings; random: number },
): NodeMemory {
  return {
    ...cooling(memory, { now, settings, random }),
    spent: [...memory.spent, now],
    acting: { ...act, startedAt: now, watchedSince: now, isInterrupted: false },
  };
}

/** Nothing is done, and for a while nothing more is said. */
export function rehearse(
  memory: NodeMemory,
  at: { now: Instant; settings: RecoverySettings; random: number },
  words: string,
): NodeMemory {
  return settle(cooling(memory, at), { outcome: 'dry_run', words }, at.now);
}

function cooling(
  memory: NodeMemory,
  { now, settings, random }: { now: Instant; settings: RecoverySettings; random: number },
): NodeMemory {
  const ms = Math.round(settings.cooldownMs * (1 + JITTER * random));
  return {
    ...omit(memory, 'waitingSince'),
    coolUntil: { monoMs: now.monoMs + ms, wallMs: now.wallMs + ms },
  };
}

/** Notes what came of it. */
export function settle(memory: NodeMemory, result: ActResult, now: Instant): NodeMemory {
  const { acting } = memory;
  return {
    ...omit(memory, 'acting', 'streak'),
    last: { ...result, at: acting?.startedAt ?? now },
    attempts: { ...memory.attempts, [result.outcome]: memory.attempts[result.outcome] + 1 },
  };
}

/** Whether it was restarted as often as is allowed since it was last well for long enough. */
export function isExhausted({ spent }: NodeMemory, { maxAttempts }: RecoverySettings): boolean {
  return spent.length >= maxAttempts;
}

/** Nothing was done after all, so nothing was spent. */
export function withdraw(memory: NodeMemory, result: ActResult, now: Instant): NodeMemory {
  return settle({ ...memory, spent: memory.spent.slice(0, -1) }, result, now);
}

/** What cannot matter any more needs no place on the disk. */
export function isWorthKeeping({ spent, acting, last }: NodeMemory): boolean {
  return spent.length > 0 || acting !== undefined || last !== undefined;
}
