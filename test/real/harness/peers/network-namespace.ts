import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Resource } from '../cleanup.ts';

const INSTALLER = fileURLToPath(new URL('../../../../scripts/install-debian-packages.sh', import.meta.url));

/**
 * A network of its own, as another machine has it: what runs in it has its own loopback, and one cable to this machine.
 * Of the processes here it is told by nothing but what it sends.
 */
export class NetworkNamespace implements Resource {
  /** Of this machine, at its end of the cable. */
  readonly here: string;
  /** Of the other machine. */
  readonly there: string;
  readonly #name: string;

  private constructor(id: Buffer) {
    this.#name = `liveness-${id.toString('hex')}`;
    const [network = 0, part = 0] = id;
    const base = (part % 64) * 4;
    this.here = `10.213.${network}.${base + 1}`;
    this.there = `10.213.${network}.${base + 2}`;
  }

  /** Why there can be none, where that is so: with nothing left behind. */
  static async start(): Promise<NetworkNamespace | string> {
    if (process.geteuid?.() !== 0) return 'takes root';
    if (spawnSync('ip', ['-V']).error !== undefined) spawnSync('bash', [INSTALLER, 'iproute2']);
    const namespace = new NetworkNamespace(randomBytes(2));
    const why = namespace.#lay();
    if (why === undefined) return namespace;
    await namespace[Symbol.asyncDispose]();
    return why;
  }

  /** What a command line begins with that is to run there. */
  get inside(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  get #cable(): { readonly here: string; readonly there: string } {
    const id = this.#name.split('-').at(-1) ?? '';
    return { here: `lv-${id}-a`, there: `lv-${id}-b` };
  }

  #lay(): string | undefined {
    const { here, there } = this.#cable;
    const inside = ['-n', this.#name];
    return run(
      ['netns', 'add', this.#name],
      ['link', 'add', here, 'type', 'veth', 'peer', 'name', there],
      ['link', 'set', there, 'netns', this.#name],
      ['address', 'add', `${this.here}/30`, 'dev', here],
      ['link', 'set', here, 'up'],
      [...inside, 'address', 'add', `${this.there}/30`, 'dev', there],
      [...inside, 'link', 'set', there, 'up'],
      [...inside, 'link', 'set', 'lo', 'up'],
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    // Its end of the cable goes with it, and with that ours; of a cable that was never moved only we know.
    run(['netns', 'delete', this.#name]);
    run(['link', 'delete', this.#cable.here]);
    return Promise.resolve();
  }
}

/** What `ip` says of the first command that fails. */
function run(...commands: readonly (readonly string[])[]): string | undefined {
  for (const command of commands) {
    const { error, status, stderr } = spawnSync('ip', command, { encoding: 'utf8' });
    if (error !== undefined) return `takes iproute2 (${error.message})`;
    if (status !== 0) return `\`ip ${command.join(' ')}\`: ${stderr.trim()}`;
  }
  return undefined;
}
