import type { Instant, TargetId } from '../../core/index.ts';
import { LookLoop } from '../look-loop.ts';
import { lookErrorOf, lookReport, type LookError } from '../look-failure.ts';
import type { LocateProcess, LocatedProcess, Source, SourceTools } from '../source.ts';
import { AddressBook, type ResolveHost } from './address-book.ts';
import type { ConnectionTable, SocketsAnswer } from './connection-table.ts';
import { interpretSockets } from './interpret.ts';

export interface SocketSourceOptions extends SourceTools {
  readonly targets: readonly TargetId[];
  readonly locate: LocateProcess;
  readonly table: ConnectionTable;
  readonly resolve: ResolveHost;
}

/** A node host without a socket is overdue after 6.5 s at the earliest; a second is fine enough for that. */
const INTERVAL_MS = 1000;

/** Watches the connections between node hosts and their endpoints. */
export class SocketSource extends LookLoop implements Source {
  readonly name = 'socket';
  readonly #options: SocketSourceOptions;
  #targets: readonly TargetId[];
  readonly #addresses: AddressBook;

  constructor(options: SocketSourceOptions) {
    super({ ticker: options.ticker, intervalMs: INTERVAL_MS, look: () => this.#look() });
    this.#options = options;
    this.#targets = options.targets;
    this.#addresses = new AddressBook(options);
  }

  /** Other targets from the next look on. */
  setTargets(targets: readonly TargetId[]): void {
    this.#targets = targets;
  }

  async #look(): Promise<void> {
    const { clock, locate, sink, table } = this.#options;
    const at = clock.now();
    const errors: LookError[] = [];
    try {
      const processes = new Map<TargetId, LocatedProcess>();
      for (const target of this.#targets) {
        const located = locate(target);
        if (located !== undefined) processes.set(target, located);
      }
      const pids = [...new Set([...processes.values()].map((it) => it.pid))];
      const answers = await table.socketsOf(pids);
      for (const [target, located] of processes) {
        const error = this.#observe(target, located, { at, answer: answers.get(located.pid) });
        if (error !== undefined) errors.push(error);
      }
    } catch (error: unknown) {
      errors.push(lookErrorOf(error, 'cannot read the table of connections'));
    }
    sink.report(lookReport('socket', { at, clock, errors }));
  }

  #observe(
    target: TargetId,
    { pid, incarnation, endpoint }: LocatedProcess,
    { at, answer }: { readonly at: Instant; readonly answer: SocketsAnswer | undefined },
  ): LookError | undefined {
    // Its pid may be another's by now; what was read belongs to nobody we know.
    if (this.#options.locate(target)?.incarnation !== incarnation) return undefined;
    switch (answer?.kind) {
      case 'sockets': {
        const addresses = endpoint === null ? undefined : this.#addresses.addressesOf(endpoint.host);
        const seen = interpretSockets({ sockets: answer.sockets, endpoint, addresses });
        this.#options.sink.observe({ source: 'socket', target, at, incarnation, ...seen });
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
