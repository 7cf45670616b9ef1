import type { Exporter } from '../exporter/exporter.ts';
import type { Machine } from '../machine.ts';
import type { Layout, Site } from '../layout.ts';
import type { NodeHost } from '../node-host/node-host.ts';
import type { Random } from '../random.ts';

/** What a trouble finds when it comes. */
export interface Scene {
  readonly layout: Layout;
  readonly exporter: Exporter;
  readonly random: Random;
  /** A node host of the exporter's machine, drawn for this trouble. */
  readonly host: NodeHost;
  /** Its gateway and the way there. */
  readonly site: Site;
  /** On the exporter's machine: while that sleeps, nobody does anything there. */
  readonly after: (ms: number, happen: () => void) => void;
  /** Elsewhere in the world, or on another machine. */
  readonly elsewhere: (ms: number, happen: () => void, machine?: Machine) => void;
  readonly tell: (words: string) => void;
  /** Deadlines begin anew: something that hinders the exporter, or a node host, began or ended. */
  readonly disturbed: () => void;
  /** No other trouble comes for so long. */
  readonly quiet: (ms: number) => void;
  /** Somebody starts the node host again at some time, if it still has the same fault then. */
  readonly cureLater: (host: NodeHost) => void;
}

/** One kind of trouble. */
export interface Trouble {
  readonly name: string;
  /** How often it comes, against the others. */
  readonly weight: number;
  /** @returns false where it cannot come now */
  begin(scene: Scene): boolean;
}
