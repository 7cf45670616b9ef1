import { before, present, type Instant, type Recency } from '../../core/index.ts';
import type { SourceSink } from '../source.ts';
import type { LineBatch } from '../tail/log-reader.ts';
import type { CallerContext } from './caller.ts';
import { GatewayLogInterpreter, type Interpreted } from './interpret.ts';

/** A gateway that may write to a log. */
export interface Writer {
  readonly gateway: string;
  /** Where it listens: by that its lines are told from those of other gateways of the same host. */
  readonly port: number;
}

/** What a gateway tells before its start tells its port; lines of these kinds wait for that. */
const OF_A_START: ReadonlySet<string> = new Set(['starting', 'token-regenerated', 'stopping']);
const WAITING = 16;
/** Devices of which is kept in mind who refused them. */
const DEVICES = 200;

/** What a line told, and when it was read. */
type Seen = Interpreted & { readonly recency: Recency; readonly at: Instant };

/** One log that several gateways of a host may write to: finds out whose each record is. */
export class SharedLog {
  writers: readonly Writer[];
  /** 2026.4 writes 500 MB a day and then nothing more; a start that it tells of proves the contrary. */
  isFull = false;
  readonly #interpreter: GatewayLogInterpreter;
  readonly #sink: SourceSink;
  /** Others than ours write to it, too: a line without a port may be theirs. */
  #hasStrangers = false;
  /** By which ports each device was refused: an approval names the device alone. */
  readonly #refusedAt = new Map<string, ReadonlySet<number>>();
  #waiting: readonly Seen[] = [];

  constructor(
    writers: readonly Writer[],
    { sink, ...context }: CallerContext & { readonly sink: SourceSink },
  ) {
    this.writers = writers;
    this.#sink = sink;
    this.#interpreter = new GatewayLogInterpreter(context);
  }

  take({ lines, recency, writtenWallMs }: LineBatch, at: Instant): void {
    for (const line of lines) {
      const found = this.#interpreter.read(line);
      if (found === null) continue;
      if (!('record' in found)) this.#signpost(found.port);
      else this.#route({ ...present({ writtenWallMs }), ...found, recency, at });
    }
  }

  #route(seen: Seen): void {
    const { port, record } = seen;
    if (record.kind === 'log-full' || record.kind === 'starting') this.isFull = record.kind === 'log-full';
    if (port !== undefined) {
      if (record.kind === 'refused') this.#noteRefused(record.caller.deviceId, port);
      const writer = this.#at(port);
      if (writer === undefined) this.#hasStrangers = true;
      else this.#tell(writer, seen);
      return;
    }
    const [only, ...others] = this.writers;
    const isAlone = others.length === 0 && !this.#hasStrangers;
    const writer = isAlone ? only : 'deviceId' in record ? this.#refuserOf(record.deviceId) : undefined;
    if (writer !== undefined) this.#tell(writer, seen);
    else if (OF_A_START.has(record.kind)) this.#waiting = [...this.#waiting, seen].slice(-WAITING);
  }

  #noteRefused(deviceId: string | undefined, port: number): void {
    if (deviceId === undefined) return;
    const ports = new Set(this.#refusedAt.get(deviceId)).add(port);
    this.#refusedAt.delete(deviceId);
    this.#refusedAt.set(deviceId, ports);
    const [oldest] = this.#refusedAt.keys();
    if (this.#refusedAt.size > DEVICES && oldest !== undefined) this.#refusedAt.delete(oldest);
  }

  /** The only gateway that refused this device, where it is ours. */
  #refuserOf(deviceId: string): Writer | undefined {
    const [port, ...rivals] = this.#refusedAt.get(deviceId) ?? [];
    return port === undefined || rivals.length > 0 ? undefined : this.#at(port);
  }

  /** The lines before it were of the start of the gateway at this port. */
  #signpost(port: number): void {
    const writer = this.#at(port);
    if (writer === undefined) this.#hasStrangers = true;
    else for (const seen of this.#waiting) this.#tell(writer, seen);
    this.#waiting = [];
  }

  #at(port: number): Writer | undefined {
    return this.writers.find((writer) => writer.port === port);
  }

  #tell({ gateway }: Writer, { record, writtenWallMs, recency, at }: Seen): void {
    // It was written on this machine, by the same clock; never in the future, whatever became of that.
    const when = before(at, writtenWallMs === undefined ? 0 : Math.max(0, at.wallMs - writtenWallMs));
    this.#sink.observe({ source: 'gateway-log', kind: 'record', gateway, at, when, recency, record });
  }
}
