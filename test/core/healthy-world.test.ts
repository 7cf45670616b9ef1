import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../src/core/model/node-state.ts';
import { World, type WorldOptions } from '../helpers/world.ts';
import type { NodeOptions } from '../helpers/world/simulated-node.ts';

/** Fixed, so that a failure comes back; raise `FC_RUNS` to look further. */
const RUNS = Number(process.env.FC_RUNS ?? 25);
const PARAMETERS = { seed: 69_800, numRuns: RUNS, endOnFailure: false } as const;
const FALSE_PAGES: readonly NodeState[] = ['zombie', 'wedged', 'down'];

const VIEWPOINTS: readonly (readonly [string, WorldOptions])[] = [
  ['with every viewpoint', {}],
  ['with a probe', { probe: true }],
  ['without a credential', { credential: false }],
  ['without a log', { log: false }],
  ['without sockets', { socket: false }],
  ['without a credential and a log', { credential: false, log: false }],
  ['without a credential and sockets', { credential: false, socket: false }],
  ['with the gateway alone beside the process', { log: false, socket: false }],
];

/** Numbers that depend on nothing but the seed of the example. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Trouble =
  | { readonly kind: 'outage'; readonly how: 'SIGTERM' | 'SIGKILL'; readonly seconds: number }
  | { readonly kind: 'freeze'; readonly seconds: number }
  | { readonly kind: 'late exporter'; readonly seconds: number }
  | { readonly kind: 'restarted exporter'; readonly seconds: number }
  | { readonly kind: 'short stop'; readonly seconds: number }
  | { readonly kind: 'short spin'; readonly seconds: number }
  | { readonly kind: 'dropped connection' }
  | { readonly kind: 'wall clock step'; readonly seconds: number };

const quarter = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: min * 4, max: max * 4 }).map((quarters) => quarters / 4);

const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('outage' as const),
      how: fc.constantFrom('SIGTERM' as const, 'SIGKILL' as const),
      seconds: quarter(0.5, 62),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('freeze' as const), seconds: quarter(1, 75) }) },
  fc.record({ kind: fc.constant('late exporter' as const), seconds: quarter(0.25, 3) }),
  fc.record({ kind: fc.constant('late exporter' as const), seconds: quarter(3, 40) }),
  fc.record({ kind: fc.constant('restarted exporter' as const), seconds: quarter(0.5, 30) }),
  fc.record({ kind: fc.constant('short stop' as const), seconds: quarter(0.25, 3.5) }),
  fc.record({ kind: fc.constant('short spin' as const), seconds: quarter(0.25, 5) }),
  fc.record({ kind: fc.constant('dropped connection' as const) }),
  fc.record({ kind: fc.constant('wall clock step' as const), seconds: quarter(-7_200, 7_200) }),
);

const story = fc.record({
  seed: fc.nat(),
  troubles: fc.array(fc.tuple(quarter(1, 90), trouble), { minLength: 1, maxLength: 6 }),
  handshakeSeconds: quarter(0.25, 4),
  jitterMs: fc.constantFrom(0, 300, 1_500),
});

describe.each(VIEWPOINTS)('%s', (_name, viewpoints) => {
  describe.each([
    ['2026.9.6', { version: '2026.9.6' }],
    ['2026.4.15 that is started again after a second', { version: '2026.4.15', keepAliveMs: 1_000 }],
  ] as const)('%s', (_version, version) => {
    it('never pages anybody for a node host that recovers by itself', () => {
      fc.assert(
        fc.property(story, ({ seed, troubles, handshakeSeconds, jitterMs }) => {
          const roll = dice(seed);
          const options: NodeOptions = {
            ...version,
            bootMs: () => 2_000 + Math.floor(roll() * 17) * 250,
            handshakeMs: () => handshakeSeconds * 1_000,
          };
          const world = new World({
            ...viewpoints,
            gatewayVersion: version.version,
            jitterMs: () => Math.floor(roll() * jitterMs),
          });
          const node = world.nodeHost(options).attached();
          const history: string[] = [];
          const seen = world.during(() => {
            world.advance(20);
            for (const [pauseSeconds, event] of troubles) {
              history.push(`${JSON.stringify(event)} in ${node.state}`);
              befall(world, event);
              world.advance(pauseSeconds);
            }
            world.advance(120);
          });
          const pages = FALSE_PAGES.filter((state) => seen.states.has(state));
          expect({ pages, history, transitions: pages.length > 0 ? world.transitions : [] }).toEqual({
            pages: [],
            history,
            transitions: [],
          });
          expect(seen.wasAlwaysLive).toBe(true);
          // Without its log and the gateway's word nobody can tell whether it is attached.
          if (viewpoints.credential !== false || viewpoints.socket !== false) {
            expect(node.state).toBe('alive');
          }
        }),
        PARAMETERS,
      );
    });
  });
});

function befall(world: World, event: Trouble): void {
  const node = world.node;
  switch (event.kind) {
    case 'outage':
      world.gateway.goesDown(event.how);
      world.advance(event.seconds);
      world.gateway.comesBack();
      return;
    case 'freeze':
      world.gateway.freezes();
      world.advance(event.seconds);
      world.gateway.comesBack();
      return;
    case 'late exporter':
      world.exporterHangs(event.seconds);
      return;
    case 'restarted exporter':
      world.exporterRestarts({ awaySeconds: event.seconds });
      return;
    case 'short stop':
      node.stops();
      world.advance(event.seconds);
      node.continues();
      return;
    case 'short spin':
      node.spins();
      world.advance(event.seconds);
      node.continues();
      return;
    case 'dropped connection':
      world.gateway.drops(node);
      return;
    case 'wall clock step':
      world.wallClockSteps(event.seconds);
      return;
    default:
      event satisfies never;
  }
}

/** How long a fault may stay unseen, in seconds, at a gateway that is healthy. */
/** Of the gateway, after too many refusals. */
const LOCK_OUT = 330;

const BOUNDS = {
  stop: 8,
  spin: 45,
  // Ten seconds with a readable log; without one the node host's schedule is only known by its cap.
  lostTimer: 14,
  lostTimerWithoutLog: 56,
  lostTimerWithoutSockets: 30,
  lostTimerWithoutBoth: 72,
};

describe.each(VIEWPOINTS.filter(([, { credential, socket }]) => credential !== false || socket !== false))(
  '%s',
  (_name, viewpoints) => {
    const scene = fc.record({
      seed: fc.nat(),
      watchedSeconds: quarter(5, 420),
      jitterMs: fc.constantFrom(0, 300),
      outageSeconds: quarter(1, 62),
    });
    const begin = ({
      seed,
      jitterMs,
      watchedSeconds,
    }: {
      seed: number;
      jitterMs: number;
      watchedSeconds: number;
    }): World => {
      const roll = dice(seed);
      const world = new World({ ...viewpoints, jitterMs: () => Math.floor(roll() * jitterMs) });
      world.nodeHost().attached();
      // Its connection is older than its first look; only what happens under our eyes tells where it dials.
      return world.advance(watchedSeconds);
    };

    it('a stopped process is always wedged in time', () => {
      fc.assert(
        fc.property(scene, (how) => {
          const world = begin(how);
          world.node.stops();
          expect(world.secondsUntil('wedged', BOUNDS.stop)).toBeGreaterThanOrEqual(5);
        }),
        PARAMETERS,
      );
    });

    it.runIf(viewpoints.socket !== false)('a busy loop is always wedged in time', () => {
      fc.assert(
        fc.property(scene, (how) => {
          const world = begin(how);
          world.node.spins();
          world.secondsUntil('wedged', BOUNDS.spin);
        }),
        PARAMETERS,
      );
    });

    it('a lost timer is always a zombie in time', () => {
      const { log, socket, credential } = viewpoints;
      // Without its log nobody knows whether a lock-out, or without the roster anything else, makes it wait.
      const mayHaveParked = log === false;
      // Without a session nobody knows when a gateway that answers HTTP lets anybody in.
      const startup = credential === false ? 10 : 0;
      const bound =
        log !== false && socket !== false
          ? BOUNDS.lostTimer
          : socket !== false
            ? BOUNDS.lostTimerWithoutLog
            : log !== false
              ? BOUNDS.lostTimerWithoutSockets
              : BOUNDS.lostTimerWithoutBoth;
      fc.assert(
        fc.property(scene, (how) => {
          const world = begin(how);
          world.node.losesItsTimer();
          world.gateway.goesDown();
          world.advance(how.outageSeconds);
          world.gateway.comesBack();
          if (mayHaveParked && credential === false) {
            const seen = world.during(() => world.secondsUntil('unknown', bound + startup + 60));
            expect(seen.wasAlwaysLive).toBe(true);
          } else world.secondsUntil('zombie', bound + startup + (mayHaveParked ? LOCK_OUT : 0));
        }),
        PARAMETERS,
      );
    });
  },
);
