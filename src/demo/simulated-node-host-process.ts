/**
 * The entry of a child process that behaves as `openclaw node run` of 2026.9.6: same title, same client, same frames,
 * same lines on stderr. It connects with the reference client, which is the one the real node host is built around.
 * It reads its own environment, as the real one does, and ends with its parent.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { GatewayClient, type GatewayReconnectPausedInfo } from '@openclaw/gateway-client';
import { whenParentIsGone } from './child-process-entry.ts';
import { persistentDeviceIdentity, rawPublicKey, signDevicePayload } from './device-identity.ts';
import { sampleHostStats } from './host-stats.ts';
import { parseObject, type JsonObject } from '../runtime/json-object.ts';
import { isNodeHostOrder, type NodeHostOrder } from './node-host-messages.ts';

const VERSION = '2026.9.6';
const HOST_STATS_INTERVAL_MS = 60_000;
/** An idle 2026.9.6 was seen to wake at least every 4.5 s; the reference client alone sleeps for up to 25 s. */
const HOUSEKEEPING_INTERVAL_MS = 4_000;

/** Refusals on which the real one leaves, so that its supervisor starts it anew; on others it waits for a person. */
const EXIT_ON_DETAIL_CODES: ReadonlySet<string> = new Set([
  'AUTH_TOKEN_MISSING',
  'AUTH_TOKEN_MISMATCH',
  'AUTH_BOOTSTRAP_TOKEN_INVALID',
  'AUTH_PASSWORD_MISSING',
  'AUTH_PASSWORD_MISMATCH',
  'AUTH_IDENTITY_HEADER_REQUIRED',
  'CLIENT_VERSION_MISMATCH',
]);

const CAPS = ['browser', 'file', 'local-inference', 'mcp', 'system'];
const COMMANDS = ['system.run', 'system.run.prepare', 'system.which'];

const PLATFORMS: Readonly<Record<string, { readonly platform: string; readonly deviceFamily: string }>> = {
  darwin: { platform: 'macos', deviceFamily: 'Mac' },
  linux: { platform: 'linux', deviceFamily: 'Linux' },
};

interface Settings {
  readonly url: string;
  readonly displayName: string;
  readonly stateDir: string;
  readonly token: string;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    allowPositionals: true,
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      'display-name': { type: 'string' },
      'openclaw-node-host-child': { type: 'boolean' },
    },
  });
  const stateDir = process.env.OPENCLAW_STATE_DIR;
  const token = process.env.OPENCLAW_GATEWAY_TOKEN;
  const { host, port, 'display-name': displayName } = values;
  if (
    stateDir === undefined ||
    token === undefined ||
    host === undefined ||
    port === undefined ||
    displayName === undefined
  ) {
    throw new Error(
      'a simulated node host needs --host, --port, --display-name, OPENCLAW_STATE_DIR and OPENCLAW_GATEWAY_TOKEN',
    );
  }
  return { url: `ws://${host}:${port}`, displayName, stateDir, token };
}

function writeStderrLine(text: string): void {
  process.stderr.write(`${text}\n`);
}

function startNodeHost({ url, displayName, stateDir, token }: Settings): { stop(): Promise<void> } {
  const identity = persistentDeviceIdentity(stateDir);
  const pathEnv = process.env.PATH ?? '';
  let hostStatsTimer: NodeJS.Timeout | undefined;

  const client = new GatewayClient({
    url,
    token,
    instanceId: identity.deviceId,
    clientName: 'node-host',
    clientDisplayName: displayName,
    clientVersion: VERSION,
    ...(PLATFORMS[process.platform] ?? { platform: process.platform }),
    mode: 'node',
    role: 'node',
    scopes: [],
    caps: CAPS,
    commands: COMMANDS,
    pathEnv,
    deviceIdentity: identity,
    hostDeps: {
      signDevicePayload,
      publicKeyRawBase64UrlFromPem: rawPublicKey,
      logError: writeStderrLine,
    },
    onHelloOk: () => {
      writeStderrLine(`node host gateway connected: ${url}`);
      publishAfterConnect();
    },
    onConnectError: (error) => {
      writeStderrLine(`node host gateway connect failed: ${error.message}`);
    },
    onReconnectPaused: noteReconnectPaused,
    onClose: (code, reason) => {
      clearInterval(hostStatsTimer);
      writeStderrLine(`node host gateway closed (${code}): ${reason}`);
    },
    onEvent: (event) => {
      if (event.event === 'node.invoke.request') answerInvoke(client, event.payload, pathEnv);
    },
  });

  function publishAfterConnect(): void {
    let wasFailureLogged = false;
    const publishHostStats = async (): Promise<void> => {
      try {
        const payloadJSON = JSON.stringify(sampleHostStats());
        await client.request('node.event', { event: 'node.host.stats', payloadJSON });
      } catch (error: unknown) {
        if (wasFailureLogged || hostStatsTimer === undefined) return;
        wasFailureLogged = true;
        writeStderrLine(`node host stats publish failed: ${String(error)}`);
      }
    };
    const publish = async (label: string, method: string, params: object): Promise<void> => {
      try {
        await client.request(method, params);
      } catch (error: unknown) {
        writeStderrLine(`node host ${label} publish failed: ${String(error)}`);
      }
    };
    hostStatsTimer = setInterval(() => void publishHostStats(), HOST_STATS_INTERVAL_MS).unref();
    void publishHostStats();
    void publish('runner inventory', 'node.runnerInventory.update', {
      protocolFeatures: ['node-worker-supervisor-v6'],
      workerHost: { enabled: false },
    });
    void publish('skill', 'node.skills.update', { skills: [] });
    void publish('plugin tool', 'node.pluginTools.update', { tools: [] });
  }

  client.start();
  return {
    stop: async () => {
      clearInterval(hostStatsTimer);
      await client.stopAndWait();
    },
  };
}

function noteReconnectPaused({ code, reason, detailCode }: GatewayReconnectPausedInfo): void {
  const isExiting = detailCode !== null && EXIT_ON_DETAIL_CODES.has(detailCode);
  const detail = detailCode === null ? '' : ` detail=${detailCode}`;
  const why = reason.trim() === '' ? 'no close reason' : reason.trim();
  const action = isExiting ? 'exiting for supervisor restart' : 'waiting for operator action';
  writeStderrLine(`node host gateway reconnect paused after close (${code}): ${why}${detail}; ${action}`);
  // The line about the close itself is written right after this callback, and then the real one is gone too.
  if (isExiting) setImmediate(() => process.exit(1));
}

function answerInvoke(client: GatewayClient, payload: unknown, pathEnv: string): void {
  if (typeof payload !== 'object' || payload === null) return;
  const request = payload as JsonObject;
  const { id, nodeId } = request;
  if (typeof id !== 'string' || typeof nodeId !== 'string') return;
  const outcome = runCommand(request, pathEnv);
  // The gateway may be gone by now; then nobody waits for the answer.
  client.request('node.invoke.result', { id, nodeId, ...outcome }).catch(() => undefined);
}

function runCommand(
  { command, paramsJSON }: JsonObject,
  pathEnv: string,
): { ok: true; payloadJSON: string } | { ok: false; error: { code: string; message: string } } {
  if (command !== 'system.which') {
    return { ok: false, error: { code: 'UNAVAILABLE', message: 'command not supported' } };
  }
  const bins = parseObject(typeof paramsJSON === 'string' ? paramsJSON : '')?.bins;
  if (!Array.isArray(bins)) {
    return { ok: false, error: { code: 'INVALID_REQUEST', message: 'INVALID_REQUEST: bins required' } };
  }
  const found: Record<string, string> = {};
  for (const bin of bins) {
    const path = typeof bin === 'string' ? findExecutable(bin, pathEnv) : undefined;
    if (path !== undefined) found[String(bin)] = path;
  }
  return { ok: true, payloadJSON: JSON.stringify({ bins: found }) };
}

function findExecutable(name: string, pathEnv: string): string | undefined {
  if (name.includes('/')) return undefined;
  return pathEnv
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function obey({ order }: NodeHostOrder): void {
  switch (order) {
    case 'lose-timers':
      loseTimers();
      return;
    case 'busy-loop':
      spinWhileParentLives();
      return;
    default:
      order satisfies never;
  }
}

/** The fault behind the silent zombie: what is planned is never called. Periodic timers and sockets go on. */
function loseTimers(): void {
  const plan = globalThis.setTimeout;
  const lose = (): NodeJS.Timeout => {
    const timer = plan(() => undefined, 1);
    clearTimeout(timer);
    return timer;
  };
  globalThis.setTimeout = Object.assign(lose, plan);
}

/** Blocks the event loop. It cannot hear of its parent's death then, so it looks. */
function spinWhileParentLives(): void {
  const parent = process.ppid;
  while (process.ppid === parent);
}

process.title = 'openclaw-node';
// Before anything is written: the parent may have gone while this was loaded, and its directory with it.
whenParentIsGone(() => {
  process.exit(0);
});
const nodeHost = startNodeHost(readSettings());
setInterval(() => undefined, HOUSEKEEPING_INTERVAL_MS);

const leave = (exitCode: number): void => {
  const finish = (): void => {
    process.exit(exitCode);
  };
  nodeHost.stop().then(finish, finish);
};
process.once('SIGTERM', () => {
  leave(143);
});
process.once('SIGINT', () => {
  leave(130);
});
process.on('message', (message) => {
  if (isNodeHostOrder(message)) obey(message);
});
