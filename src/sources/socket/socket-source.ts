import { elapsedMs, type Instant, type SourceErrorKind, type TargetId } from '../../core/index.ts';
import { LookLoop } from '../look-loop.ts';
import type { Clock, LocatedProcess, LocateProcess, Source, SourceSink, Ticker } from '../source.ts';
import type { ResolveHost } from './address-book.ts';
import { AddressBook } from './address-book.ts';
import type { ConnectionTable, SocketsAnswer } from './connection-table.ts';
import { interpretSockets } from './interpret.ts';
import { failureKindOf } from '../look-failure.ts';
import { messageOf } from '../../runtime/error-parts.ts';

export interface SocketSourceOptions {
  readonly targets: readonly TargetId[];
  readonly locate: LocateProcess;
  readonly table: ConnectionTable;
  readonly resolve: ResolveHost;
  readonly clock: Clock;
  readonly sink: SourceSink;
  readonly ticker: Ticker;
  /** A node host without a socket is overdue after 6.5 s at the earliest; a second is fine enough for that. */
  readonly intervalMs?: number;
}

export interface SocketSource extends Source {
  readonly name: 'socket';
  /** Other targets from the next look on. */
  setTargets(targets: readonly TargetId[]): void;
}

/** Watches the connections between node hosts and their endpoints. */
export function createSocketSource(options: SocketSourceOptions): SocketSource {
  return new ConnectionTableSource(options);
}

interface LookError {
  readonly kind: SourceErrorKind;
  readonly message: string;
}

class ConnectionTableSource implements SocketSource {
  readonly name = 'socket';
  #targets: readonly TargetId[];
  readonly #locate: LocateProcess;
  readonly #table: ConnectionTable;
  readonly #addresses: AddressBook;
  readonly #clock: Clock;
  readonly #sink: SourceSink;
  readonly #loop: LookLoop;

  constructor({
    targets,
    locate,
    table,
    resolve,
    clock,
    sink,
    ticker,
    intervalMs = 1000,
  }: SocketSourceOptions) {
    this.#targets = targets;
    this.#locate = locate;
    this.#table = table;
    this.#addresses = new AddressBook({ resolve, clock });
    this.#clock = clock;
    this.#sink = sink;
    this.#loop = new LookLoop({ ticker, intervalMs, look: () => this.#look() });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  setTargets(targets: readonly TargetId[]): void {
    this.#targets = targets;
  }

  async #look(): Promise<void> {
    const at = this.#clock.now();
    const errors: LookError[] = [];
    try {
      const processes = new Map<TargetId, LocatedProcess>();
      for (const target of this.#targets) {
        const located = this.#locate(target);
        if (located !== undefined) processes.set(target, located);
      }
      const pids = [...new Set([...processes.values()].map((it) => it.pid))];
      const answers = await this.#table.socketsOf(pids);
      for (const [target, located] of processes) {
        const error = this.#observe({ target, located, answer: answers.get(located.pid), at });
        if (error !== undefined) errors.push(error);
      }
    } catch (error: unknown) {
      const message = messageOf(error);
      errors.push({
        kind: failureKindOf(error),
        message: `cannot read the table of connections: ${message}`,
      });
    }
    const [error] = errors;
    this.#sink.report({
      source: 'socket',
      at,
      durationMs: elapsedMs(at, this.#clock.now()),
      ...(error === undefined
        ? {}
        : { error: { kind: error.kind, message: errors.map((it) => it.message).join('; ') } }),
    });
  }

  #observe({
    target,
    located,
    answer,
    at,
  }: {
    target: TargetId;
    located: LocatedProcess;
    answer: SocketsAnswer | undefined;
    at: Instant;
  }): LookError | undefined {
    const { pid, incarnation, endpoint } = located;
    // Its pid may be another's by now; what was read belongs to nobody we know.
    if (this.#locate(target)?.incarnation !== incarnation) return undefined;
    switch (answer?.kind) {
      case 'sockets': {
        const addresses = endpoint === null ? undefined : this.#addresses.addressesOf(endpoint.host);
        const seen = interpretSockets({ sockets: answer.sockets, endpoint, addresses });
        this.#sink.observe({ source: 'socket', target, at, incarnation, ...seen });
        return undefined;
      }
      case 'gone':
      case undefined:
        return undefined;
      case 'denied':
        return {
          kind: 'permission',
          message: `the open sockets of process ${pid} cannot be listed: run the exporter as the user that runs the node host`,
        };
      case 'slow':
        return {
          kind: 'timeout',
          message: `the table of connections could not be read in time for process ${pid}`,
        };
      default:
        return answer satisfies never;
    }
  }
}
