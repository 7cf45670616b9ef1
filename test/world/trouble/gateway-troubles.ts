import type { Gateway, Manner } from '../gateway/gateway.ts';
import type { Random } from '../random.ts';
import type { Scene, Trouble } from './trouble.ts';

/** How long it takes to listen, and from then to let anybody in: 2026.9.6 answers HTTP up to 8 s before. */
export function drawBoot(
  gateway: Gateway,
  random: Random,
): { readonly bootMs: number; readonly startsUpMs: number } {
  const startsUpMs =
    gateway.version === '2026.4.15' ? 0 : random.pick([0, 300, 2_000, random.between(0, 8_000)]);
  return { bootMs: random.between(200, 3_000), startsUpMs };
}

/** It is away for so long, and comes back by itself. */
export function takeAway(
  { site, random, elsewhere, tell, disturbed }: Scene,
  how: 'stop' | 'kill',
  outageMs: number,
): void {
  const { gateway } = site;
  tell(
    `${gateway.name} ${how === 'stop' ? 'is stopped' : 'is killed'} for ${Math.round(outageMs / 100) / 10} s`,
  );
  if (how === 'stop') gateway.stop();
  else gateway.kill();
  disturbed();
  const starts = (): void => {
    const boot = drawBoot(gateway, random);
    tell(
      `${gateway.name} starts (listens in ${Math.round(boot.bootMs)} ms, lets in ${Math.round(boot.startsUpMs)} ms later)`,
    );
    gateway.start(boot);
    disturbed();
  };
  elsewhere(outageMs, starts, gateway.machine);
}

function behaveFor(scene: Scene, manner: Manner, ms: number): boolean {
  const { gateway } = scene.site;
  if (gateway.isDown || gateway.manner !== 'normal') return false;
  scene.tell(`${gateway.name}: ${manner} for ${Math.round(ms / 1_000)} s`);
  gateway.behave(manner);
  scene.disturbed();
  const recovers = (): void => {
    gateway.behave('normal');
    scene.tell(`${gateway.name} is itself again`);
    scene.disturbed();
  };
  scene.elsewhere(ms, recovers, gateway.machine);
  return true;
}

export const GATEWAY_TROUBLES: readonly Trouble[] = [
  {
    name: 'gateway restarts',
    weight: 10,
    begin(scene) {
      if (scene.site.gateway.isDown) return false;
      takeAway(scene, scene.random.chance(0.7) ? 'stop' : 'kill', scene.random.logBetween(300, 60_000));
      return true;
    },
  },
  {
    name: 'gateway is away for minutes',
    weight: 3,
    begin(scene) {
      if (scene.site.gateway.isDown) return false;
      takeAway(scene, scene.random.chance(0.5) ? 'stop' : 'kill', scene.random.between(60_000, 600_000));
      return true;
    },
  },
  {
    name: 'gateway freezes',
    weight: 4,
    begin({ site: { gateway }, random, elsewhere, tell, disturbed }) {
      if (gateway.isDown || gateway.isFrozen) return false;
      const ms = random.logBetween(3_000, 150_000);
      tell(`${gateway.name} freezes for ${Math.round(ms / 1_000)} s`);
      gateway.freeze();
      disturbed();
      const thaws = (): void => {
        gateway.thaw();
        tell(`${gateway.name} goes on`);
        disturbed();
      };
      elsewhere(ms, thaws, gateway.machine);
      return true;
    },
  },
  {
    name: 'gateway is deaf',
    weight: 3,
    begin(scene) {
      const manner = scene.random.pick<Manner>(['no-upgrade', 'no-challenge']);
      const begun = behaveFor(scene, manner, scene.random.logBetween(10_000, 240_000));
      // Those that are attached stay so, unless it drops them as well.
      if (begun && scene.random.chance(0.6)) scene.site.gateway.dropSessions(() => true, 1006, '');
      return begun;
    },
  },
  {
    name: 'gateway drops everybody at once',
    weight: 2,
    begin({ site: { gateway }, random, tell, disturbed }) {
      if (gateway.isDown) return false;
      const code = random.pick([1000, 1008, 1012, 4001]);
      tell(`${gateway.name} closes every session (${code})`);
      gateway.dropSessions(() => true, code, code === 1012 ? 'node capabilities changed' : 'slow consumer');
      if (random.chance(0.5)) gateway.dropOperators(code, 'slow consumer');
      disturbed();
      return true;
    },
  },
  {
    name: 'gateway drops one node',
    weight: 4,
    begin({ site: { gateway }, host, tell, disturbed }) {
      if (gateway.sessionOf(host.deviceId) === undefined) return false;
      tell(`${gateway.name} closes the session of ${host.id} (1012)`);
      gateway.dropSessions((id) => id === host.deviceId, 1012, 'node manifest changed');
      disturbed();
      return true;
    },
  },
  {
    name: 'gateway drops our session',
    weight: 3,
    begin({ site: { gateway }, tell, disturbed }) {
      if (gateway.isDown) return false;
      tell(`${gateway.name} closes the session of the exporter`);
      gateway.dropOperators(1008, 'slow consumer');
      disturbed();
      return true;
    },
  },
  {
    name: 'gateway is busy',
    weight: 2,
    begin({ site: { gateway }, random, after, tell, disturbed }) {
      if (gateway.busyMs > 0) return false;
      gateway.busyMs = random.between(500, 4_000);
      const ms = random.between(20_000, 180_000);
      tell(
        `${gateway.name} answers a connect ${Math.round(gateway.busyMs)} ms late for ${Math.round(ms / 1_000)} s`,
      );
      disturbed();
      after(ms, () => {
        gateway.busyMs = 0;
        disturbed();
      });
      return true;
    },
  },
  {
    name: 'gateway restarts twice',
    weight: 2,
    begin(scene) {
      if (scene.site.gateway.isDown) return false;
      takeAway(scene, 'stop', scene.random.between(500, 4_000));
      scene.after(scene.random.between(5_000, 20_000), () => {
        if (!scene.site.gateway.isDown) takeAway(scene, 'stop', scene.random.between(500, 4_000));
      });
      return true;
    },
  },
];
