import { known, omit, type Instant, type Memory, type TargetId } from '../core/index.ts';
import { SAVED_KEYS, STATE_VERSION, type WrittenState } from './state-schema.ts';

/** Transitions kept in the file for each node; the ring in memory is longer. */
const SAVED_TRANSITIONS = 50;

/** What of the core must survive, with the log positions of the same moment. All times become wall-clock times. */
export function dehydrate(
  { locals, gateways, dropped }: Memory,
  context: {
    readonly wallMs: number;
    readonly logs: Readonly<Record<string, unknown>>;
    /** URLs where node hosts were seen to dial. */
    readonly dialled?: Readonly<Record<TargetId, string>>;
    /** How long this machine has been up, and since which start of it; absent where it does not tell. */
    readonly boot?: { readonly id: string; readonly uptimeMs: number };
  },
): WrittenState {
  const remotes = Object.values(gateways).flatMap((gateway) => gateway.remotes);
  return {
    version: STATE_VERSION,
    writtenBy: 'openclaw-liveness-exporter',
    savedAt: context.wallMs,
    ...known({ boot: context.boot }),
    dialled: context.dialled ?? {},
    dropped: known(dropped),
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
function plain(value: unknown, key = ''): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (isInstant(value)) return value.wallMs;
  if (Array.isArray(value)) return key === 'transitions' ? ring(value) : value.map((inner) => plain(inner));
  const kept = SAVED_KEYS[key];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => inner !== undefined && kept?.has(name) !== false)
      .map(([name, inner]: [string, unknown]) => [name, plain(inner, name)]),
  );
}

function ring(transitions: readonly unknown[]): unknown {
  const known = savedRings.get(transitions);
  if (known !== undefined) return known;
  const saved = transitions.slice(-SAVED_TRANSITIONS).map((transition) => plain(transition));
  savedRings.set(transitions, saved);
  return saved;
}

function isInstant(value: object): value is Instant {
  return 'monoMs' in value && 'wallMs' in value;
}
