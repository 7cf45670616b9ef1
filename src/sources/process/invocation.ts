import { basename } from 'node:path';
import { isBlank } from '../../core/index.ts';

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

/** The launcher of 2026.9.x hands these to the child in which the node host runs; the second has a path after it. */
const CHILD_FLAG = '--openclaw-node-host-child';
const MANAGED_CHILD_FLAG = '--openclaw-node-host-managed-child';

/** Root flags that take a value (node-host-launcher.mjs). */
const ROOT_VALUE_FLAGS: ReadonlySet<string> = new Set(['--profile', '--log-level', '--container']);

/**
 * Reads a command line such as `node …/openclaw.mjs --profile work node run --host gw --port=18789`.
 * `undefined`: not OpenClaw, or nothing but a title is left of it.
 */
export function parseInvocation(args: readonly string[]): Invocation | undefined {
  const entry = entryIndex(args);
  if (entry === undefined) return undefined;

  const words: string[] = [];
  const flags = new Map<string, string | true>();
  const rest = args.slice(entry + 1);
  for (let i = 0; i < rest.length; i += 1) {
    const arg = rest[i] ?? '';
    if (arg === '--') break;
    if (arg === CHILD_FLAG) continue;
    if (arg === MANAGED_CHILD_FLAG) {
      i += 1;
      continue;
    }
    if (!arg.startsWith('-')) {
      words.push(arg);
      continue;
    }
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg : arg.slice(0, equals);
    if (equals >= 0) flags.set(name, arg.slice(equals + 1));
    else if (takesValue(name)) {
      flags.set(name, rest[i + 1] ?? '');
      i += 1;
    } else flags.set(name, true);
  }

  const isNodeHost =
    (words[0] === 'node' && words[1] === 'run') || (words[0] === 'connect' && !flags.has('--service'));
  const profile = textOf(flags.get('--profile')) ?? (flags.has('--dev') ? 'dev' : undefined);
  return {
    command: isNodeHost ? 'node-host' : 'other',
    ...(profile === undefined ? {} : { profile }),
    script: args[entry] ?? '',
    flags: nodeRunFlags(flags),
  };
}

/** Flags before and after `node run` that have a value of their own: without this list the value would be a word. */
function takesValue(name: string): boolean {
  return ROOT_VALUE_FLAGS.has(name) || VALUE_FLAGS.has(name);
}

const VALUE_FLAGS: ReadonlySet<string> = new Set([
  '--commands',
  '--context-path',
  '--display-name',
  '--host',
  '--node-id',
  '--pair',
  '--pair-if-needed',
  '--port',
  '--target-file',
  '--tls-fingerprint',
]);

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

function nodeRunFlags(flags: ReadonlyMap<string, string | true>): NodeRunFlags {
  const host = textOf(flags.get('--host'));
  const port = portOf(textOf(flags.get('--port')));
  const displayName = textOf(flags.get('--display-name'));
  const nodeId = textOf(flags.get('--node-id'));
  const tls = flags.has('--no-tls')
    ? false
    : flags.has('--tls') || flags.has('--tls-fingerprint')
      ? true
      : undefined;
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(tls === undefined ? {} : { tls }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(nodeId === undefined ? {} : { nodeId }),
  };
}

function textOf(value: string | true | undefined): string | undefined {
  if (value === undefined || value === true) return undefined;
  const text = value.trim();
  return isBlank(text) ? undefined : text;
}

/** A TCP port in decimal, else `undefined`. */
export function portOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}
