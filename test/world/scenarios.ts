import { parseViewpoints } from './exporter/viewpoints.ts';
import type { LayoutWishes } from './layout.ts';
import { TOKEN } from './layout.ts';
import { takeAway } from './trouble/gateway-troubles.ts';
import { World } from './world.ts';

/** A story that went wrong once, told by hand. Nothing in it may be a finding of the judge. */
export interface Scenario {
  /** A claim. */
  readonly name: string;
  readonly wishes: LayoutWishes;
  readonly play: (world: World) => void;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const ONE: LayoutWishes = { hosts: 1, gateways: 1, naming: 'named', viewpoints: parseViewpoints('all') };
const TWO: LayoutWishes = { hosts: 2, gateways: 1, way: 'loopback', viewpoints: parseViewpoints('all') };
const NEW: LayoutWishes = { versions: ['2026.9.6'] };
const OLD: LayoutWishes = { versions: ['2026.4.15'] };
const KEPT_ALIVE: LayoutWishes = { supervisor: 'launchd' };

/** Everybody is up and seen. */
export function settledWorld(seed: string, wishes: LayoutWishes): World {
  return new World({ ...wishes, seed, troubleEveryMs: undefined, tellsStory: true }).run(4 * MINUTE);
}

function changed(world: World): void {
  world.scene.disturbed();
}

/** Of two on one machine the first loses its timers, and then its connection. */
function loseOneOfTwo(world: World): void {
  const { gateway } = world.layout.sites[0]!;
  takeAway(world.scene, 'stop', 3 * SECOND);
  world.run(90 * SECOND);
  const [first] = world.layout.locals;
  if (first?.process === undefined) return;
  if (first.habits.exitsAfterClose) first.runner!.staysSilent = true;
  else first.process.losesTimers = true;
  gateway.dropSessions((id) => id === first.deviceId, 1012, 'service restart');
  changed(world);
  world.run(10 * MINUTE);
}

function breakTunnel(world: World, ms: number): void {
  const { tunnel } = world.layout.sites[0]!.parts;
  tunnel?.setUp(false);
  changed(world);
  world.run(ms);
  tunnel?.setUp(true);
  changed(world);
  world.run(2 * MINUTE);
}

function sleepFor(world: World, ms: number): void {
  const { desk } = world.layout;
  desk.suspend();
  changed(world);
  world.run(ms);
  changed(world);
  desk.resume();
  world.run(4 * MINUTE);
}

function exporterRestarts(world: World, awayMs: number): void {
  world.exporter.stop();
  changed(world);
  world.run(awayMs);
  world.exporter.start();
  changed(world);
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'two unnamed node hosts of 2026.9: the healthy one never gets the 503 of the other',
    wishes: { ...TWO, ...NEW, naming: 'unnamed' },
    play: loseOneOfTwo,
  },
  {
    name: 'two node hosts of 2026.9 named alike: the healthy one never gets the 503 of the other',
    wishes: { ...TWO, ...NEW, naming: 'alike' },
    play: loseOneOfTwo,
  },
  {
    name: 'two node hosts of 2026.9 by other names than the gateway’s: the healthy one never gets the 503 of the other',
    wishes: { ...TWO, ...NEW, naming: 'aliased' },
    play: loseOneOfTwo,
  },
  {
    name: 'two unnamed node hosts of 2026.4: the healthy one never gets the 503 of the other',
    wishes: { ...TWO, ...OLD, naming: 'unnamed' },
    play: loseOneOfTwo,
  },
  {
    name: 'a dead tunnel is no zombie, though no log can be read',
    wishes: { ...ONE, ...NEW, way: 'tunnel', viewpoints: parseViewpoints('no-log') },
    play: (world) => {
      breakTunnel(world, 10 * MINUTE);
    },
  },
  {
    name: 'a dead tunnel is no zombie once the log is lost',
    wishes: { ...ONE, ...NEW, way: 'tunnel' },
    play(world) {
      world.exporter.blind.add('log');
      breakTunnel(world, 10 * MINUTE);
    },
  },
  {
    name: 'one that parked on pairing is no zombie, though no log can be read',
    wishes: { ...ONE, ...NEW, way: 'network', viewpoints: parseViewpoints('no-log') },
    play(world) {
      const [host] = world.layout.locals;
      world.layout.sites[0]!.gateway.removePairing(host!.deviceId);
      changed(world);
      world.run(10 * MINUTE);
    },
  },
  ...(['2026.9.6', '2026.4.15'] as const).map((version) => ({
    name: `a half-open connection after a sleep is no zombie (${version})`,
    wishes: { ...ONE, ...KEPT_ALIVE, versions: [version], way: 'network' as const },
    play: (world: World) => {
      sleepFor(world, 2 * MINUTE);
    },
  })),
  {
    name: 'a gateway that restarts behind a lost network leaves no zombie',
    wishes: { ...ONE, ...NEW, way: 'network' },
    play(world) {
      const { gateway, parts } = world.layout.sites[0]!;
      parts.link?.setLost(true);
      changed(world);
      world.run(20 * SECOND);
      gateway.stop();
      gateway.start({ bootMs: 2_000, startsUpMs: 0 });
      world.run(25 * SECOND);
      parts.link?.setLost(false);
      changed(world);
      world.run(5 * MINUTE);
    },
  },
  {
    name: 'a slow start of 2026.4 after a clean close is no zombie',
    wishes: { ...ONE, ...OLD, ...KEPT_ALIVE, way: 'loopback' },
    play(world) {
      world.layout.locals[0]!.nextTemper = { bootMs: 40 * SECOND };
      takeAway(world.scene, 'stop', 2 * SECOND);
      world.run(3 * MINUTE);
    },
  },
  {
    name: 'a failed attempt of ten minutes ago does not make the next start futile',
    wishes: {
      ...ONE,
      ...OLD,
      ...KEPT_ALIVE,
      way: 'loopback',
      viewpoints: parseViewpoints('no-credential,no-socket'),
    },
    play(world) {
      takeAway(world.scene, 'stop', 8 * SECOND);
      world.run(15 * MINUTE);
      takeAway(world.scene, 'stop', 500);
      world.run(2 * MINUTE);
    },
  },
  {
    name: 'a refusal that was repaired long ago does not hide that it is gone',
    wishes: {
      ...ONE,
      ...OLD,
      supervisor: 'systemd',
      way: 'loopback',
      viewpoints: parseViewpoints('no-credential,no-socket'),
    },
    play(world) {
      const host = world.layout.locals[0]!;
      host.token = 'wrong';
      host.restart();
      world.run(20 * SECOND);
      host.token = TOKEN;
      host.restart();
      world.run(20 * MINUTE);
      host.kill(9);
      host.supervisor.giveUp();
      host.changed();
      changed(world);
      world.run(2 * MINUTE);
    },
  },
  {
    name: 'a gateway that answers HTTP 8 s before it lets anybody in makes no zombie, though we have no credential',
    wishes: { ...ONE, ...NEW, way: 'loopback', viewpoints: parseViewpoints('no-credential') },
    play(world) {
      const { gateway } = world.layout.sites[0]!;
      gateway.stop();
      changed(world);
      world.run(20 * SECOND);
      gateway.start({ bootMs: 500, startsUpMs: 8_000 });
      changed(world);
      world.run(2 * MINUTE);
    },
  },
  {
    name: 'a dial of 2026.4 into a lost network, whose SYN is repeated 64 s apart, is no zombie',
    wishes: { ...ONE, ...OLD, ...KEPT_ALIVE, way: 'network' },
    play(world) {
      const { link } = world.layout.sites[0]!.parts;
      link?.setLost(true);
      changed(world);
      world.layout.locals[0]!.restart();
      world.run(75 * SECOND);
      link?.setLost(false);
      changed(world);
      world.run(3 * MINUTE);
    },
  },
  {
    name: 'one that was stopped and goes on is well again at once, to who sees only its process',
    wishes: {
      ...ONE,
      ...NEW,
      way: 'loopback',
      viewpoints: parseViewpoints('no-credential,no-socket,no-log'),
    },
    play(world) {
      const [host] = world.layout.locals;
      host!.setPlight('stopped');
      changed(world);
      world.run(30 * SECOND);
      host!.setPlight('running');
      changed(world);
      world.run(MINUTE);
    },
  },
  {
    name: 'a clock that is set forward does not end a lock-out for an exporter that starts again',
    wishes: { ...ONE, ...NEW, way: 'network' },
    play(world) {
      const { layout } = world;
      const [host] = layout.locals;
      const { gateway } = layout.sites[0]!;
      gateway.lockout.lock(layout.desk.name);
      gateway.dropSessions((id) => id === host!.deviceId, 1012, 'service restart');
      changed(world);
      world.run(MINUTE);
      world.exporter.stop();
      layout.desk.stepClock(10 * MINUTE);
      world.run(2 * SECOND);
      world.exporter.start();
      changed(world);
      world.run(3 * MINUTE);
    },
  },
  {
    name: 'one that computes for 8 s while its gateway hangs up is no zombie',
    wishes: { ...ONE, ...NEW, way: 'loopback' },
    play(world) {
      const [host] = world.layout.locals;
      host!.setPlight('spinning', true);
      changed(world);
      world.run(400);
      world.layout.sites[0]!.gateway.dropSessions(() => true, 1012, 'service restart');
      world.run(7_600);
      host!.setPlight('running');
      changed(world);
      world.run(MINUTE);
    },
  },
  ...(['certificate', 'name', 'proxy'] as const).map((part) => ({
    name: `a wrong ${part === 'proxy' ? 'answer of a proxy (403)' : part} for a quarter of an hour is blocked, never a zombie`,
    wishes: { ...ONE, ...NEW, way: 'proxy' as const },
    play(world: World) {
      const { parts, gateway } = world.layout.sites[0]!;
      const set = (isBroken: boolean): void => {
        if (part === 'certificate') parts.certificate?.setTrusted(!isBroken);
        if (part === 'name') parts.names?.setUp(!isBroken);
        if (part === 'proxy') parts.proxy?.answer(isBroken ? 403 : undefined, 'upgrades');
        changed(world);
      };
      set(true);
      gateway.dropSessions((id) => id === world.layout.locals[0]!.deviceId, 1012, 'service restart');
      world.run(15 * MINUTE);
      set(false);
      world.run(2 * MINUTE);
    },
  })),
  {
    name: 'a new process is not futile for what the one before it failed',
    wishes: { ...ONE, ...NEW, way: 'loopback' },
    play(world) {
      const host = world.layout.locals[0]!;
      host.runner!.isFutile = true;
      world.layout.sites[0]!.gateway.dropSessions((id) => id === host.deviceId, 1012, 'service restart');
      changed(world);
      world.run(11 * MINUTE);
      host.nextTemper = { bootMs: 20 * SECOND };
      host.restart();
      changed(world);
      world.run(2 * MINUTE);
    },
  },
  {
    name: 'node hosts of two gateways are both well',
    wishes: { ...ONE, ...NEW, hosts: 2, gateways: 2, way: 'loopback' },
    play(world) {
      world.run(5 * MINUTE);
      exporterRestarts(world, 10 * SECOND);
      world.run(5 * MINUTE);
    },
  },
  {
    name: 'probes that nobody answered before our session was lost say nothing later',
    wishes: { ...ONE, ...NEW, way: 'network', viewpoints: parseViewpoints('all+probe') },
    play(world) {
      const host = world.layout.locals[0]!;
      const { gateway } = world.layout.sites[0]!;
      host.setPlight('hung', true);
      world.run(8 * SECOND);
      world.exporter.token = 'wrong';
      gateway.dropOperators(4001, 'gateway auth changed');
      host.setPlight('running');
      changed(world);
      world.run(5 * MINUTE);
    },
  },
  {
    name: 'one whose approval was taken back before it was restarted is blocked',
    wishes: { ...ONE, ...NEW, way: 'loopback' },
    play(world) {
      const host = world.layout.locals[0]!;
      const { gateway } = world.layout.sites[0]!;
      gateway.removePairing(host.deviceId);
      changed(world);
      world.run(20 * SECOND);
      gateway.approve(host.deviceId);
      world.run(SECOND);
      gateway.removePairing(host.deviceId);
      changed(world);
      world.run(3 * MINUTE);
    },
  },
  {
    name: 'attempts that a deaf gateway lets time out are on their schedule, never silence',
    wishes: { ...ONE, ...NEW, way: 'loopback' },
    play(world) {
      const { gateway } = world.layout.sites[0]!;
      gateway.behave('no-challenge');
      gateway.dropSessions(() => true, 1006, '');
      gateway.dropOperators(1008, 'slow consumer');
      changed(world);
      world.run(108 * SECOND);
      gateway.behave('normal');
      changed(world);
      world.run(3 * MINUTE);
    },
  },
];
