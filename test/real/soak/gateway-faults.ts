import { BOUNDS } from './node-host-faults.ts';
import { broken, helpless, pause, untilTold, type Scene } from './scene.ts';
import type { Site } from './stage.ts';
import type { Condition } from './truth.ts';

/** What befalls a gateway, and with it all that dials it. */
export interface GatewayFault {
  readonly name: string;
  readonly weight: number;
  readonly run: (scene: Scene, site: Site) => Promise<void>;
}

export const GATEWAY_FAULTS: readonly GatewayFault[] = [
  {
    name: 'gateway restarted (SIGTERM)',
    weight: 3,
    run(scene, site) {
      return restart(scene, site, this.name, 'SIGTERM');
    },
  },
  {
    name: 'gateway killed and started again',
    weight: 2,
    run(scene, site) {
      return restart(scene, site, this.name, 'SIGKILL');
    },
  },
  {
    name: 'gateway stopped (SIGSTOP)',
    weight: 2,
    async run(scene, site) {
      const conditions = gatewayIsAway(scene, site, this.name);
      site.gateway.freeze();
      await pause(scene.random.logBetween(3, 90));
      site.gateway.thaw();
      await site.gateway.waitHealthy();
      scene.truth.end(...conditions);
    },
  },
  {
    name: 'lost timer, gateway restarted',
    weight: 2,
    async run(scene, site) {
      const { gateway } = site;
      const silent = site.hosts.find(({ preload }) => preload === 'lost-timer');
      if (silent === undefined) throw new Error(`${site.name} has no node host that can lose its timers`);
      silent.host.loseTimers();
      await pause(0.5);
      await restart(scene, site, 'gateway restarted (SIGTERM)', 'SIGTERM');
      // Counted from the moment at which anybody could attach again.
      const starting = helpless(scene, silent, this.name);
      await gateway.waitForOperator();
      scene.truth.end(starting);
      const condition = broken(scene, silent, this.name, {
        state: 'zombie',
        withinSeconds: BOUNDS.lostTimer,
        firstSightSeconds: BOUNDS.lostTimerFirstSeen,
      });
      await untilTold(scene, condition);
      silent.host.crash();
      scene.truth.end(condition);
    },
  },
];

/** An outage of any length, as many short ones as long ones, and a boot. */
async function restart(
  scene: Scene,
  site: Site,
  fault: string,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  const conditions = gatewayIsAway(scene, site, fault);
  await site.gateway.restart({ outageMs: 1_000 * scene.random.logBetween(0.2, 75), signal });
  scene.truth.end(...conditions);
}

function gatewayIsAway(scene: Scene, { hosts }: Site, fault: string): readonly Condition[] {
  return hosts.map((watched) =>
    helpless(scene, watched, fault, { state: 'gateway-down', withinSeconds: BOUNDS.gatewayDown }),
  );
}
