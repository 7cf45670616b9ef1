import { omit, present, type Instant, type Memory, type TargetId } from '../core/index.ts';
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
  },
): WrittenState {
  const plain = (value: unknown): unknown => saved(value, context.now);
  const remotes = Object.values(gateways).flatMap((gateway) => gateway.remotes);
  return {
    version: STATE_VERSION,
    writtenBy: 'openclaw-liveness-exporter',
    savedAt: context.now.wallMs,
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

/** A ring never changes, it is replaced; most of a fleet's are the same as the last time. */
const savedRings = new WeakMap<object, unknown>();

/** A copy in which every {@link Instant} is its wall-clock time, without what is of the moment. */
function saved(value: unknown, now: Instant, key = ''): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (isInstant(value)) return wallMsOf(value, now);
  if (Array.isArray(value)) {
    return key === 'transitions' ? ring(value, now) : value.map((inner) => saved(inner, now));
  }
  const kept = SAVED_KEYS[key];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => inner !== undefined && kept?.has(name) !== false)
      .map(([name, inner]: [string, unknown]) => [name, saved(inner, now, name)]),
  );
}

function ring(transitions: readonly unknown[], now: Instant): unknown {
  const known = savedRings.get(transitions);
  if (known !== undefined) return known;
  const kept = transitions.slice(-SAVED_TRANSITIONS).map((transition) => saved(transition, now));
  savedRings.set(transitions, kept);
  return kept;
}

/** The clock was set back since where a time is ahead of it: then the other clock tells how long ago it was. */
function wallMsOf({ monoMs, wallMs }: Instant, now: Instant): number {
  return wallMs <= now.wallMs ? wallMs : now.wallMs - Math.max(0, now.monoMs - monoMs);
}

function isInstant(value: object): value is Instant {
  return 'monoMs' in value && 'wallMs' in value;
}
