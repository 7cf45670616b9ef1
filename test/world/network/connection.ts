import type { Process } from '../process.ts';

/** Why a dial came to nothing before the WebSocket was open. */
export type DialFailure =
  | { readonly kind: 'refused' }
  | { readonly kind: 'hung-up' }
  | { readonly kind: 'no-name' }
  | { readonly kind: 'tls' }
  | { readonly kind: 'http'; readonly status: number }
  /** The kernel gave up on the address. */
  | { readonly kind: 'no-answer' };

/** What the client is told; each call comes through its event loop. */
export interface ClientEnd {
  failed(failure: DialFailure): void;
  /** The WebSocket is open. */
  opened(): void;
  /** `connect.challenge` came: the gateway sends it first, to anybody. */
  challenged(): void;
  /** The WebSocket was open and is not any more. */
  closed(code: number, reason: string): void;
}

export interface ServerEnd {
  readonly process: Process;
  /** The connection is gone. */
  ended(): void;
}

/** What carries a connection. */
export interface Carrier {
  /** Packets get lost at the moment. */
  readonly isLost: boolean;
  latencyMs(): number;
  remove(connection: Connection): void;
}

/** A kernel sends the end of a connection that nobody holds any more again and again, but not for ever. */
const ORPHAN_MS = 100_000;
/** How long `ws` waits for the answer to its close. */
const CLOSE_TIMEOUT_MS = 30_000;

interface Stuck {
  readonly arrive: () => void;
  expiresMs: number;
  readonly isServers: boolean;
}

/** A TCP connection with the WebSocket on it, from both ends; either end may not know that the other is gone. */
export class Connection {
  /** The socket's inode. */
  readonly id: string;
  readonly client: Process;
  readonly dialledMs: number;
  state: 'opening' | 'established' | 'close-wait' | 'gone' = 'opening';
  /** Bytes that arrived and were not read. */
  unreadBytes = 0;
  isOpen = false;
  /** Whoever accepted it answers nothing, ever. */
  isSwallowed = false;
  /** Its server let go of it, and gave up to say so while no packet got through. */
  isForgotten = false;
  /** It was accepted and its request is not through yet, for the way behind the one who accepted it is blocked. */
  isHeldUp = false;
  readonly #handlers: ClientEnd;
  readonly #carrier: Carrier;
  #server: ServerEnd | undefined;
  readonly #stuck: Stuck[] = [];
  /** Nothing overtakes what was sent before it. */
  #arrivesMs = 0;
  #isClosing = false;

  constructor(id: string, client: Process, handlers: ClientEnd, carrier: Carrier) {
    this.id = id;
    this.client = client;
    this.#handlers = handlers;
    this.#carrier = carrier;
    this.dialledMs = client.machine.timeline.nowMs;
  }

  /** The client's kernel holds it. */
  get isHeld(): boolean {
    return this.state !== 'gone';
  }

  get server(): ServerEnd | undefined {
    return this.#server;
  }

  accept(server: ServerEnd): void {
    this.#server = server;
  }

  /** The server answers the upgrade. */
  open(): void {
    this.toClient(200, () => {
      this.isOpen = true;
      this.#handlers.opened();
    });
  }

  challenge(): void {
    this.toClient(120, () => {
      this.#handlers.challenged();
    });
  }

  fail(failure: DialFailure): void {
    if (!this.isHeld) return;
    this.client.input(() => {
      if (!this.isHeld) return;
      this.#release();
      this.#handlers.failed(failure);
    });
  }

  /** Something the server sends. */
  toClient(bytes: number, read: () => void): void {
    this.#travel(
      () => {
        if (!this.isHeld) {
          this.#serverLearns();
          return;
        }
        this.unreadBytes += bytes;
        this.client.input(() => {
          this.unreadBytes = Math.max(0, this.unreadBytes - bytes);
          if (this.isHeld) read();
        });
      },
      { isServers: true },
    );
  }

  /** Something the client sends. */
  toServer(read: () => void): void {
    if (this.isSwallowed) return;
    this.#travel(() => {
      const server = this.#server;
      if (server === undefined) this.#reset();
      else
        server.process.input(() => {
          if (this.#server === server) read();
        });
    });
  }

  /** The server closes it with a word. */
  closeByServer(code: number, reason: string): void {
    this.#orphan(() => {
      this.#endAtClient(code, reason, 30);
    });
  }

  /** The server, or its process, lets go of it without a word. */
  cutByServer(): void {
    this.#orphan(() => {
      this.#endAtClient(1006, '', 0);
    });
  }

  /** The kernel gives up all that is on its way at once: what was sent before the end does not outlive it. */
  #orphan(arrive: () => void): void {
    this.#server = undefined;
    const expiresMs = this.client.machine.timeline.nowMs + ORPHAN_MS;
    for (const one of this.#stuck) if (one.isServers) one.expiresMs = Math.min(one.expiresMs, expiresMs);
    this.#travel(arrive, { patienceMs: ORPHAN_MS, isServers: true });
  }

  /** Whatever carried it is gone: both ends are told at once. */
  cutBoth(): void {
    this.#serverLearns();
    this.#endAtClient(1006, '', 0);
  }

  /** The client asks for the close, and is told once the server has answered or was waited for long enough. */
  closeByClient(code: number, reason: string): void {
    if (this.#isClosing || !this.isHeld) return;
    this.#isClosing = true;
    this.client.after(CLOSE_TIMEOUT_MS, () => {
      this.#endAtClient(1006, '', 0);
    });
    this.toServer(() => {
      this.#serverLearns();
      this.#travel(
        () => {
          this.#endAtClient(code, reason, 30);
        },
        { patienceMs: ORPHAN_MS, isServers: true },
      );
    });
  }

  /** The client lets go of it, or its process has ended. */
  dropByClient(): void {
    if (!this.isHeld) return;
    this.#release();
    this.#travel(
      () => {
        this.#serverLearns();
      },
      { patienceMs: ORPHAN_MS },
    );
  }

  /** Packets get through again. */
  flush(): void {
    const now = this.client.machine.timeline.nowMs;
    for (const { arrive, expiresMs, isServers } of this.#stuck.splice(0)) {
      if (now <= expiresMs) arrive();
      else if (isServers && this.isHeld) this.isForgotten = true;
    }
    if (!this.isHeld && this.#server === undefined) this.#carrier.remove(this);
  }

  #travel(arrive: () => void, { patienceMs = Infinity, isServers = false } = {}): void {
    const { timeline } = this.client.machine;
    if (this.#carrier.isLost || this.#stuck.length > 0) {
      this.#stuck.push({ arrive, expiresMs: timeline.nowMs + patienceMs, isServers });
      return;
    }
    this.#arrivesMs = Math.max(this.#arrivesMs, timeline.nowMs + this.#carrier.latencyMs());
    timeline.at(this.#arrivesMs, arrive);
  }

  #endAtClient(code: number, reason: string, bytes: number): void {
    if (!this.isHeld) return;
    this.unreadBytes += bytes;
    this.state = 'close-wait';
    this.client.input(() => {
      if (!this.isHeld) return;
      this.#release();
      if (this.isOpen) this.#handlers.closed(code, reason);
      else this.#handlers.failed({ kind: 'hung-up' });
    });
  }

  #reset(): void {
    this.#endAtClient(1006, '', 0);
  }

  #serverLearns(): void {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.process.input(() => {
      server.ended();
    });
    if (!this.isHeld) this.#carrier.remove(this);
  }

  #release(): void {
    this.state = 'gone';
    this.unreadBytes = 0;
    if (this.#server === undefined) this.#carrier.remove(this);
  }
}
