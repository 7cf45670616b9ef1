import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../harness/wait-until.ts';
import type { Site } from './stage.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What befalls a site, and no restart of a node host would help. Ends with the cure. */
export interface Trouble {
  readonly name: string;
  /** For as long it is begun only where there is time for it. */
  readonly takesMs: number;
  readonly run: (site: Site) => Promise<void>;
}

const FROZEN_MS = 90 * SECOND;
const CUT_MS = 3 * MINUTE;
const STOPPED_MS = 2 * MINUTE;
/** Twice: its launcher waits as long as itself. */
const SLOW_MS = 40 * SECOND;

/** In this order, and again from the first. */
export const TROUBLES: readonly Trouble[] = [
  gatewayRestart('2 s', 2 * SECOND),
  {
    name: 'two of three node hosts stopped (SIGSTOP) for 2 min',
    takesMs: STOPPED_MS,
    async run({ fleet: [silent, plain] }) {
      silent.host.freeze();
      plain.host.freeze();
      await sleep(STOPPED_MS);
      silent.host.thaw();
      plain.host.thaw();
    },
  },
  gatewayRestart('20 s', 20 * SECOND),
  {
    name: `node host killed, its next start takes ${(2 * SLOW_MS) / SECOND} s`,
    takesMs: 2 * SLOW_MS,
    async run({ fleet: [, , slow] }) {
      const file = join(slow.host.home, 'slow-start');
      writeFileSync(file, String(SLOW_MS));
      slow.crashes += 1;
      slow.host.crash();
      await sleep(2 * SLOW_MS);
      rmSync(file);
    },
  },
  gatewayRestart('2 min', 2 * MINUTE),
  {
    name: 'gateway stopped (SIGSTOP) for 90 s',
    takesMs: FROZEN_MS,
    async run({ gateway }) {
      gateway.freeze();
      await sleep(FROZEN_MS);
      gateway.thaw();
    },
  },
  {
    name: 'the way of all three to their gateway cut for 3 min',
    takesMs: CUT_MS,
    async run({ fleet }) {
      await Promise.all(fleet.map(({ tunnel }) => tunnel.cut()));
      await sleep(CUT_MS);
      await Promise.all(fleet.map(({ tunnel }) => tunnel.restore()));
    },
  },
  gatewayRestart('8 min', 8 * MINUTE),
];

function gatewayRestart(words: string, outageMs: number): Trouble {
  return {
    name: `gateway away for ${words}, and its start`,
    takesMs: outageMs,
    async run({ gateway }) {
      await gateway.restart({ outageMs });
      await gateway.waitForOperator();
    },
  };
}
