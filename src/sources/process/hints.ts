import { dirname, join, resolve } from 'node:path';
import { type Endpoint, isBlank, type NodeHostHints, present } from '../../core/index.ts';
import { knownSecrets, type Scrub } from '../known-secrets.ts';
import { readSmallFile, realPath } from '../files.ts';
import { portOf, type NodeRunFlags } from './invocation.ts';
import type { ProcessTable } from './process-table.ts';
import type { LocatedHost } from './select-target.ts';
import { isObject, parseObject } from '../../runtime/json-object.ts';

/** These files hold a few hundred bytes; what is larger is something else. */
const MAX_FILE_BYTES = 64 * 1024;
/** That of 2026.9.6 is 143 KB. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

/** `<stateDir>/node.json`, written by node hosts up to 2026.4.x. Its `nodeId` is an instance id, not the device's. */
interface NodeConfig {
  readonly displayName?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: boolean;
}

/** What OpenClaw dials where neither its arguments nor `node.json` say (`runNodeHost` of 2026.4.15). */
const DEFAULT_GATEWAY: Endpoint = { host: '127.0.0.1', port: 18_789 };

/** Collects what the node host's arguments and files say about it. Never throws; what cannot be read is left out. */
export async function readHints(host: LocatedHost, table: ProcessTable): Promise<NodeHostHints> {
  const { directory: stateDir } = host;
  const stateFile = async (...names: readonly string[]): Promise<string | undefined> =>
    stateDir === undefined ? undefined : textOf(join(stateDir, ...names));
  const logPaths = await logPathsOf(host, table);
  // A name that is read before the credential is known would keep it.
  await knownSecrets.known();
  return {
    ...dialsTo(host.invocation?.flags ?? {}, parseNodeConfig(await stateFile('node.json'))),
    ...present({
      nodeId: parseDeviceId(await stateFile('identity', 'device.json')),
      logPaths: logPaths.length === 0 ? undefined : logPaths,
      service: host.service,
    }),
  };
}

/**
 * Joins the command line with `node.json`; the command line wins, as in OpenClaw. 2026.9.x keeps the rest in its
 * database, which is not ours to open: there a command line without host or port leaves the endpoint unknown.
 */
function dialsTo(
  flags: NodeRunFlags,
  config: NodeConfig | undefined,
  scrubName: Scrub = knownSecrets.scrubName,
): Pick<NodeHostHints, 'endpoint' | 'tls' | 'displayName'> {
  const host = flags.host ?? (config === undefined ? undefined : (config.host ?? DEFAULT_GATEWAY.host));
  const port = flags.port ?? (config === undefined ? undefined : (config.port ?? DEFAULT_GATEWAY.port));
  const displayName = flags.displayName ?? config?.displayName;
  return present({
    endpoint: host === undefined || port === undefined ? undefined : { host, port },
    tls: flags.tls ?? config?.tls,
    // Somebody may have put a credential where the name goes.
    displayName: displayName === undefined ? undefined : scrubName(displayName),
  });
}

/** Reads `node.json`; `undefined` when it is not one. */
function parseNodeConfig(text: string | undefined): NodeConfig | undefined {
  const config = parseObject(text ?? '');
  if (config === undefined) return undefined;
  const { host, port, tls } = isObject(config.gateway) ? config.gateway : {};
  const { displayName } = config;
  return present({
    displayName: typeof displayName === 'string' && !isBlank(displayName) ? displayName : undefined,
    host: typeof host === 'string' && host !== '' ? host : undefined,
    port: typeof port === 'number' ? portOf(String(port)) : undefined,
    tls: typeof tls === 'boolean' ? tls : undefined,
  });
}

/** Takes the device id, which is the node id of `node.list`, out of `identity/device.json`; the keys there stay there. */
function parseDeviceId(text: string | undefined): string | undefined {
  const deviceId = parseObject(text ?? '')?.deviceId;
  return typeof deviceId === 'string' && /^[0-9a-f]{64}$/.test(deviceId) ? deviceId : undefined;
}

async function logPathsOf(host: LocatedHost, table: ProcessTable): Promise<readonly string[]> {
  const own = await table.outputFiles(host.pid);
  if (own.length > 0) return own;
  // The launcher may write what its child says into a file of its own.
  const launcher = host.ancestors[0];
  return launcher === undefined || launcher === 1 ? [] : table.outputFiles(launcher);
}

/** The version of the package that the node host was started from; it stays what it is for as long as the process runs. */
export async function readVersion(host: LocatedHost): Promise<string | undefined> {
  const { invocation, directory: stateDir, workingDirectory = '/' } = host;
  if (invocation === undefined || stateDir === undefined) return undefined;
  // 2026.9.x may run a newer runtime of its own choice than the one its command line names.
  if ((await realPath(join(stateDir, 'node-runtime', 'current'))) !== undefined) return undefined;
  const script = await realPath(resolve(workingDirectory, invocation.script));
  if (script === undefined) return undefined;
  for (const directory of [dirname(script), dirname(dirname(script))]) {
    const manifest = parseObject((await textOf(join(directory, 'package.json'), MAX_MANIFEST_BYTES)) ?? '');
    if (manifest?.name === 'openclaw' && typeof manifest.version === 'string') return manifest.version;
  }
  return undefined;
}

async function textOf(path: string, maxBytes = MAX_FILE_BYTES): Promise<string | undefined> {
  const answer = await readSmallFile(path, maxBytes);
  return answer.kind === 'value' ? answer.text : undefined;
}
