/** Each fault once, against the real thing: that it can be caused at all, and what it looks like from outside. */
import { strict as assert } from 'node:assert';
import type { Cleanup } from './cleanup.ts';
import { startGateway } from './gateway.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import type { OpenClawVersion } from './installation.ts';
import { asText } from './json.ts';
import type { JsonObject } from './json.ts';
import { startNodeHost } from './node-host.ts';
import type { NodeHost, NodeHostOptions } from './node-host.ts';
import { OperatorSession } from './operator-session.ts';
import { BadGateway } from './peers/bad-gateway.ts';
import { RefusingGateway, refusals } from './peers/refusing-gateway.ts';
import { startTcpProxy } from './peers/tcp-proxy.ts';
import { readStat, tcpSockets, voluntarySwitches } from './proc.ts';
import { sleep, waitUntil } from './wait-until.ts';

/** What was seen, in the order in which it happened. */
export type Findings = Record<string, string | number>;

export interface Fault {
  readonly name: string;
  readonly provoke: (version: OpenClawVersion, cleanup: Cleanup) => Promise<Findings>;
}

const displayName = 'NodeA';
/** 2026.4 exits after one failed try; the later version reconnects by itself. Both are kept alive, as installed ones are. */
const keepAlive = { throttleMs: 1_000 };

/** For whatever has to boot first; a boot was seen to take two minutes on a machine that compiled meanwhile. */
const patienceMs = 240_000;

interface Pair {
  readonly gateway: Gateway;
  readonly nodeHost: NodeHost;
}

/** A gateway with an approved, attached node host. */
async function attachedPair(
  version: OpenClawVersion,
  cleanup: Cleanup,
  extra: Partial<NodeHostOptions> = {},
  gatewayExtra: Partial<GatewayOptions> = {},
): Promise<Pair> {
  const gateway = cleanup.use(await startGateway({ version, ...gatewayExtra }));
  await gateway.waitForOperator();
  const options = { version, endpoint: gateway.endpoint, token: gateway.token, displayName, ...extra };
  const nodeHost = cleanup.use(await startNodeHost(options));
  await gateway.waitAttached(displayName, patienceMs);
  await gateway.approveCommands(displayName);
  return { gateway, nodeHost };
}

async function boot(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const gateway = cleanup.use(await startGateway({ version }));
  const { elapsedMs, failures } = await gateway.waitForOperator();
  const started = performance.now();
  const nodeHost = cleanup.use(
    await startNodeHost({ version, endpoint: gateway.endpoint, token: gateway.token, displayName }),
  );
  const childAfter = performance.now() - started;
  await gateway.waitAttached(displayName, patienceMs);
  const attachedAfter = performance.now() - started;
  await gateway.approveCommands(displayName);
  const nodeHostStop = await nodeHost.stop();
  return {
    'operator in after HTTP': seconds(elapsedMs),
    'refused meanwhile': failures[0] ? `${failures.length} x ${failures[0].error}` : 0,
    'child titled after': seconds(childAfter),
    'attached after': seconds(attachedAfter),
    'node host SIGTERM': seconds(nodeHostStop),
    'gateway SIGTERM': seconds(await gateway.stop()),
  };
}

function gatewayRestart(signal: 'SIGTERM' | 'SIGKILL'): Fault['provoke'] {
  return async (version, cleanup) => {
    const { gateway, nodeHost } = await attachedPair(version, cleanup, { keepAlive });
    const timings = await gateway.restart({ outageMs: 2_000, signal });
    const { elapsedMs } = await gateway.waitForOperator();
    const attached = await gateway.waitAttached(displayName, patienceMs);
    return {
      stop: seconds(timings.stopMs),
      boot: seconds(timings.bootMs),
      'operator in after HTTP': seconds(elapsedMs),
      'attached after the operator': seconds(attached),
      'node host restarts': nodeHost.restarts,
    };
  };
}

async function gatewayFrozen(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const { gateway, nodeHost } = await attachedPair(version, cleanup, { keepAlive });
  gateway.freeze();
  await waitUntil(async () => !(await gateway.isHealthy()), {
    timeoutMs: 5_000,
    what: 'HTTP to fall silent',
  });
  await sleep(75_000);
  const socketsBefore = describeSockets(nodeHost);
  gateway.thaw();
  const healthy = await gateway.waitHealthy(20_000);
  const attached = await gateway.waitAttached(displayName, patienceMs);
  return {
    'sockets after 75 s': socketsBefore,
    'HTTP back after': seconds(healthy),
    'attached after': seconds(attached),
    'node host restarts': nodeHost.restarts,
    'last line': lastLine(await nodeHost.stderr()),
  };
}

async function gatewayUnreachable(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const gateway = cleanup.use(await startGateway({ version }));
  await gateway.waitForOperator();
  const proxy = cleanup.use(await startTcpProxy({ upstream: gateway.endpoint }));
  const nodeHost = cleanup.use(
    await startNodeHost({ version, endpoint: proxy.endpoint, token: gateway.token, displayName, keepAlive }),
  );
  await gateway.waitAttached(displayName, patienceMs);
  await proxy.cut();
  const detached = await gateway.waitDetached(displayName);
  await sleep(2_000);
  await proxy.restore();
  const attached = await gateway.waitAttached(displayName, patienceMs);
  return {
    'row says detached after': seconds(detached),
    'attached again after': seconds(attached),
    'node host restarts': nodeHost.restarts,
  };
}

async function nodeHostFrozen(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const { gateway, nodeHost } = await attachedPair(version, cleanup);
  const child = await nodeHost.waitForChild();
  nodeHost.freeze();
  const stopped = await waitUntil(() => readStat(child)?.state === 'T', { timeoutMs: 2_000, everyMs: 10 });
  const unread = await waitUntil(() => unreadBytes(nodeHost) > 0, { timeoutMs: 60_000 });
  await sleep(5_000);
  const stillListed = await gateway.isAttached(displayName);
  nodeHost.thaw();
  await waitUntil(() => readStat(child)?.state !== 'T', { timeoutMs: 2_000, everyMs: 10 });
  const attached = await gateway.waitAttached(displayName, patienceMs);
  return {
    'state T after': seconds(stopped),
    'unread bytes after': seconds(unread),
    'row still connected': String(stillListed),
    'attached after SIGCONT': seconds(attached),
  };
}

async function eventLoopBlocked(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const { gateway, nodeHost } = await attachedPair(version, cleanup, { preload: 'busy-loop' });
  const child = await nodeHost.waitForChild();
  nodeHost.blockEventLoop();
  await waitUntil(() => readStat(child)?.state === 'R', { timeoutMs: 5_000, everyMs: 10 });
  await sleep(500);
  const before = voluntarySwitches(child);
  const unread = await waitUntil(() => unreadBytes(nodeHost) > 0, { timeoutMs: 60_000 });
  await sleep(5_000);
  const after = voluntarySwitches(child);
  assert.equal(after, before, 'a spinning event loop never sleeps');
  return {
    'unread bytes after': seconds(unread),
    'voluntary switches meanwhile': Number(after) - Number(before),
    'row still connected': String(await gateway.isAttached(displayName)),
  };
}

async function lostTimer(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const { gateway, nodeHost } = await attachedPair(version, cleanup, { preload: 'lost-timer', keepAlive });
  const child = await nodeHost.waitForChild();
  nodeHost.loseTimers();
  await sleep(200);
  await gateway.restart({ outageMs: 500 });
  await gateway.waitForOperator();
  await sleep(15_000);
  assert.equal(nodeHost.childPid, child, 'the same process, still alive');
  assert.equal(await gateway.isAttached(displayName), false, 'and not attached');
  return {
    'sockets 15 s after': describeSockets(nodeHost),
    'row connected': String((await gateway.node(displayName))?.connected),
    'last line': lastLine(await nodeHost.stderr()),
  };
}

async function mutePeer(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const gateway = cleanup.use(await startGateway({ version }));
  await gateway.waitForOperator();
  const proxy = cleanup.use(await startTcpProxy({ upstream: gateway.endpoint, swallowFirst: 1 }));
  const nodeHost = cleanup.use(
    await startNodeHost({ version, endpoint: proxy.endpoint, token: gateway.token, displayName, keepAlive }),
  );
  const dialled = await waitUntil(() => proxy.accepted > 0, { timeoutMs: patienceMs });
  await sleep(20_000);
  return {
    'dialled after': seconds(dialled),
    'connections 20 s later': proxy.accepted,
    'attached 20 s later': String(await gateway.isAttached(displayName)),
    sockets: describeSockets(nodeHost),
    'node host restarts': nodeHost.restarts,
    'last line': lastLine(await nodeHost.stderr()),
  };
}

async function wrongToken(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const gateway = cleanup.use(await startGateway({ version }));
  await gateway.waitForOperator();
  const nodeHost = cleanup.use(
    await startNodeHost({ version, endpoint: gateway.endpoint, token: 'wrong', displayName, keepAlive }),
  );
  await nodeHost.waitForLine(/token mismatch/, patienceMs);
  await waitUntil(() => nodeHost.restarts >= 1, { timeoutMs: 30_000, what: 'the first exit' });
  const [run] = nodeHost.runs;
  return {
    exit: run?.exit.code ?? String(run?.exit.signal),
    'ran for': seconds((run?.endedAtMs ?? 0) - (run?.startedAtMs ?? 0)),
    'last line': lastLine(await nodeHost.stderr()),
  };
}

async function rotatedToken(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const { gateway, nodeHost } = await attachedPair(version, cleanup, { keepAlive });
  await gateway.rotateToken();
  const refused = await nodeHost.waitForLine(/connect failed: unauthorized/, patienceMs);
  nodeHost.setToken(gateway.token);
  await gateway.waitForOperator();
  const attached = await gateway.waitAttached(displayName, patienceMs);
  return {
    'refused after': seconds(refused),
    'attached after the token was given': seconds(attached),
    lines: lines(await nodeHost.stderr())
      .slice(0, 3)
      .join(' | '),
  };
}

async function pairingRequired(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const gateway = cleanup.use(
    await startGateway({ version, gatewayConfig: { trustedProxies: ['127.0.0.1'] } }),
  );
  await gateway.waitForOperator();
  // With a forwarding header the gateway takes the node host for a remote one, which it does not pair by itself.
  const proxy = cleanup.use(
    await startTcpProxy({ upstream: gateway.endpoint, addHeaders: { 'X-Forwarded-For': '203.0.113.7' } }),
  );
  const nodeHost = cleanup.use(
    await startNodeHost({ version, endpoint: proxy.endpoint, token: gateway.token, displayName, keepAlive }),
  );
  await nodeHost.waitForLine(/pairing required|PAIRING_REQUIRED/, patienceMs);
  const reader = cleanup.use(await gateway.openOperator(['operator.read']));
  const rowBefore = await rowOf(reader, displayName);
  await gateway.approveDevice(displayName);
  const rowAfter = await rowOf(reader, displayName);
  const child = nodeHost.childPid;
  await sleep(40_000);
  return {
    'row before': rowBefore,
    'row after': rowAfter,
    'attached 40 s after approval': String(await gateway.isAttached(displayName)),
    'same process': String(nodeHost.childPid === child && child !== undefined),
    'node host restarts': nodeHost.restarts,
    sockets: describeSockets(nodeHost),
    'last line': lastLine(await nodeHost.stderr()),
  };
}

async function rateLimited(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const lockoutMs = 40_000;
  const rateLimit = { maxAttempts: 3, windowMs: 60_000, lockoutMs };
  const gatewayConfig = { trustedProxies: ['127.0.0.1'], auth: { rateLimit } };
  const gateway = cleanup.use(await startGateway({ version, gatewayConfig }));
  await gateway.waitForOperator();
  const proxy = cleanup.use(
    await startTcpProxy({ upstream: gateway.endpoint, addHeaders: { 'X-Forwarded-For': '203.0.113.7' } }),
  );
  const { token } = gateway;
  const nodeHost = cleanup.use(
    await startNodeHost({ version, endpoint: proxy.endpoint, token, displayName, keepAlive }),
  );
  // Loopback is never locked out. Somebody else behind the same proxy, with a wrong token, locks the node host out.
  const url = `ws://127.0.0.1:${proxy.endpoint.port}`;
  for (let attempt = 0; attempt < rateLimit.maxAttempts; attempt += 1) {
    await OperatorSession.open({ url, token: 'wrong' }).catch(() => undefined);
  }
  await nodeHost.waitForLine(/too many failed authentication attempts/, patienceMs);
  const child = nodeHost.childPid;
  await sleep(lockoutMs + 5_000);
  return {
    'same process after the lock-out': String(nodeHost.childPid === child && child !== undefined),
    'node host restarts': nodeHost.restarts,
    sockets: describeSockets(nodeHost),
    'last line': lastLine(await nodeHost.stderr()),
  };
}

function refusedWith(refusal: keyof typeof refusals): Fault['provoke'] {
  return async (version, cleanup) => {
    const peer = cleanup.use(await RefusingGateway.start(refusals[refusal]));
    const nodeHost = cleanup.use(
      await startNodeHost({ version, endpoint: peer.endpoint, token: 'any', displayName, keepAlive }),
    );
    await nodeHost.waitForLine(/closed \(1008\)/, patienceMs);
    await sleep(8_000);
    return {
      'connects 8 s later': peer.connects,
      'node host restarts': nodeHost.restarts,
      sockets: describeSockets(nodeHost),
      'last line': lastLine(await nodeHost.stderr()),
    };
  };
}

async function proxyAnswers502(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const peer = cleanup.use(await BadGateway.start());
  const nodeHost = cleanup.use(
    await startNodeHost({ version, endpoint: peer.endpoint, token: 'any', displayName, keepAlive }),
  );
  await nodeHost.waitForLine(/502/, patienceMs);
  await sleep(8_000);
  return {
    'attempts 8 s later': peer.upgrades,
    'node host restarts': nodeHost.restarts,
    lines: lines(await nodeHost.stderr())
      .slice(0, 2)
      .join(' | '),
  };
}

async function nodeHostKilled(version: OpenClawVersion, cleanup: Cleanup): Promise<Findings> {
  const { gateway, nodeHost } = await attachedPair(version, cleanup);
  nodeHost.crash();
  const detached = await gateway.waitDetached(displayName);
  const gone = await waitUntil(() => nodeHost.pids.length === 0, {
    timeoutMs: 15_000,
    what: 'the launcher to end',
  });
  return {
    'row says detached after': seconds(detached),
    'launcher gone after': seconds(detached + gone),
    'launcher exit': String(nodeHost.runs[0]?.exit.code ?? nodeHost.runs[0]?.exit.signal),
  };
}

export const faults: readonly Fault[] = [
  { name: 'boot', provoke: boot },
  { name: 'gateway-restart-sigterm', provoke: gatewayRestart('SIGTERM') },
  { name: 'gateway-restart-sigkill', provoke: gatewayRestart('SIGKILL') },
  { name: 'gateway-unreachable', provoke: gatewayUnreachable },
  { name: 'gateway-frozen', provoke: gatewayFrozen },
  { name: 'node-host-frozen', provoke: nodeHostFrozen },
  { name: 'event-loop-blocked', provoke: eventLoopBlocked },
  { name: 'lost-timer', provoke: lostTimer },
  { name: 'mute-peer', provoke: mutePeer },
  { name: 'wrong-token', provoke: wrongToken },
  { name: 'rotated-token', provoke: rotatedToken },
  { name: 'pairing-required', provoke: pairingRequired },
  { name: 'rate-limited', provoke: rateLimited },
  { name: 'refused-pairing', provoke: refusedWith('pairingRequired') },
  { name: 'refused-rate-limited', provoke: refusedWith('rateLimited') },
  { name: 'proxy-502', provoke: proxyAnswers502 },
  { name: 'node-host-killed', provoke: nodeHostKilled },
];

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function lastLine(text: string): string {
  return lines(text).at(-1) ?? '(log is empty)';
}

function unreadBytes(nodeHost: NodeHost): number {
  const child = nodeHost.childPid;
  return child === undefined ? 0 : Math.max(0, ...tcpSockets(child).map((socket) => socket.unreadBytes));
}

function describeSockets(nodeHost: NodeHost): string {
  const child = nodeHost.childPid;
  if (child === undefined) return 'no process';
  const sockets = tcpSockets(child).map(
    (socket) => `${socket.state} to ${socket.remotePort} unread ${socket.unreadBytes}`,
  );
  return sockets.length > 0 ? sockets.join(', ') : 'none';
}

async function rowOf(
  reader: { request(method: string): Promise<JsonObject> },
  name: string,
): Promise<string> {
  const { nodes } = await reader.request('node.list');
  const rows = Array.isArray(nodes) ? (nodes as JsonObject[]) : [];
  const row = rows.find((candidate) => asText(candidate.displayName) === name);
  return row === undefined ? 'absent' : JSON.stringify({ ...row, pathEnv: undefined });
}
