import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { isBlank, present } from '../../core/index.ts';

/** What an `openclaw` command line asks for, as far as it concerns node hosts. */
export interface Invocation {
  /** `node-host`: `node run` or `connect`. `other`: any other command, such as `node status` or `gateway run`. */
  readonly command: 'node-host' | 'other';
  /** `--profile` or `--dev`. */
  readonly profile?: string;
  /** The script or program that was called; it lies in OpenClaw's package, or links to it. */
  readonly script: string;
  readonly flags: NodeRunFlags;
}

/** The flags of `openclaw node run` that tell where it dials and as whom. */
export interface NodeRunFlags {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: boolean;
  readonly displayName?: string;
  readonly nodeId?: string;
}

const TEXT = { type: 'string' } as const;
/** Flags before and after `node run` that have a value of their own: without this list the value would be a word. */
const FLAGS = {
  // Of the root command (node-host-launcher.mjs).
  profile: TEXT,
  'log-level': TEXT,
  container: TEXT,
  // The launcher of 2026.9.x hands it to the child in which the node host runs.
  'openclaw-node-host-managed-child': TEXT,
  commands: TEXT,
  'context-path': TEXT,
  'display-name': TEXT,
  host: TEXT,
  'node-id': TEXT,
  pair: TEXT,
  'pair-if-needed': TEXT,
  port: TEXT,
  'target-file': TEXT,
  'tls-fingerprint': TEXT,
} as const;
type Flags = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Reads a command line such as `node …/openclaw.mjs --profile work node run --host gw --port=18789`.
 * `undefined`: not OpenClaw, or nothing but a title is left of it.
 */
export function parseInvocation(args: readonly string[]): Invocation | undefined {
  const entry = entryIndex(args);
  if (entry === undefined) return undefined;

  const { values, positionals: words } = parseArgs({
    args: args.slice(entry + 1),
    options: FLAGS,
    strict: false,
  });
  const flags: Flags = values;
  const isNodeHost =
    (words[0] === 'node' && words[1] === 'run') || (words[0] === 'connect' && flags.service === undefined);
  return {
    command: isNodeHost ? 'node-host' : 'other',
    ...present({ profile: textOf(flags.profile) ?? (flags.dev === undefined ? undefined : 'dev') }),
    script: args[entry] ?? '',
    flags: nodeRunFlags(flags),
  };
}

/** Where OpenClaw's own arguments begin: after the script, or after the program if it is called by its name. */
function entryIndex(args: readonly string[]): number | undefined {
  if (args.length < 2) return undefined;
  if (/^openclaw$/.test(basename(args[0] ?? ''))) return 0;
  const index = args.findIndex((arg, i) => i > 0 && isEntryScript(arg));
  return index < 0 ? undefined : index;
}

function isEntryScript(path: string): boolean {
  return (
    /(?:^|\/)openclaw(?:\.[cm]?js)?$/.test(path) ||
    /(?:^|\/)openclaw\/(?:dist|src)\/(?:entry|index)\.[cm]?[jt]s$/.test(path)
  );
}

function nodeRunFlags(flags: Flags): NodeRunFlags {
  const asksForTls = flags.tls !== undefined || flags['tls-fingerprint'] !== undefined;
  return present({
    host: textOf(flags.host),
    port: portOf(textOf(flags.port)),
    tls: flags['no-tls'] !== undefined ? false : asksForTls ? true : undefined,
    displayName: textOf(flags['display-name']),
    nodeId: textOf(flags['node-id']),
  });
}

function textOf(value: string | boolean | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return isBlank(text) ? undefined : text;
}

/** A TCP port in decimal, else `undefined`. */
export function portOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}
