import type { Spell } from './spells.ts';
import type { Condition, Span } from './truth.ts';

/** A look that comes every 5 s, and what the exporter makes of it: README and test/real promise no less. */
const ALIVE_AGAIN_SECONDS = 15;
/** As long may an accusation stand that was true. */
const CURED_SECONDS = 10;
/** What an exporter had told before it was killed, it tells again as soon as it is back. */
const TOLD_AGAIN_SECONDS = 10;
/** Between two looks at the roster, and one more for a connection that ended just then. */
const ROSTER_SLACK_MS = 2_500;

const ACCUSING = new Set(['zombie', 'wedged', 'down']);

export interface Watched {
  readonly name: string;
  readonly lives: readonly Span[];
  readonly spells: ReadonlyMap<string, readonly Spell[]>;
}

export interface History {
  readonly conditions: readonly Condition[];
  readonly attached: ReadonlyMap<string, readonly Span[]>;
  readonly watchers: readonly Watched[];
  readonly endMs: number;
  /** How many times its length a bound may take, by how busy the machine was meanwhile. */
  readonly room: (fromMs: number, toMs: number) => number;
}

export interface Claim {
  readonly kind: 'told' | 'alive again' | 'no false 503';
  readonly watcher: string;
  readonly node: string;
  readonly fault?: string;
  readonly passed: boolean;
  /** When it began, and how long it took. */
  readonly atMs: number;
  readonly tookSeconds?: number;
  readonly withinSeconds?: number;
  /** What was said instead. */
  readonly seen: string;
}

/** Holds what each exporter said of each node host against what was so. */
export function judge(history: History): readonly Claim[] {
  return history.watchers.flatMap((watcher) => [
    ...history.conditions.flatMap((condition) => told(history, watcher, condition)),
    ...[...watcher.spells.keys()].flatMap((node) => [
      neverFalse(history, watcher, node),
      ...aliveWhileWell(history, watcher, node),
    ]),
  ]);
}

/** A fault is told within its bound by each life of the exporter that sees it, and then until its end. */
function told(history: History, watcher: Watched, condition: Condition): readonly Claim[] {
  const { expects, fromMs, node, fault, restartHelps } = condition;
  if (expects === undefined) return [];
  const spells = watcher.spells.get(node) ?? [];
  const fits = ({ state, isFailed }: Spell): boolean => state === expects.state && isFailed === restartHelps;
  const claims: Claim[] = [];
  let wasTold = false;
  for (const life of watcher.lives) {
    const seen = overlap(life, condition, history.endMs);
    if (seen === undefined) continue;
    const withinSeconds =
      seen.fromMs === fromMs
        ? expects.withinSeconds
        : wasTold
          ? TOLD_AGAIN_SECONDS
          : (expects.firstSightSeconds ?? expects.withinSeconds);
    const meanwhile = spells.filter((spell) => isWithin(spell, seen));
    const first = meanwhile.find(fits);
    const boundMs = withinSeconds * 1_000 * history.room(seen.fromMs, seen.fromMs + withinSeconds * 1_000);
    const common = {
      kind: 'told',
      watcher: watcher.name,
      node,
      fault,
      atMs: seen.fromMs,
      withinSeconds,
    } as const;
    if (first === undefined) {
      if (seen.toMs - seen.fromMs > boundMs)
        claims.push({
          ...common,
          passed: false,
          seen: `not within ${seconds(seen.toMs - seen.fromMs)}: ${words(meanwhile.at(-1))}`,
        });
      continue;
    }
    wasTold = true;
    const toldMs = Math.max(first.firstAnsweredMs, seen.fromMs);
    const untold = restartHelps
      ? meanwhile.find((spell) => spell.firstAnsweredMs > toldMs && !fits(spell))
      : undefined;
    const tookSeconds = (toldMs - seen.fromMs) / 1_000;
    claims.push({
      ...common,
      tookSeconds,
      passed: toldMs - seen.fromMs <= boundMs && untold === undefined,
      seen:
        untold === undefined
          ? words(first)
          : `taken back after ${seconds(untold.firstAnsweredMs - seen.fromMs)}: ${words(untold)}`,
    });
  }
  return claims;
}

/** `/livez` fails for it, and it is accused, only while a restart would help. */
function neverFalse(history: History, watcher: Watched, node: string): Claim {
  const spells = watcher.spells.get(node) ?? [];
  const allowed = history.conditions
    .filter((condition) => condition.node === node && condition.restartHelps)
    .map((condition) => ({ fromMs: condition.fromMs, toMs: accusedUntil(history, watcher, condition) }));
  const wrong = spells.find(
    (spell) =>
      (spell.isFailed || ACCUSING.has(spell.state)) &&
      !allowed.some(({ fromMs, toMs }) => spell.firstAnsweredMs >= fromMs && spell.lastAskedMs <= toMs),
  );
  const common = { kind: 'no false 503', watcher: watcher.name, node } as const;
  const looks = spells.reduce((sum, spell) => sum + spell.looks, 0);
  if (wrong === undefined) return { ...common, atMs: 0, passed: looks > 0, seen: `${looks} looks` };
  const lasted = seconds(wrong.lastAskedMs - wrong.firstAnsweredMs);
  return {
    ...common,
    atMs: wrong.firstAnsweredMs,
    passed: false,
    seen: `for ${lasted}, ${situation(history, node, wrong.firstAnsweredMs)}: ${words(wrong)}`,
  };
}

/** An exporter that was away when the fault ended has to look first. */
function accusedUntil({ room, endMs }: History, { lives }: Watched, { toMs }: Condition): number {
  if (toMs === undefined) return endMs;
  const looking = lives.find((life) => (life.toMs ?? endMs) > toMs);
  const fromMs = Math.max(toMs, looking?.fromMs ?? toMs);
  return fromMs + CURED_SECONDS * 1_000 * room(fromMs, fromMs + CURED_SECONDS * 1_000);
}

/** What its gateway lists as attached, and nothing was done to, is alive. */
function aliveWhileWell(history: History, watcher: Watched, node: string): readonly Claim[] {
  const spells = watcher.spells.get(node) ?? [];
  const disturbed = history.conditions.filter((condition) => condition.node === node);
  return (history.attached.get(node) ?? [])
    .flatMap((span) => without(span, disturbed, history.endMs))
    .flatMap((span) => watcher.lives.flatMap((life) => overlap(life, span, history.endMs) ?? []))
    .flatMap(({ fromMs, toMs }): readonly Claim[] => {
      const boundMs =
        ALIVE_AGAIN_SECONDS * 1_000 * history.room(fromMs, fromMs + ALIVE_AGAIN_SECONDS * 1_000);
      const untilMs = toMs - ROSTER_SLACK_MS;
      if (untilMs - fromMs <= boundMs) return [];
      const isAlive = ({ state, isFailed }: Spell): boolean => state === 'alive' && !isFailed;
      const meanwhile = spells.filter((spell) => isWithin(spell, { fromMs, toMs: untilMs }));
      const first = meanwhile.find(isAlive);
      const wrong = meanwhile.find((spell) => !isAlive(spell) && spell.lastAskedMs > fromMs + boundMs);
      const tookMs = Math.max(0, (first?.firstAnsweredMs ?? untilMs) - fromMs);
      return [
        {
          kind: 'alive again',
          watcher: watcher.name,
          node,
          atMs: fromMs,
          tookSeconds: tookMs / 1_000,
          withinSeconds: ALIVE_AGAIN_SECONDS,
          passed: first !== undefined && wrong === undefined,
          seen:
            wrong === undefined
              ? words(first)
              : `attached for ${seconds(Math.max(wrong.firstAnsweredMs, fromMs) - fromMs)}, and for ${seconds(wrong.lastAskedMs - wrong.firstAnsweredMs)}: ${words(wrong)}`,
        },
      ];
    });
}

interface Closed {
  readonly fromMs: number;
  readonly toMs: number;
}

function overlap(one: Span, other: Span, endMs: number): Closed | undefined {
  const fromMs = Math.max(one.fromMs, other.fromMs);
  const toMs = Math.min(one.toMs ?? endMs, other.toMs ?? endMs);
  return fromMs < toMs ? { fromMs, toMs } : undefined;
}

/** The parts of a span in which none of the others holds. */
function without(span: Span, others: readonly Span[], endMs: number): readonly Closed[] {
  let left: readonly Closed[] = [{ fromMs: span.fromMs, toMs: span.toMs ?? endMs }];
  for (const other of others) {
    const toMs = other.toMs ?? endMs;
    left = left.flatMap((part) =>
      [
        { fromMs: part.fromMs, toMs: Math.min(part.toMs, other.fromMs) },
        { fromMs: Math.max(part.fromMs, toMs), toMs: part.toMs },
      ].filter((piece) => piece.fromMs < piece.toMs),
    );
  }
  return left;
}

function isWithin(spell: Spell, { fromMs, toMs }: Closed): boolean {
  return spell.lastAskedMs >= fromMs && spell.firstAnsweredMs <= toMs;
}

/** What was so at a moment, in words. */
function situation({ conditions, attached }: History, node: string, atMs: number): string {
  const before = conditions.filter((condition) => condition.node === node && condition.fromMs <= atMs).at(-1);
  const isAttached = (attached.get(node) ?? []).some(
    ({ fromMs, toMs = 0 }) => fromMs <= atMs && atMs <= toMs,
  );
  const roster = isAttached ? 'listed as attached' : 'not listed as attached';
  if (before === undefined) return `${roster}, with nothing done to it yet`;
  const { toMs } = before;
  return toMs === undefined || toMs > atMs
    ? `${roster}, ${seconds(atMs - before.fromMs)} into: ${before.fault}`
    : `${roster}, ${seconds(atMs - toMs)} after the end of: ${before.fault}`;
}

function words(spell: Spell | undefined): string {
  if (spell === undefined) return 'it said nothing';
  const { state, reasons, isFailed, why } = spell;
  return `${state} (${reasons}), ${isFailed ? 503 : 200}: ${why}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
