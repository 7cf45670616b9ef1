import { omit, present, type Instant, type Memory, type TargetId } from '../core/index.ts';
import { ClockSteps } from './clock-steps.ts';
import { SAVED_KEYS, STATE_VERSION, type WrittenState } from './state-schema.ts';

/** Transitions kept in the file for each node; the ring in memory is longer. */
const SAVED_TRANSITIONS = 50;

/** What of the core must survive, with the log positions of the same moment. All times become wall-clock times. */
export function dehydrate(
  { locals, gateways, dropped }: Memory,
  context: {
    readonly now: Instant;
    readonly logs: Readonly<Record<string, unknown>>;
    /** URLs where node hosts were seen to dial. */
    readonly dialled?: Readonly<Record<TargetId, string>>;
    /** How long this machine has been up, and since which start of it; absent where it does not tell. */
    readonly boot?: { readonly id: string; readonly uptimeMs: number };
    /** How the clock was set since this run began. */
    readonly steps?: ClockSteps;
  },
): WrittenState {
  const { now, steps = new ClockSteps() } = context;
  const plain = (value: unknown): unknown => saved(value, { now, steps });
  const remotes = Object.values(gateways).flatMap((gateway) => gateway.remotes);
  return {
    version: STATE_VERSION,
    writtenBy: 'openclaw-liveness-exporter',
    savedAt: now.wallMs,
    ...present({ boot: context.boot }),
    dialled: context.dialled ?? {},
    dropped: present(dropped),
    gateways: Object.fromEntries(
      Object.entries(gateways).map(([name, gateway]) => [name, plain(omit(gateway, 'remotes'))]),
    ) as WrittenState['gateways'],
    locals: plain(locals) as WrittenState['locals'],
    remotes: Object.fromEntries(
      remotes.map(({ key, ...remote }) => [key, plain(remote)]),
    ) as WrittenState['remotes'],
    logs: context.logs,
  };
}

interface Clock {
  readonly now: Instant;
  readonly steps: ClockSteps;
}

/** A ring never changes, it is replaced; most of a fleet's are the same as the last time. */
const savedRings = new WeakMap<object, { readonly kept: unknown; readonly steps: readonly unknown[] }>();

/** A copy in which every {@link Instant} is its wall-clock time, without what is of the moment. */
function saved(value: unknown, clock: Clock, key = ''): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (isInstant(value)) return wallMsOf(value, clock);
  if (Array.isArray(value)) {
    return key === 'transitions' ? ring(value, clock) : value.map((inner) => saved(inner, clock));
  }
  const kept = SAVED_KEYS[key];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => inner !== undefined && kept?.has(name) !== false)
      .map(([name, inner]: [string, unknown]) => [name, saved(inner, clock, name)]),
  );
}

function ring(transitions: readonly unknown[], clock: Clock): unknown {
  const known = savedRings.get(transitions);
  // Until the clock is set: then its times are moved as all others are.
  if (known?.steps === clock.steps.known) return known.kept;
  const kept = transitions.slice(-SAVED_TRANSITIONS).map((transition) => saved(transition, clock));
  savedRings.set(transitions, { kept, steps: clock.steps.known });
  return kept;
}

/** Nobody saw how the clock was set back where a time is ahead of it: then the other clock tells how long ago it was. */
function wallMsOf(instant: Instant, { now, steps }: Clock): number {
  const wallMs = steps.wallMsOf(instant);
  return wallMs <= now.wallMs ? wallMs : now.wallMs - Math.max(0, now.monoMs - instant.monoMs);
}

function isInstant(value: object): value is Instant {
  return 'monoMs' in value && 'wallMs' in value;
}
