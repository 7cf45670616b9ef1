import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import {
  validateConnectParams,
  validateNodeEventParams,
  validateNodeInvokeParams,
  validateNodeInvokeResultParams,
  validateRequestFrame,
  type ConnectParams,
  type ErrorShape,
  type RequestFrame,
} from '@openclaw/gateway-protocol';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  challengeFrame,
  errorFrame,
  healthPayload,
  helloOk,
  missingScope,
  NODE_METHODS,
  OPERATOR_METHODS,
  responseFrame,
  TICK_INTERVAL_MS,
  type StateVersion,
} from './gateway-frames.ts';
import { judgeConnect, type AdmittedClient, type Refusal } from './gateway-handshake.ts';
import { traitsOf, type GatewayTraits, type GatewayVersion } from './gateway-version.ts';
import { answerHttp } from './gateway-http.ts';
import { Invocations, type InvokeOutcome, type InvokeResult } from './invocations.ts';
import { parseObject } from './json.ts';
import { NodeCatalog, type HostStats } from './node-catalog.ts';
import { Presence } from './presence.ts';
import { systemTimers, type Cancel, type Timers } from './timers.ts';

/** The health summary is sent again this often. */
const HEALTH_INTERVAL_MS = 60_000;
/** A peer that does not answer a close (it may be frozen) is dropped after this long. */
const CLOSE_GRACE_MS = 250;
/** `node.invoke` without `timeoutMs` waits this long. */
const DEFAULT_INVOKE_TIMEOUT_MS = 30_000;
/** The longest close reason that fits a WebSocket close frame. */
const MAX_CLOSE_REASON_BYTES = 120;

const HOST = '127.0.0.1';

interface Admitted {
  readonly kind: 'admitted';
  readonly client: AdmittedClient;
  /** `null`: an operator. */
  readonly nodeId: string | null;
}

type Phase =
  { readonly kind: 'challenged'; readonly nonce: string } | { readonly kind: 'refused' } | Admitted;

interface Session {
  readonly connId: string;
  readonly socket: WebSocket;
  phase: Phase;
  seq: number;
  pongDue: boolean;
  readonly timers: Set<Cancel>;
}

type Answer = { readonly ok: unknown } | { readonly error: ErrorShape };
type Reply = (answer: Answer) => void;

export interface SimulatedGatewayOptions {
  readonly version: GatewayVersion;
  /** The shared secret that every client must know. */
  readonly token: string;
  /** A port to take; any free one when absent. It stays the same over restarts. */
  readonly port?: number;
  readonly timers?: Timers;
}

/**
 * An OpenClaw gateway as a node host and an operator see it: the handshake, `node.list`, events, invocations, and how
 * it goes away. Its frames are held against the published validators and against captures of the real one.
 */
export class SimulatedGateway {
  readonly #version: GatewayVersion;
  readonly #traits: GatewayTraits;
  readonly #token: string;
  readonly #timers: Timers;
  readonly #nodes: NodeCatalog;
  readonly #sessions = new Map<string, Session>();
  readonly #invocations: Invocations;
  readonly #background = new Set<Cancel>();
  /** What came in while the gateway was mute. */
  #backlog: (() => void)[] = [];
  #server: Server | null = null;
  /** Ends the wait of a restart early; it counts as stopped then. */
  #giveUpRestart: (() => void) | null = null;
  #stops = 0;
  #port: number;
  #isMute = false;
  #bootId = '';
  #bootedAtMs = 0;
  #presence: Presence;
  #healthVersion = 1;
  #globalSeq = 0;

  constructor(options: SimulatedGatewayOptions) {
    this.#version = options.version;
    this.#traits = traitsOf(options.version);
    this.#token = options.token;
    this.#timers = options.timers ?? systemTimers;
    this.#port = options.port ?? 0;
    this.#nodes = new NodeCatalog(this.#traits);
    this.#invocations = new Invocations(this.#timers);
    this.#presence = this.#freshPresence();
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `ws://${HOST}:${this.#port}`;
  }

  get isUp(): boolean {
    return this.#server !== null;
  }

  /** Names of the nodes that hold a session now. */
  get attachedNodes(): readonly string[] {
    return this.#nodes
      .rows()
      .filter((row) => row.connected)
      .map((row) => row.displayName);
  }

  /** Boots. Rejects when the port is not to be had. */
  async start(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer((request, response) => {
      this.#whenAwake(() => {
        answerHttp(request, response);
      });
    });
    const sockets = new WebSocketServer({ noServer: true, maxPayload: 26_214_400 });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#whenAwake(() => {
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          this.#accept(webSocket);
        });
      });
    });
    await listen(server, this.#port);
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#bootId = randomUUID();
    this.#bootedAtMs = this.#timers.wallMs();
    this.#presence = this.#freshPresence();
    this.#healthVersion = 1;
    this.#globalSeq = 0;
    this.#background.add(
      this.#timers.every(TICK_INTERVAL_MS, () => {
        this.#broadcast('tick', { ts: this.#timers.wallMs() });
      }),
    );
    this.#background.add(
      this.#timers.every(HEALTH_INTERVAL_MS, () => {
        this.#announceHealth();
      }),
    );
  }

  /** Goes for good: a restart that is under way does not come back either. */
  async stop(): Promise<void> {
    this.#stops += 1;
    this.#giveUpRestart?.();
    await this.#goDown();
  }

  /**
   * Goes away for `outageMs` and comes back on the same port as another boot that remembers its pairings. Resolves
   * when it is back, or was stopped meanwhile.
   */
  async restart(options: { readonly outageMs: number }): Promise<void> {
    const stopsBefore = this.#stops;
    await this.#goDown();
    if (this.#stops !== stopsBefore) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#timers.after(options.outageMs, resolve);
      this.#giveUpRestart = () => {
        cancel();
        resolve();
      };
    });
    this.#giveUpRestart = null;
    if (this.#stops === stopsBefore) await this.start();
  }

  /** Stays connected, reads nothing, answers nothing: what a gateway stopped by SIGSTOP looks like from outside. */
  mute(): void {
    this.#isMute = true;
    for (const session of this.#sessions.values()) session.socket.pause();
  }

  unmute(): void {
    if (!this.#isMute) return;
    this.#isMute = false;
    for (const session of this.#sessions.values()) session.socket.resume();
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const work of backlog) work();
  }

  /** Says goodbye as the real one does, also on a plain stop: `shutdown`, then 1012 `service restart`. */
  async #goDown(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    this.unmute();
    for (const cancel of this.#background) cancel();
    this.#background.clear();
    this.#broadcast('shutdown', { reason: 'gateway stopping', ...this.#restartHint() });
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    const sessions = [...this.#sessions.values()];
    for (const session of sessions) session.socket.close(1012, 'service restart');
    this.#timers.after(CLOSE_GRACE_MS, () => {
      for (const session of sessions) session.socket.terminate();
      server.closeAllConnections();
    });
    await closed;
  }

  #freshPresence(): Presence {
    return new Presence({
      version: this.#version,
      traits: this.#traits,
      host: hostname(),
      nowMs: this.#timers.wallMs(),
    });
  }

  #restartHint(): { restartExpectedMs?: null } {
    return this.#traits.protocol === 3 ? { restartExpectedMs: null } : {};
  }

  #whenAwake(work: () => void): void {
    if (this.#isMute) this.#backlog.push(work);
    else work();
  }

  get #stateVersion(): StateVersion {
    return { presence: this.#presence.version, health: this.#healthVersion };
  }

  #accept(socket: WebSocket): void {
    const nonce = randomUUID();
    const session: Session = {
      connId: randomUUID(),
      socket,
      phase: { kind: 'challenged', nonce },
      seq: 0,
      pongDue: false,
      timers: new Set(),
    };
    this.#sessions.set(session.connId, session);
    socket.on('message', (data) => {
      this.#receive(session, (data as Buffer).toString('utf8'));
    });
    socket.on('pong', () => {
      session.pongDue = false;
    });
    socket.on('close', () => {
      this.#forget(session);
    });
    // A peer that breaks off in the middle of a frame ends in `close`, which says all there is to say.
    socket.on('error', () => undefined);
    session.timers.add(
      this.#timers.after(this.#traits.handshakeTimeoutMs, () => {
        if (session.phase.kind === 'challenged') socket.close(1000);
      }),
    );
    const { pingIntervalMs } = this.#traits;
    if (pingIntervalMs !== null) {
      session.timers.add(
        this.#timers.every(pingIntervalMs, () => {
          this.#checkPulse(session);
        }),
      );
    }
    this.#send(session, challengeFrame(nonce, this.#timers.wallMs(), this.#traits));
  }

  #checkPulse(session: Session): void {
    if (this.#isMute) return;
    if (session.pongDue) {
      session.socket.terminate();
      return;
    }
    session.pongDue = true;
    session.socket.ping();
  }

  #forget(session: Session): void {
    this.#sessions.delete(session.connId);
    for (const cancel of session.timers) cancel();
    if (session.phase.kind !== 'admitted') return;
    const nowMs = this.#timers.wallMs();
    const { client, nodeId } = session.phase;
    const wasAttached = nodeId !== null && this.#nodes.disconnect(nodeId, session.connId, nowMs);
    if (nodeId !== null && wasAttached) {
      this.#invocations.failAllOf(nodeId);
      this.#announceInventory(nodeId);
    }
    if ((nodeId !== null && !wasAttached) || !this.#presence.shows(client.params.client)) return;
    this.#presence.leave(client.params, session.connId, nowMs);
    this.#announcePresence();
  }

  #receive(session: Session, text: string): void {
    const frame = parseRequest(text);
    switch (session.phase.kind) {
      case 'refused':
        return;
      case 'challenged':
        this.#shakeHands(session, session.phase.nonce, frame);
        return;
      case 'admitted':
        if (frame === undefined) session.socket.close(1008, 'invalid request frame');
        else this.#answer(session, session.phase, frame);
        return;
      default:
        session.phase satisfies never;
    }
  }

  #shakeHands(session: Session, nonce: string, frame: RequestFrame | undefined): void {
    if (frame === undefined) {
      session.phase = { kind: 'refused' };
      session.socket.close(1008, 'invalid request frame');
      return;
    }
    const { params } = frame;
    if (frame.method !== 'connect' || !validateConnectParams(params)) {
      const message =
        frame.method === 'connect'
          ? 'invalid connect params'
          : 'invalid handshake: first request must be connect';
      const error = { code: 'INVALID_REQUEST', message };
      this.#refuse(session, frame.id, { error, closeCode: 1008, closeReason: message, delayMs: 0 });
      return;
    }
    // Parsed from JSON, so an optional member that is absent is absent and never `undefined`.
    const judgement = judgeConnect(params as ConnectParams, {
      traits: this.#traits,
      token: this.#token,
      nonce,
      nowMs: this.#timers.wallMs(),
    });
    if (judgement.admitted) this.#admit(session, frame.id, judgement.client);
    else this.#refuse(session, frame.id, judgement);
  }

  #refuse(session: Session, requestId: string, refusal: Refusal): void {
    session.phase = { kind: 'refused' };
    const say = (): void => {
      this.#send(session, errorFrame(requestId, refusal.error));
      const reason = Buffer.from(refusal.closeReason).subarray(0, MAX_CLOSE_REASON_BYTES).toString('utf8');
      session.socket.close(refusal.closeCode, reason);
    };
    if (refusal.delayMs === 0) say();
    else session.timers.add(this.#timers.after(refusal.delayMs, say));
  }

  #admit(session: Session, requestId: string, client: AdmittedClient): void {
    const nowMs = this.#timers.wallMs();
    const nodeId = client.role === 'node' ? (client.params.device?.id ?? null) : null;
    session.phase = { kind: 'admitted', client, nodeId };
    if (nodeId !== null) this.#attachNode(session, nodeId, client, nowMs);
    this.#presence.enter(client.params, session.connId, nowMs);
    const payload = helloOk({
      version: this.#version,
      traits: this.#traits,
      bootId: this.#bootId,
      connId: session.connId,
      client,
      presence: this.#presence.list(nowMs),
      stateVersion: this.#stateVersion,
      uptimeMs: nowMs - this.#bootedAtMs,
      nowMs,
    });
    this.#send(session, responseFrame(requestId, payload));
    // 2026.4 announces only who goes.
    if (nodeId !== null && this.#traits.protocol === 4) this.#announcePresence();
    this.#announceHealth();
    if (nodeId !== null) this.#announceInventory(nodeId);
  }

  #attachNode(session: Session, nodeId: string, client: AdmittedClient, nowMs: number): void {
    const replaced = this.#nodes.connect({ nodeId, connId: session.connId, params: client.params, nowMs });
    if (replaced !== undefined) this.#sessions.get(replaced)?.socket.terminate();
  }

  #answer(session: Session, { client, nodeId }: Admitted, frame: RequestFrame): void {
    const reply: Reply = (answer) => {
      this.#send(
        session,
        'error' in answer ? errorFrame(frame.id, answer.error) : responseFrame(frame.id, answer.ok),
      );
    };
    const isNodeMethod = includes(NODE_METHODS, frame.method);
    const isOperatorMethod = includes(OPERATOR_METHODS, frame.method);
    if (nodeId !== null && isNodeMethod) reply(this.#answerNode(nodeId, frame));
    else if (nodeId === null && isOperatorMethod) this.#answerOperator(client.scopes, frame, reply);
    else if (isNodeMethod || isOperatorMethod) reply(invalid(`unauthorized role: ${client.role}`));
    else reply(invalid(`unknown method: ${frame.method}`));
  }

  #answerOperator(scopes: readonly string[], frame: RequestFrame, reply: Reply): void {
    const nowMs = this.#timers.wallMs();
    const lacks = (scope: string): boolean => {
      if (scopes.includes(scope)) return false;
      reply({ error: missingScope(scope, this.#traits) });
      return true;
    };
    switch (frame.method) {
      case 'health':
        reply({ ok: healthPayload(nowMs) });
        return;
      case 'node.list':
        if (!lacks('operator.read')) reply({ ok: { ts: nowMs, nodes: this.#nodes.rows() } });
        return;
      case 'system-presence':
        if (!lacks('operator.read')) reply({ ok: this.#presence.list(nowMs) });
        return;
      default:
        if (!lacks('operator.write')) this.#invoke(frame, reply);
    }
  }

  #answerNode(nodeId: string, frame: RequestFrame): Answer {
    const { params } = frame;
    switch (frame.method) {
      case 'node.event':
        if (!validateNodeEventParams(params)) return invalid('invalid node.event params');
        return this.#noteNodeEvent(nodeId, params.event, params.payloadJSON);
      case 'node.invoke.result':
        if (!validateNodeInvokeResultParams(params)) return invalid('invalid node.invoke.result params');
        if (params.nodeId !== nodeId) return invalid('nodeId mismatch');
        return this.#noteInvokeResult(params);
      default:
        if (!this.#traits.knowsHostStats) return invalid(`unknown method: ${frame.method}`);
        return { ok: { nodeId } };
    }
  }

  #noteNodeEvent(nodeId: string, event: string, payloadJSON: string | undefined): Answer {
    if (event !== 'node.host.stats' || !this.#traits.knowsHostStats) return { ok: { ok: true } };
    const stats = parseObject(payloadJSON ?? '');
    if (stats === undefined) return invalid('invalid node.host.stats payload');
    const hostStats: HostStats = { ...stats, updatedAtMs: this.#timers.wallMs() };
    this.#nodes.recordHostStats(nodeId, hostStats);
    this.#broadcast('node.hostStats', { nodeId, hostStats }, { to: isReader });
    return { ok: { ok: true, event, handled: true, reason: 'updated' } };
  }

  #noteInvokeResult(result: InvokeResult): Answer {
    const wasAwaited = this.#invocations.settle(result);
    return { ok: wasAwaited ? { ok: true } : { ok: true, ignored: true } };
  }

  #invoke(frame: RequestFrame, reply: Reply): void {
    const { params } = frame;
    if (!validateNodeInvokeParams(params)) {
      reply(invalid('nodeId and command required'));
      return;
    }
    const { nodeId, command, timeoutMs = DEFAULT_INVOKE_TIMEOUT_MS, idempotencyKey } = params;
    const connId = this.#nodes.connectionOf(nodeId);
    const node = connId === undefined ? undefined : this.#sessions.get(connId);
    if (node === undefined) {
      const details = { code: 'NOT_CONNECTED' };
      reply({ error: { code: 'UNAVAILABLE', message: 'node not connected', details } });
      return;
    }
    const id = this.#invocations.begin(nodeId, timeoutMs, (outcome) => {
      reply(this.#invokeAnswer(nodeId, command, outcome));
    });
    const paramsJSON = params.params === undefined ? null : JSON.stringify(params.params);
    const payload = { id, nodeId, command, paramsJSON, timeoutMs, idempotencyKey };
    this.#send(node, { type: 'event', event: 'node.invoke.request', payload });
  }

  #invokeAnswer(nodeId: string, command: string, outcome: InvokeOutcome): Answer {
    if (outcome.ok) {
      const { payload, payloadJSON } = outcome;
      return { ok: { ok: true, nodeId, command, payload, payloadJSON } };
    }
    const { code, message } = outcome.error;
    const dispatched = this.#traits.protocol === 4 ? { nodeCommandDispatched: true } : {};
    const details = { nodeError: outcome.error, ...dispatched };
    return { error: { code: 'UNAVAILABLE', message: `${code}: ${message}`, details } };
  }

  #announceHealth(): void {
    this.#healthVersion += 1;
    this.#broadcast('health', healthPayload(this.#timers.wallMs()), { stateVersion: this.#stateVersion });
  }

  #announcePresence(): void {
    const payload = { presence: this.#presence.list(this.#timers.wallMs()) };
    const to = this.#traits.protocol === 4 ? isReader : undefined;
    this.#broadcast('presence', payload, { stateVersion: this.#stateVersion, ...(to ? { to } : {}) });
  }

  #announceInventory(nodeId: string): void {
    if (!this.#traits.knowsHostStats) return;
    this.#broadcast('node.runnerInventory.changed', { nodeId }, { to: isReader });
  }

  #broadcast(
    event: string,
    payload: unknown,
    options: { readonly stateVersion?: StateVersion; readonly to?: (client: AdmittedClient) => boolean } = {},
  ): void {
    if (this.#isMute) return;
    if (!this.#traits.seqPerClient) this.#globalSeq += 1;
    for (const session of this.#sessions.values()) {
      if (session.phase.kind !== 'admitted') continue;
      if (options.to !== undefined && !options.to(session.phase.client)) continue;
      session.seq += 1;
      const seq = this.#traits.seqPerClient ? session.seq : this.#globalSeq;
      const { stateVersion } = options;
      this.#send(session, {
        type: 'event',
        event,
        payload,
        seq,
        ...(stateVersion === undefined ? {} : { stateVersion }),
      });
    }
  }

  #send(session: Session, frame: object): void {
    if (session.socket.readyState === session.socket.OPEN) session.socket.send(JSON.stringify(frame));
  }
}

function invalid(message: string): Answer {
  return { error: { code: 'INVALID_REQUEST', message } };
}

function includes(methods: readonly string[], method: string): boolean {
  return methods.includes(method);
}

function isReader(client: AdmittedClient): boolean {
  return client.role === 'operator' && client.scopes.includes('operator.read');
}

function parseRequest(text: string): RequestFrame | undefined {
  const frame = parseObject(text);
  return validateRequestFrame(frame) ? (frame as RequestFrame) : undefined;
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
