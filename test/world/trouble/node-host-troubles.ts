import type { NodeHost } from '../node-host/node-host.ts';
import { TOKEN } from '../layout.ts';
import { takeAway } from './gateway-troubles.ts';
import type { Scene, Trouble } from './trouble.ts';

/** A fault that lasts: half of the time nothing else happens until it should be told. */
function lasts({ random, quiet, cureLater, host }: Scene, quietMs = 200_000): void {
  if (random.chance(0.5)) quiet(quietMs);
  cureLater(host);
}

function isWell({ process }: NodeHost): boolean {
  return process?.plight === 'running';
}

/** A trouble of its main thread. */
function seize(
  scene: Scene,
  {
    plight,
    words,
    passesInMs,
  }: { plight: 'stopped' | 'spinning' | 'hung'; words: string; passesInMs?: number },
): boolean {
  const { host } = scene;
  const { process } = host;
  // Two moments in a row are a longer one.
  const isJustOver = host.machine.timeline.nowMs - host.momentMs < 15_000;
  if (process === undefined || !isWell(host) || isJustOver) return false;
  const { isMomentary } = { isMomentary: passesInMs !== undefined };
  scene.tell(
    `${host.id} ${words}${passesInMs === undefined ? '' : ` for ${Math.round(passesInMs / 100) / 10} s`}`,
  );
  host.setPlight(plight, isMomentary);
  scene.disturbed();
  if (passesInMs === undefined) {
    lasts(scene);
    return true;
  }
  scene.after(passesInMs, () => {
    if (host.process === process) host.setPlight('running');
    scene.disturbed();
  });
  return true;
}

export const NODE_HOST_TROUBLES: readonly Trouble[] = [
  {
    name: 'stopped for a moment',
    weight: 3,
    begin: (scene) =>
      seize(scene, { plight: 'stopped', words: 'is stopped', passesInMs: scene.random.between(200, 4_000) }),
  },
  {
    name: 'busy for seconds',
    weight: 4,
    begin: (scene) =>
      seize(scene, { plight: 'spinning', words: 'computes', passesInMs: scene.random.between(500, 8_000) }),
  },
  {
    name: 'waits for its disk',
    weight: 2,
    begin: (scene) =>
      seize(scene, {
        plight: 'hung',
        words: 'waits in the kernel',
        passesInMs: scene.random.between(500, 8_000),
      }),
  },
  {
    name: 'SIGSTOP',
    weight: 4,
    begin: (scene) => seize(scene, { plight: 'stopped', words: 'is stopped (SIGSTOP)' }),
  },
  {
    name: 'SIGSTOP and SIGCONT',
    weight: 2,
    begin(scene) {
      const { host, random } = scene;
      const { process } = host;
      if (!seize(scene, { plight: 'stopped', words: 'is stopped (SIGSTOP)' })) return false;
      scene.after(random.logBetween(6_000, 150_000), () => {
        if (host.process !== process) return;
        scene.tell(`${host.id} goes on (SIGCONT)`);
        host.setPlight('running');
        scene.disturbed();
      });
      return true;
    },
  },
  {
    name: 'busy loop',
    weight: 4,
    begin: (scene) => seize(scene, { plight: 'spinning', words: 'spins for ever' }),
  },
  {
    name: 'hang in the kernel',
    weight: 4,
    begin: (scene) => seize(scene, { plight: 'hung', words: 'hangs in the kernel' }),
  },
  {
    name: 'crash',
    weight: 4,
    begin(scene) {
      const { host } = scene;
      if (host.process === undefined) return false;
      scene.tell(`${host.id} crashes`);
      host.kill(11);
      scene.disturbed();
      if (host.supervisor.kind === 'none') lasts(scene);
      return true;
    },
  },
  {
    name: 'gone for good',
    weight: 3,
    begin(scene) {
      const { host } = scene;
      if (host.process === undefined || host.supervisor.kind === 'launchd') return false;
      scene.tell(`${host.id} is killed, and its supervisor gives up`);
      host.kill(9);
      host.supervisor.giveUp();
      scene.disturbed();
      host.changed();
      lasts(scene);
      return true;
    },
  },
  {
    name: 'restarted by its operator',
    weight: 3,
    begin({ host, tell, disturbed }) {
      tell(`${host.id} is restarted by its operator`);
      host.restart();
      disturbed();
      return true;
    },
  },
  {
    name: 'loses its timers',
    weight: 5,
    begin(scene) {
      const { host } = scene;
      const { runner } = host;
      if (host.habits.exitsAfterClose || runner?.stage.kind !== 'attached') return false;
      scene.tell(`${host.id} loses its timers; the next close makes it silent`);
      runner.process.losesTimers = true;
      closeSoon(scene);
      lasts(scene, 480_000);
      return true;
    },
  },
  {
    name: 'stays silent',
    weight: 5,
    begin(scene) {
      const { host } = scene;
      const { runner } = host;
      if (!host.habits.exitsAfterClose || runner?.stage.kind !== 'attached') return false;
      scene.tell(`${host.id} will neither exit nor dial after the next close`);
      runner.staysSilent = true;
      closeSoon(scene);
      lasts(scene);
      return true;
    },
  },
  {
    name: 'hangs before its first dial',
    weight: 4,
    begin(scene) {
      const { host } = scene;
      scene.tell(`${host.id} is restarted, and hangs before its first dial`);
      host.nextTemper = { hangsAtStart: true };
      host.restart();
      scene.disturbed();
      lasts(scene, 480_000);
      return true;
    },
  },
  {
    name: 'mute peer',
    weight: 4,
    begin(scene) {
      const { host } = scene;
      if (host.process === undefined) return false;
      scene.tell(`the next dial of ${host.id} is accepted by nobody who answers`);
      host.path.swallows = 1;
      if (scene.random.chance(0.5)) host.restart();
      else closeSoon(scene);
      scene.disturbed();
      lasts(scene);
      return true;
    },
  },
  {
    name: 'futile attempts',
    weight: 3,
    begin(scene) {
      const { host } = scene;
      const { runner } = host;
      if (host.habits.exitsAfterClose || runner?.stage.kind !== 'attached') return false;
      scene.tell(`${host.id} dials an address that it remembers; a new process would get in`);
      runner.isFutile = true;
      closeSoon(scene);
      scene.quiet(scene.random.chance(0.7) ? 780_000 : 0);
      scene.after(scene.random.between(700_000, 1_500_000), () => {
        if (host.runner !== runner) return;
        scene.tell(`${host.id} is restarted by its operator`);
        host.restart();
        scene.disturbed();
      });
      return true;
    },
  },
  {
    name: 'pairing is taken away',
    weight: 3,
    begin(scene) {
      const { host, site, random } = scene;
      if (site.gateway.isDown || site.gateway.devices.get(host.deviceId)?.isPaired !== true) return false;
      scene.tell(`the pairing of ${host.id} is removed`);
      site.gateway.removePairing(host.deviceId);
      scene.disturbed();
      scene.after(random.logBetween(5_000, 600_000), () => {
        scene.tell(`${host.id} is approved`);
        site.gateway.approve(host.deviceId);
        scene.disturbed();
        lasts(scene);
      });
      return true;
    },
  },
  {
    name: 'locked out',
    weight: 3,
    begin(scene) {
      const { host, site } = scene;
      if (host.isLoopback || site.gateway.isDown) return false;
      scene.tell(`somebody at the address of ${host.id} failed ten times: locked out for 5 min`);
      site.gateway.lockout.lock(host.machine.name);
      closeSoon(scene);
      scene.after(300_000, () => {
        scene.tell('the lock-out is over');
        host.changed();
        scene.disturbed();
      });
      scene.after(310_000, () => {
        lasts(scene);
      });
      return true;
    },
  },
  {
    name: 'wrong token',
    weight: 4,
    begin(scene) {
      const { host, random } = scene;
      if (host.token !== TOKEN) return false;
      scene.tell(`${host.id} gets a wrong token, and is restarted`);
      host.token = 'wrong';
      host.restart();
      scene.disturbed();
      scene.after(random.logBetween(10_000, 900_000), () => {
        host.token = TOKEN;
        const isRestarted = random.chance(0.7);
        scene.tell(`${host.id} has the right token again${isRestarted ? ', and is restarted' : ''}`);
        if (isRestarted) host.restart();
        else scene.cureLater(host);
        scene.disturbed();
      });
      return true;
    },
  },
  {
    name: 'gateway token is rotated',
    weight: 2,
    begin(scene) {
      const { host, site, exporter, random, layout } = scene;
      const { gateway } = site;
      if (gateway.isDown || gateway.token !== TOKEN) return false;
      scene.tell(`the token of ${gateway.name} is rotated; its clients have the old one`);
      gateway.token = 'example-token-b';
      gateway.dropSessions(() => true, 4001, 'gateway auth changed');
      gateway.dropOperators(4001, 'gateway auth changed');
      scene.disturbed();
      scene.after(random.logBetween(10_000, 600_000), () => {
        gateway.token = TOKEN;
        scene.tell(`${gateway.name} takes the old token again`);
        gateway.changed();
        exporter.token = TOKEN;
        scene.disturbed();
        for (const other of layout.locals) if (other.path.to === host.path.to) scene.cureLater(other);
      });
      return true;
    },
  },
  {
    name: 'commands are withheld',
    weight: 2,
    begin(scene) {
      const { host, site, random } = scene;
      if (host.habits.exitsAfterClose || site.gateway.isDown) return false;
      scene.tell(`the commands of ${host.id} wait for an operator`);
      site.gateway.withholdCommands(host.deviceId);
      closeSoon(scene);
      scene.after(random.logBetween(20_000, 600_000), () => {
        scene.tell(`the commands of ${host.id} are approved`);
        site.gateway.approve(host.deviceId);
      });
      return true;
    },
  },
  {
    name: 'starts slowly',
    weight: 2,
    begin(scene) {
      const { host, random } = scene;
      host.nextTemper = { bootMs: random.between(20_000, 80_000) };
      scene.tell(`${host.id} is restarted, and takes long to start`);
      host.restart();
      scene.disturbed();
      return true;
    },
  },
  {
    name: 'log is rotated',
    weight: 3,
    begin({ host, random, after, tell }) {
      tell(`the log of ${host.id} is rotated`);
      host.log.rotate();
      if (random.chance(0.4)) {
        host.log.setReadable(false);
        after(random.between(100, 3_000), () => {
          host.log.setReadable(true);
        });
      }
      return true;
    },
  },
  {
    name: 'writes something else',
    weight: 2,
    begin({ host, tell }) {
      if (host.process?.isResponsive !== true) return false;
      tell(`${host.id} writes a line about something else`);
      host.log.write('node host skill publish failed: Error: something else');
      return true;
    },
  },
];

/** Within moments its connection is closed, one way or another. */
function closeSoon(scene: Scene): void {
  const { host, site, random } = scene;
  scene.after(random.between(500, 20_000), () => {
    if (site.gateway.isDown) return;
    if (random.chance(0.5))
      takeAway(scene, random.chance(0.8) ? 'stop' : 'kill', random.logBetween(500, 20_000));
    else {
      scene.tell(`${site.gateway.name} closes the session of ${host.id} (1012)`);
      site.gateway.dropSessions((id) => id === host.deviceId, 1012, 'service restart');
      scene.disturbed();
    }
  });
}
