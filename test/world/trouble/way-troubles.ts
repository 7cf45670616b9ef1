import type { Scene, Trouble } from './trouble.ts';

/** Something breaks for a while. */
function breakFor(
  scene: Scene,
  what: { readonly words: string; readonly ms: number; readonly set: (isBroken: boolean) => void },
): true {
  scene.tell(`${what.words} for ${Math.round(what.ms / 1_000)} s`);
  what.set(true);
  scene.disturbed();
  scene.elsewhere(what.ms, () => {
    what.set(false);
    scene.tell(`no longer: ${what.words}`);
    scene.disturbed();
  });
  return true;
}

/** Whoever holds a connection loses it, so that it has to dial into the trouble. */
function maybeDrop(scene: Scene): void {
  if (scene.random.chance(0.6)) scene.site.gateway.dropSessions(() => true, 1012, 'service restart');
}

export const WAY_TROUBLES: readonly Trouble[] = [
  {
    name: 'network is lost',
    weight: 6,
    begin(scene) {
      const { link } = scene.site.parts;
      if (link === undefined || link.isLost) return false;
      return breakFor(scene, {
        words: 'the network to the gateway swallows every packet',
        ms: scene.random.logBetween(2_000, 600_000),
        set: (isBroken) => {
          link.setLost(isBroken);
        },
      });
    },
  },
  {
    name: 'tunnel dies',
    weight: 6,
    begin(scene) {
      const { tunnel } = scene.site.parts;
      if (tunnel?.isUp !== true) return false;
      return breakFor(scene, {
        words: 'the tunnel is dead: dials are refused at once',
        ms: scene.random.logBetween(2_000, 900_000),
        set: (isBroken) => {
          tunnel.setUp(!isBroken);
        },
      });
    },
  },
  {
    name: 'proxy answers an error',
    weight: 6,
    begin(scene) {
      const { proxy } = scene.site.parts;
      if (proxy?.statusFor('upgrade') !== undefined || proxy === undefined) return false;
      const status = scene.random.pick([502, 502, 503, 504, 403, 404, 401]);
      const whom = scene.random.pick(['everybody', 'everybody', 'upgrades'] as const);
      breakFor(scene, {
        words: `the proxy answers ${status} to ${whom}`,
        ms: scene.random.logBetween(3_000, 1_200_000),
        set: (isBroken) => {
          proxy.answer(isBroken ? status : undefined, whom);
        },
      });
      maybeDrop(scene);
      return true;
    },
  },
  {
    name: 'certificate is wrong',
    weight: 4,
    begin(scene) {
      const { certificate } = scene.site.parts;
      if (certificate?.isTrusted !== true) return false;
      breakFor(scene, {
        words: 'the certificate is not trusted',
        ms: scene.random.logBetween(10_000, 1_200_000),
        set: (isBroken) => {
          certificate.setTrusted(!isBroken);
        },
      });
      maybeDrop(scene);
      return true;
    },
  },
  {
    name: 'name does not resolve',
    weight: 4,
    begin(scene) {
      const { names } = scene.site.parts;
      if (names?.isUp !== true) return false;
      breakFor(scene, {
        words: 'the name of the gateway does not resolve',
        ms: scene.random.logBetween(10_000, 1_200_000),
        set: (isBroken) => {
          names.setUp(!isBroken);
        },
      });
      maybeDrop(scene);
      return true;
    },
  },
];
