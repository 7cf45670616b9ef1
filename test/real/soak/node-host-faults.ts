import { copyFileSync, renameSync, truncateSync } from 'node:fs';
import type { InjectedFault } from '../harness/node-host.ts';
import type { OpenClawVersion } from '../harness/installation.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { broken, helpless, newLine, pause, respawned, untilTold, type Scene } from './scene.ts';
import type { WatchedHost } from './stage.ts';

/** Bounds in seconds, as README, docs/alerts.md and the scenarios of test/real promise them. */
export const BOUNDS = {
  stopped: 7,
  busyLoop: 25,
  gone: 20,
  lostTimer: 15,
  /** Nobody saw it fall silent, so it is given its whole backoff and a dial. */
  lostTimerFirstSeen: 75,
  mutePeer: 30,
  /** A dial of 2026.4 has no deadline: what TCP sends again is given its time. */
  mutePeerFirstSeen: 240,
  refused: 5,
  gatewayDown: 15,
  tunnelCut: 30,
} as const;

/** What befalls one node host, its log or its way. Ends with the cure; that it attaches again is its own business. */
export interface NodeHostFault {
  readonly name: string;
  readonly weight: number;
  readonly only?: { readonly version?: OpenClawVersion; readonly preload?: InjectedFault };
  readonly run: (scene: Scene, watched: WatchedHost) => Promise<void>;
}

export const NODE_HOST_FAULTS: readonly NodeHostFault[] = [
  {
    name: 'node host stopped (SIGSTOP)',
    weight: 3,
    async run(scene, watched) {
      const condition = broken(scene, watched, this.name, { state: 'wedged', withinSeconds: BOUNDS.stopped });
      watched.host.freeze();
      await untilTold(scene, condition);
      watched.host.thaw();
      scene.truth.end(condition);
    },
  },
  {
    name: 'node host stopped for a moment',
    weight: 1,
    async run(scene, watched) {
      const condition = helpless(scene, watched, this.name);
      watched.host.freeze();
      await pause(scene.random.between(0.2, 3));
      watched.host.thaw();
      scene.truth.end(condition);
    },
  },
  {
    name: 'busy loop',
    weight: 4,
    only: { preload: 'busy-loop' },
    async run(scene, watched) {
      const condition = broken(scene, watched, this.name, {
        state: 'wedged',
        withinSeconds: BOUNDS.busyLoop,
      });
      watched.host.blockEventLoop();
      await untilTold(scene, condition);
      watched.host.crash();
      scene.truth.end(condition);
    },
  },
  {
    name: 'lost timer, its way cut for a second',
    weight: 3,
    only: { preload: 'lost-timer' },
    async run(scene, watched) {
      watched.host.loseTimers();
      await pause(0.5);
      const cut = helpless(scene, watched, this.name);
      await watched.tunnel.cut();
      await pause(scene.random.between(0.3, 3));
      await watched.tunnel.restore();
      scene.truth.end(cut);
      const condition = broken(scene, watched, this.name, {
        state: 'zombie',
        withinSeconds: BOUNDS.lostTimer,
        firstSightSeconds: BOUNDS.lostTimerFirstSeen,
      });
      await untilTold(scene, condition);
      watched.host.crash();
      scene.truth.end(condition);
    },
  },
  {
    name: 'mute peer',
    weight: 2,
    only: { version: '2026.4.15' },
    async run(scene, watched) {
      const { tunnel, host } = watched;
      const before = tunnel.swallowed;
      const dialling = helpless(scene, watched, this.name);
      tunnel.swallowNext();
      host.crash();
      await waitUntil(() => tunnel.swallowed > before, { timeoutMs: 300_000, what: 'its connection' });
      scene.truth.end(dialling);
      const condition = broken(scene, watched, this.name, {
        state: 'zombie',
        withinSeconds: BOUNDS.mutePeer,
        firstSightSeconds: BOUNDS.mutePeerFirstSeen,
      });
      await untilTold(scene, condition);
      host.crash();
      scene.truth.end(condition);
    },
  },
  {
    name: 'wrong token, refused',
    weight: 2,
    only: { version: '2026.4.15' },
    async run(scene, watched) {
      const starting = helpless(scene, watched, this.name);
      watched.host.setToken('wrong');
      await newLine(watched, /unauthorized/, () => {
        watched.host.crash();
      });
      scene.truth.end(starting);
      const condition = helpless(scene, watched, this.name, {
        state: 'blocked',
        withinSeconds: BOUNDS.refused,
      });
      await pause(scene.random.between(8, 25));
      watched.host.setToken(watched.site.gateway.token);
      scene.truth.end(condition);
      // The run that has the wrong one still is refused once more.
      const last = helpless(scene, watched, `${this.name}: its last start with it`);
      await waitUntil(() => watched.site.roster.attachedForMs(watched.name) > 0, {
        timeoutMs: 300_000,
        what: 'it to attach',
      });
      scene.truth.end(last);
    },
  },
  {
    name: 'wrong token, its device token is good',
    weight: 1,
    only: { version: '2026.9.6' },
    async run(scene, watched) {
      const condition = helpless(scene, watched, this.name);
      watched.host.setToken('wrong');
      await respawned(watched);
      await pause(10);
      watched.host.setToken(watched.site.gateway.token);
      scene.truth.end(condition);
    },
  },
  {
    name: 'node host killed, its supervisor restarts it',
    weight: 2,
    async run(scene, watched) {
      const condition = helpless(scene, watched, this.name);
      await respawned(watched);
      scene.truth.end(condition);
    },
  },
  {
    name: 'node host gone, nobody restarts it',
    weight: 2,
    async run(scene, watched) {
      const condition = broken(scene, watched, this.name, { state: 'down', withinSeconds: BOUNDS.gone });
      await watched.host.kill();
      await untilTold(scene, condition);
      await watched.host.start();
      scene.truth.end(condition);
    },
  },
  {
    name: 'tunnel cut',
    weight: 3,
    async run(scene, watched) {
      const condition = helpless(scene, watched, this.name, {
        state: 'gateway-down',
        withinSeconds: BOUNDS.tunnelCut,
      });
      await watched.tunnel.cut();
      await pause(scene.random.logBetween(0.5, 100));
      await watched.tunnel.restore();
      scene.truth.end(condition);
    },
  },
  {
    name: 'tunnel drops packets, then is renewed',
    weight: 2,
    async run(scene, watched) {
      const condition = helpless(scene, watched, this.name);
      watched.tunnel.mute();
      await pause(scene.random.logBetween(5, 120));
      await watched.tunnel.cut();
      await watched.tunnel.restore();
      scene.truth.end(condition);
    },
  },
  {
    name: 'log rotated (rename)',
    weight: 1,
    run(_scene, { host }) {
      renameSync(host.stderrPath, `${host.stderrPath}.1`);
      return Promise.resolve();
    },
  },
  {
    name: 'log rotated (copytruncate)',
    weight: 1,
    run(_scene, { host }) {
      copyFileSync(host.stderrPath, `${host.stderrPath}.1`);
      truncateSync(host.stderrPath);
      return Promise.resolve();
    },
  },
];
