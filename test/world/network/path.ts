import type { Machine } from '../machine.ts';
import type { Process } from '../process.ts';
import type { Random } from '../random.ts';
import { Connection, type Carrier, type ClientEnd, type DialFailure } from './connection.ts';
import type { Certificate, Link, NameServer, Proxy, Tunnel } from './parts.ts';

/** What stands at the end of a path. */
export interface Listener {
  readonly machine: Machine;
  /** Nobody listens there. */
  readonly isDown: boolean;
  /** A WebSocket client's connection has arrived. */
  accept(connection: Connection): void;
  /** The first request on a connection. */
  connect(connection: Connection, request: ConnectRequest): void;
  /** `node.event node.host.stats` of a node. */
  receiveHostStats(deviceId: string): 'kept' | 'refused';
  /** Whether an operator let a node's commands through. */
  isApproved(deviceId: string): boolean;
  /** A request for `/health`; `answer` is called through the path when there is an answer. */
  askHealth(answer: (status: number) => void): void;
}

/** What a gateway answers to a `connect` that it does not grant. */
export interface Refusal {
  /** `error.details.code`. */
  readonly detail: string;
  readonly message: string;
  readonly code: number;
  readonly closeReason: string;
  readonly retryAfterMs?: number;
}

/** The `connect` request of a client, and what it does with the answer. */
export interface ConnectRequest {
  readonly token: string;
  /** The address that the gateway sees: a tunnel's end looks like its own machine. */
  readonly isLoopback: boolean;
  readonly from: string;
  readonly who:
    | {
        readonly role: 'node';
        readonly deviceId: string;
        readonly displayName: string;
        readonly version: string;
        readonly invoked: (answer: () => void) => void;
      }
    | {
        readonly role: 'operator';
        readonly rosterChanged: () => void;
        readonly hostStats: (deviceId: string) => void;
      };
  readonly granted: (hello: Hello) => void;
  readonly refused: (refusal: Refusal) => void;
  /** The gateway's regular word, every 30 s. */
  readonly ticked: () => void;
}

export interface Hello {
  readonly serverVersion: string;
  readonly protocol: number;
  readonly bootId?: string;
  readonly uptimeMs: number;
}

export interface PathParts {
  readonly link?: Link;
  readonly tunnel?: Tunnel;
  readonly proxy?: Proxy;
  readonly certificate?: Certificate;
  readonly names?: NameServer;
}

export interface PathOptions extends PathParts {
  readonly from: Machine;
  readonly to: Listener;
  /** As the client dials it. */
  readonly host: string;
  readonly port: number;
  readonly random: Random;
}

/** How far a packet gets now. */
export type Reach = DialFailure | { readonly kind: 'held-up' } | { readonly kind: 'there' };

/** The kernel sends an unanswered SYN again after these times, counted from the dial (tcp_syn_retries = 6). */
const SYN_AT_MS = [0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000];
const SYN_GIVEN_UP_MS = 127_000;
/** A segment that was lost is sent again at growing distances, up to this. */
const MAX_RETRANSMIT_MS = 120_000;

/** The way from one machine to a gateway: everything that may stand between a dial and its answer. */
export class Path {
  readonly from: Machine;
  readonly to: Listener;
  readonly host: string;
  readonly port: number;
  readonly parts: PathParts;
  /** So many of the next connections are accepted by somebody who never says a word. */
  swallows = 0;
  readonly #random: Random;
  readonly #connections = new Set<Connection>();
  #wasLost = false;
  #lostMs = 0;
  #ids = 0;

  constructor({ from, to, host, port, random, ...parts }: PathOptions) {
    this.from = from;
    this.to = to;
    this.host = host;
    this.port = port;
    this.parts = parts;
    this.#random = random;
    const changed = (): void => {
      this.#changed();
    };
    for (const part of [parts.link, parts.tunnel, parts.proxy]) part?.onChange(changed);
    from.onSleep(changed);
    if (to.machine !== from) to.machine.onSleep(changed);
  }

  get url(): string {
    const host = this.host.includes(':') ? `[${this.host}]` : this.host;
    return `${this.parts.certificate === undefined ? 'ws' : 'wss'}://${host}:${this.port}`;
  }

  get isLost(): boolean {
    if (this.from === this.to.machine) return false;
    return this.parts.link?.isLost === true || this.from.isAsleep || this.to.machine.isAsleep;
  }

  latencyMs(): number {
    return this.from === this.to.machine ? this.#random.between(0.2, 2) : this.#random.between(2, 60);
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** Everything but the gateway's own say. */
  reach(what: 'upgrade' | 'health'): Reach {
    const { tunnel, proxy, certificate, names } = this.parts;
    if (names?.isUp === false) return { kind: 'no-name' };
    if (tunnel !== undefined) {
      if (!tunnel.isUp) return { kind: 'refused' };
      if (this.isLost) return { kind: 'held-up' };
      if (this.to.isDown && proxy === undefined) return { kind: 'hung-up' };
    } else {
      if (this.isLost) return { kind: 'no-answer' };
      if (this.to.isDown && proxy === undefined) return { kind: 'refused' };
    }
    if (certificate?.isTrusted === false) return { kind: 'tls' };
    const status = proxy?.statusFor(what) ?? (proxy !== undefined && this.to.isDown ? 502 : undefined);
    return status === undefined ? { kind: 'there' } : { kind: 'http', status };
  }

  dial(client: Process, handlers: ClientEnd): Connection {
    this.#ids += 1;
    const id = `${client.pid}${String(this.port).slice(-2)}${this.#ids}`;
    const connection = new Connection(id, client, handlers, this);
    this.#connections.add(connection);
    this.#knock(connection, 0);
    return connection;
  }

  /** The address that somebody remembers who has not asked for a while: nobody listens there any more. */
  toNowhere(): Pick<Path, 'dial'> {
    return {
      dial: (client, handlers) => {
        const nowhere: Carrier = { isLost: false, latencyMs: () => 1, remove: () => undefined };
        const connection = new Connection('nowhere', client, handlers, nowhere);
        this.from.timeline.after(this.#random.between(0.5, 5), () => {
          connection.fail({ kind: 'refused' });
        });
        return connection;
      },
    };
  }

  /** A GET of `/health`. The client has its own patience; what comes after it gave up is lost. */
  askHealth(client: Process, answer: (reply: DialFailure | { readonly status: number }) => void): void {
    const reach = this.reach('health');
    const { timeline } = this.from;
    const told = (reply: DialFailure | { readonly status: number }): void => {
      timeline.after(this.latencyMs(), () => {
        client.input(() => {
          answer(reply);
        });
      });
    };
    switch (reach.kind) {
      case 'there':
        this.to.askHealth((status) => {
          if (!this.isLost) told({ status });
        });
        return;
      case 'http':
        told({ status: reach.status });
        return;
      case 'no-answer':
      case 'held-up':
        return;
      case 'refused':
      case 'hung-up':
      case 'no-name':
      case 'tls':
        told(reach);
        return;
      default:
        reach satisfies never;
    }
  }

  #knock(connection: Connection, tries: number): void {
    if (!connection.isHeld) return;
    const { timeline } = this.from;
    const reach = this.reach('upgrade');
    switch (reach.kind) {
      case 'no-answer': {
        const nextMs = SYN_AT_MS[tries + 1];
        const atMs = connection.dialledMs + (nextMs ?? SYN_GIVEN_UP_MS);
        timeline.at(atMs, () => {
          if (nextMs === undefined) connection.fail(reach);
          else this.#knock(connection, tries + 1);
        });
        return;
      }
      case 'held-up':
        connection.state = 'established';
        connection.isHeldUp = true;
        return;
      case 'there':
        timeline.after(this.latencyMs(), () => {
          this.#arrive(connection);
        });
        return;
      case 'refused':
      case 'hung-up':
      case 'no-name':
      case 'tls':
      case 'http':
        timeline.after(this.latencyMs() + this.#random.between(0.3, 8), () => {
          connection.fail(reach);
        });
        return;
      default:
        reach satisfies never;
    }
  }

  #arrive(connection: Connection): void {
    if (!connection.isHeld) return;
    connection.state = 'established';
    connection.isHeldUp = false;
    if (this.swallows > 0) {
      this.swallows -= 1;
      connection.isSwallowed = true;
      return;
    }
    this.to.accept(connection);
  }

  /** Whatever changed: connections break, go on, or are held up. */
  #changed(): void {
    const { timeline } = this.from;
    if (this.parts.tunnel?.isUp === false) {
      for (const connection of [...this.#connections]) connection.cutBoth();
      this.#connections.clear();
    }
    const { isLost } = this;
    if (isLost && !this.#wasLost) this.#lostMs = timeline.nowMs;
    if (!isLost && this.#wasLost) this.#retransmit(this.#lostMs, timeline.nowMs);
    this.#wasLost = isLost;
  }

  /** The distances double, so that the next one is at most as far as the first one lies back. */
  #retransmit(lostMs: number, nowMs: number): void {
    for (const connection of this.#connections) {
      const unansweredMs = nowMs - Math.max(lostMs, connection.dialledMs);
      const delayMs = this.#random.between(0, Math.min(unansweredMs, MAX_RETRANSMIT_MS));
      this.from.timeline.after(delayMs, () => {
        if (this.isLost) return;
        if (connection.isHeldUp) this.#knock(connection, 0);
        else connection.flush();
      });
    }
  }
}
