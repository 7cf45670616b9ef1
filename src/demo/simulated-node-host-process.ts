/**
 * The entry of a child process that behaves as `openclaw node run` of 2026.9.6: same title, same client, same frames,
 * same lines on stderr. It connects with the reference client, which is the one the real node host is built around.
 * It reads its own environment, as the real one does, and ends with its parent.
 */
import { parseArgs } from 'node:util';
import { GatewayClient } from '@openclaw/gateway-client';
import { whenParentIsGone } from './child-process-entry.ts';
import { persistentDeviceIdentity, rawPublicKey, signDevicePayload } from './device-identity.ts';
import { sampleHostStats } from './host-stats.ts';
import type { JsonObject } from '../runtime/json-object.ts';

const VERSION = '2026.9.6';
const HOST_STATS_INTERVAL_MS = 60_000;
/** An idle 2026.9.6 was seen to wake at least every 4.5 s; the reference client alone sleeps for up to 25 s. */
const HOUSEKEEPING_INTERVAL_MS = 4_000;

/** What its supervisor may repair by another start ends it; whatever else refuses it, it waits for a person. */
const ENDING_REFUSALS: ReadonlySet<string | null> = new Set([
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
    pathEnv: process.env.PATH ?? '',
    deviceIdentity: identity,
    hostDeps: {
      signDevicePayload,
      publicKeyRawBase64UrlFromPem: rawPublicKey,
      logError: writeStderrLine,
    },
    onHelloOk: () => {
      writeStderrLine(`node host gateway connected: ${url}`);
      publishHostStats();
      hostStatsTimer = setInterval(publishHostStats, HOST_STATS_INTERVAL_MS).unref();
    },
    onConnectError: (error) => writeStderrLine(`node host gateway connect failed: ${error.message}`),
    onReconnectPaused: ({ code, reason, detailCode }) => {
      const ends = ENDING_REFUSALS.has(detailCode);
      const next = ends ? 'exiting for supervisor restart' : 'waiting for operator action';
      writeStderrLine(
        `node host gateway reconnect paused after close (${code}): ${reason} detail=${detailCode ?? 'none'}; ${next}`,
      );
      // After the line about the close, which follows.
      if (ends) setImmediate(() => process.exit(1));
    },
    onClose: (code, reason) => {
      clearInterval(hostStatsTimer);
      writeStderrLine(`node host gateway closed (${code}): ${reason}`);
    },
    onEvent: (event) => {
      if (event.event === 'node.invoke.request') answerInvoke(client, event.payload);
    },
  });

  function publishHostStats(): void {
    const payloadJSON = JSON.stringify(sampleHostStats());
    // What fails comes again in a minute.
    client.request('node.event', { event: 'node.host.stats', payloadJSON }).catch(() => undefined);
  }

  client.start();
  return {
    stop: async () => {
      clearInterval(hostStatsTimer);
      await client.stopAndWait();
    },
  };
}

/** Only a probe asks, and whether there is an answer is all that it asks for. */
function answerInvoke(client: GatewayClient, payload: unknown): void {
  const { id, nodeId } = payload as JsonObject;
  const answer = { id, nodeId, ok: true, payloadJSON: '{"bins":{}}' };
  // The gateway may be gone by now; then nobody waits for the answer.
  client.request('node.invoke.result', answer).catch(() => undefined);
}

/** All that it is ever told to do. The fault behind the silent zombie: what is planned is never called. Periodic timers and sockets go on. */
function loseTimers(): void {
  const plan = globalThis.setTimeout;
  const lose = (): NodeJS.Timeout => {
    const timer = plan(() => undefined, 1);
    clearTimeout(timer);
    return timer;
  };
  globalThis.setTimeout = Object.assign(lose, plan);
}

process.title = 'openclaw-node';
// Before anything is written: the parent may have gone while this was loaded, and its directory with it.
whenParentIsGone(() => process.exit(0));
const nodeHost = startNodeHost(readSettings());
setInterval(() => undefined, HOUSEKEEPING_INTERVAL_MS);

const leave = (exitCode: number): void => {
  const finish = (): void => process.exit(exitCode);
  nodeHost.stop().then(finish, finish);
};
process.once('SIGTERM', () => leave(143));
process.once('SIGINT', () => leave(130));
process.on('message', loseTimers);
