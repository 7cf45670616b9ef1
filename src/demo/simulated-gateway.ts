import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  validateConnectParams,
  validateNodeEventParams,
  validateNodeInvokeParams,
  validateNodeInvokeResultParams,
  validateRequestFrame,
  type ConnectParams,
  type ErrorShape,
} from '@openclaw/gateway-protocol';
import { WebSocketServer, type WebSocket } from 'ws';
import { challenge, helloOk, invalid, refusalOf, TICK_INTERVAL_MS } from './gateway-frames.ts';
import { parseJson, parseObject } from '../runtime/json-object.ts';
import { NodeCatalog } from './node-catalog.ts';
import { systemTimers, type Cancel, type Timers } from './timers.ts';

const HOST = '127.0.0.1';
/** Pings each socket this often, and drops it when no pong came by the next time. */
const PING_INTERVAL_MS = 25_000;
/** A peer that does not answer a close (it may be frozen) is dropped after this long. */
const CLOSE_GRACE_MS = 250;
/** `node.invoke` without `timeoutMs` waits this long. */
const DEFAULT_INVOKE_TIMEOUT_MS = 30_000;

interface Client {
  readonly connId: string;
  readonly socket: WebSocket;
  /** As it introduced itself; absent before. */
  params?: ConnectParams;
  /** Absent: an operator. */
  nodeId?: string;
  seq: number;
  isPongDue: boolean;
}

/** What of a request frame decides its answer. */
interface Request {
  readonly method: string;
  readonly params?: unknown;
}

type Answer = { readonly ok: object } | { readonly error: ErrorShape };

/** An invocation that its node has not answered yet. */
interface Invocation {
  readonly nodeId: string;
  readonly command: string;
  readonly reply: (answer: Answer) => void;
  readonly giveUp: Cancel;
}

export interface SimulatedGatewayOptions {
  /** The shared secret that every client must know. */
  readonly token: string;
  /** A port to take; any free one when absent. It stays the same over restarts. */
  readonly port?: number;
  readonly timers?: Timers;
}

/**
 * An OpenClaw gateway of 2026.9.6 as a node host and an operator see it: the handshake, `node.list`, events, invocations,
 * and how it goes away. Whoever has the token may do everything. Its frames are held against the published validators
 * and against captures of the real one.
 */
export class SimulatedGateway {
  readonly #token: string;
  readonly #timers: Timers;
  readonly #nodes = new NodeCatalog();
  readonly #clients = new Map<string, Client>();
  readonly #invocations = new Map<string, Invocation>();
  readonly #background = new Set<Cancel>();
  #server: Server | null = null;
  /** Ends the wait of a restart early; it counts as stopped then. */
  #giveUpRestart: (() => void) | null = null;
  #stops = 0;
  #port: number;
  #bootId = '';
  #bootedAtMs = 0;

  constructor(options: SimulatedGatewayOptions) {
    this.#token = options.token;
    this.#timers = options.timers ?? systemTimers;
    this.#port = options.port ?? 0;
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
      const isHealth = request.url === '/health';
      response.writeHead(isHealth ? 200 : 404, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify(isHealth ? { ok: true, status: 'live' } : { ok: false }));
    });
    new WebSocketServer({ server }).on('connection', (socket) => this.#accept(socket));
    await once(server.listen(this.#port, HOST), 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#bootId = randomUUID();
    this.#bootedAtMs = this.#timers.wallMs();
    this.#background.add(
      this.#timers.every(TICK_INTERVAL_MS, () => this.#broadcast('tick', { ts: this.#timers.wallMs() })),
    );
    this.#background.add(this.#timers.every(PING_INTERVAL_MS, () => this.#pingAll()));
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
  async restart({ outageMs }: { readonly outageMs: number }): Promise<void> {
    const stopsBefore = this.#stops;
    await this.#goDown();
    if (this.#stops !== stopsBefore) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#timers.after(outageMs, resolve);
      this.#giveUpRestart = () => {
        cancel();
        resolve();
      };
    });
    this.#giveUpRestart = null;
    if (this.#stops === stopsBefore) await this.start();
  }

  /** Says goodbye as the real one does, also on a plain stop: `shutdown`, then 1012 `service restart`. */
  async #goDown(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    for (const cancel of this.#background) cancel();
    this.#background.clear();
    this.#broadcast('shutdown', { reason: 'gateway stopping' });
    const closed = once(server, 'close');
    server.close();
    const clients = [...this.#clients.values()];
    for (const { socket } of clients) socket.close(1012, 'service restart');
    this.#timers.after(CLOSE_GRACE_MS, () => {
      for (const { socket } of clients) socket.terminate();
      server.closeAllConnections();
    });
    await closed;
  }

  #accept(socket: WebSocket): void {
    const client: Client = { connId: randomUUID(), socket, seq: 0, isPongDue: false };
    this.#clients.set(client.connId, client);
    socket.on('message', (data) => this.#receive(client, parseObject((data as Buffer).toString('utf8'))));
    socket.on('pong', () => {
      client.isPongDue = false;
    });
    socket.on('close', () => this.#forget(client));
    // A peer that breaks off in the middle of a frame ends in `close`, which says all there is to say.
    socket.on('error', () => undefined);
    const payload = challenge(randomUUID(), this.#timers.wallMs());
    send(client, { type: 'event', event: 'connect.challenge', payload });
  }

  #pingAll(): void {
    for (const client of this.#clients.values()) {
      if (client.isPongDue) client.socket.terminate();
      else client.socket.ping();
      client.isPongDue = true;
    }
  }

  #forget({ connId, nodeId }: Client): void {
    this.#clients.delete(connId);
    if (nodeId === undefined || !this.#nodes.disconnect(nodeId, connId, this.#timers.wallMs())) return;
    for (const [id, invocation] of this.#invocations) {
      if (invocation.nodeId === nodeId) this.#settle(id, nodeError('NOT_CONNECTED', 'node disconnected'));
    }
    this.#broadcast('node.runnerInventory.changed', { nodeId });
  }

  #receive(client: Client, frame: unknown): void {
    if (!validateRequestFrame(frame)) return client.socket.close(1008, 'invalid request frame');
    const reply = (answer: Answer): void => {
      const [ok, payload] = 'ok' in answer ? [true, { payload: answer.ok }] : [false, answer];
      send(client, { type: 'res', id: frame.id, ok, ...payload });
    };
    if (client.params === undefined) this.#shakeHands(client, frame, reply);
    else if (frame.method === 'node.invoke') this.#invoke(frame.params, reply);
    else reply(this.#answer(client, frame));
  }

  #shakeHands(client: Client, { method, params }: Request, reply: (answer: Answer) => void): void {
    const isConnect = method === 'connect' && validateConnectParams(params);
    const error = isConnect
      ? refusalOf(params as ConnectParams, this.#token)
      : invalid('invalid handshake: first request must be connect');
    if (error !== undefined) {
      reply({ error });
      return client.socket.close(1008, error.message);
    }
    // Parsed from JSON, so an optional member that is absent is absent and never `undefined`.
    const introduced = params as ConnectParams;
    client.params = introduced;
    const { connId } = client;
    const nowMs = this.#timers.wallMs();
    const uptimeMs = nowMs - this.#bootedAtMs;
    reply({ ok: helloOk({ bootId: this.#bootId, connId, params: introduced, uptimeMs, nowMs }) });
    const nodeId = introduced.role === 'node' ? introduced.device?.id : undefined;
    if (nodeId === undefined) return;
    client.nodeId = nodeId;
    this.#nodes.connect({ nodeId, connId, params: introduced, nowMs });
    this.#broadcast('node.runnerInventory.changed', { nodeId });
  }

  #answer({ nodeId = '' }: Client, { method, params }: Request): Answer {
    switch (method) {
      case 'node.list':
        return { ok: { ts: this.#timers.wallMs(), nodes: this.#nodes.rows() } };
      case 'node.event':
        if (!validateNodeEventParams(params)) return { error: invalid('invalid node.event params') };
        return this.#noteNodeEvent(nodeId, params.event, parseObject(params.payloadJSON ?? ''));
      case 'node.invoke.result': {
        if (!validateNodeInvokeResultParams(params)) {
          return { error: invalid('invalid node.invoke.result params') };
        }
        const { id, ok, payloadJSON = null, error } = params;
        const answer: Answer = ok
          ? { ok: { payload: parseJson(payloadJSON ?? ''), payloadJSON } }
          : nodeError(error?.code, error?.message);
        return { ok: this.#settle(id, answer) ? { ok: true } : { ok: true, ignored: true } };
      }
      default:
        // What a node host publishes of its plugins and skills.
        return nodeId === '' ? { error: invalid(`unknown method: ${method}`) } : { ok: { nodeId } };
    }
  }

  #noteNodeEvent(nodeId: string, event: string, stats: object | undefined): Answer {
    if (event !== 'node.host.stats') return { ok: { ok: true } };
    const hostStats = { ...stats, updatedAtMs: this.#timers.wallMs() };
    this.#nodes.recordHostStats(nodeId, hostStats);
    this.#broadcast('node.hostStats', { nodeId, hostStats });
    return { ok: { ok: true, event, handled: true, reason: 'updated' } };
  }

  #invoke(params: unknown, reply: (answer: Answer) => void): void {
    if (!validateNodeInvokeParams(params)) return reply({ error: invalid('nodeId and command required') });
    const { nodeId, command, timeoutMs = DEFAULT_INVOKE_TIMEOUT_MS, idempotencyKey } = params;
    const node = this.#clients.get(this.#nodes.connectionOf(nodeId) ?? '');
    if (node === undefined) {
      const details = { code: 'NOT_CONNECTED' };
      reply({ error: { code: 'UNAVAILABLE', message: 'node not connected', details } });
      return;
    }
    const id = randomUUID();
    const giveUp = this.#timers.after(timeoutMs, () =>
      this.#settle(id, nodeError('TIMEOUT', 'node invoke timed out')),
    );
    this.#invocations.set(id, { nodeId, command, reply, giveUp });
    const paramsJSON = params.params === undefined ? null : JSON.stringify(params.params);
    const payload = { id, nodeId, command, paramsJSON, timeoutMs, idempotencyKey };
    send(node, { type: 'event', event: 'node.invoke.request', payload });
  }

  /** Answers whether anybody was still waiting. */
  #settle(id: string, answer: Answer): boolean {
    const invocation = this.#invocations.get(id);
    if (invocation === undefined) return false;
    this.#invocations.delete(id);
    const { nodeId, command, reply, giveUp } = invocation;
    giveUp();
    reply('ok' in answer ? { ok: { ok: true, nodeId, command, ...answer.ok } } : answer);
    return true;
  }

  /** To operators; a tick and the goodbye to everybody. */
  #broadcast(event: string, payload: object): void {
    const isForAll = event === 'tick' || event === 'shutdown';
    for (const client of this.#clients.values()) {
      if (client.params === undefined || (client.nodeId !== undefined && !isForAll)) continue;
      client.seq += 1;
      send(client, { type: 'event', event, payload, seq: client.seq });
    }
  }
}

/** How the gateway passes on that a node host could not do what it was asked. */
function nodeError(code = 'UNAVAILABLE', message = 'node invoke failed'): Answer {
  const details = { nodeError: { code, message }, nodeCommandDispatched: true };
  return { error: { code: 'UNAVAILABLE', message: `${code}: ${message}`, details } };
}

function send({ socket }: Client, frame: object): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
}
