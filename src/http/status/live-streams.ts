import type { Snapshot } from '../../core/index.ts';
import type { StatusBoard } from './board.ts';
import { headlineOf } from './headline.ts';

/** One page that is open somewhere: a response that is written to until it is closed. */
export interface Viewer {
  /** `false`: it has taken in all that it can for now; it will say when it can take more. */
  write(text: string): boolean;
  onDrain(listener: () => void): void;
  onClose(listener: () => void): void;
  end(): void;
}

/** Runs something again and again, as long as somebody looks. */
export type Every = (intervalMs: number, beat: () => void) => { stop(): void };

export interface LiveStreamsOptions {
  readonly board: StatusBoard;
  readonly snapshot: () => Snapshot;
  readonly every: Every;
  /** Changes when a page that was loaded before must be loaded again to understand what is sent. */
  readonly assets: string;
}

/** A verdict is on the page within this time, and no page is sent more often. */
const BEAT_MS = 1_000;
/** A page hears from us this often, so that it can tell silence from a connection that is gone. */
const SILENCE_BEATS = 5;
/** Somebody who takes in nothing for this long is gone, or as good as gone. */
const STALLED_BEATS = 30;
/** People who look at the same time; each costs a connection. */
export const MAX_VIEWERS = 32;

interface Seat {
  readonly viewer: Viewer;
  version: number;
  isFull: boolean;
  beatsSince: number;
}

/**
 * Sends what changes to every page that is open. A viewer that cannot take more in is skipped, not waited for and not
 * buffered for: once it can, it is sent what changed since it was last sent anything, at once. While nobody looks,
 * nothing runs.
 */
export class LiveStreams {
  readonly #options: LiveStreamsOptions;
  readonly #seats = new Set<Seat>();
  #beating: { stop(): void } | undefined;

  constructor(options: LiveStreamsOptions) {
    this.#options = options;
  }

  get viewers(): number {
    return this.#seats.size;
  }

  get isFull(): boolean {
    return this.#seats.size >= MAX_VIEWERS;
  }

  /**
   * Begins to send.
   *
   * @param has the version of the page that the viewer has, and of which run of the exporter; absent where it has none
   */
  add(viewer: Viewer, has: { readonly run: string; readonly version: number } | undefined): void {
    const { board, snapshot, assets } = this.#options;
    const version = has?.run === board.run ? has.version : 0;
    const seat: Seat = { viewer, version, isFull: false, beatsSince: 0 };
    viewer.onDrain(() => {
      seat.isFull = false;
      seat.beatsSince = 0;
    });
    viewer.onClose(() => {
      this.#leave(seat);
    });
    this.#seats.add(seat);
    this.#beating ??= this.#options.every(BEAT_MS, () => {
      this.#beat();
    });
    seat.isFull = !viewer.write(`retry: 2000\nevent: hello\ndata: ${JSON.stringify({ assets })}\n\n`);
    const now = snapshot();
    board.refresh(now);
    this.#send(seat, now, new Map());
  }

  /** Ends every stream. */
  close(): void {
    for (const seat of this.#seats) {
      this.#leave(seat);
      seat.viewer.end();
    }
  }

  #leave(seat: Seat): void {
    this.#seats.delete(seat);
    if (this.#seats.size > 0) return;
    this.#beating?.stop();
    this.#beating = undefined;
  }

  #beat(): void {
    const snapshot = this.#options.snapshot();
    this.#options.board.refresh(snapshot);
    // Most viewers have the same version; what they lack is put together once.
    const messages = new Map<number, string | undefined>();
    for (const seat of this.#seats) this.#send(seat, snapshot, messages);
  }

  #send(seat: Seat, snapshot: Snapshot, messages: Map<number, string | undefined>): void {
    seat.beatsSince += 1;
    if (seat.isFull) {
      if (seat.beatsSince < STALLED_BEATS) return;
      this.#leave(seat);
      seat.viewer.end();
      return;
    }
    if (!messages.has(seat.version)) messages.set(seat.version, this.#message(seat.version, snapshot));
    const message = messages.get(seat.version);
    if (message === undefined && seat.beatsSince < SILENCE_BEATS) return;
    const { board } = this.#options;
    seat.version = board.version;
    seat.beatsSince = 0;
    seat.isFull = !seat.viewer.write(
      message ?? `event: beat\ndata: ${JSON.stringify({ at: snapshot.at.wallMs })}\n\n`,
    );
  }

  #message(version: number, snapshot: Snapshot): string | undefined {
    const { board } = this.#options;
    const changes = board.changesSince(version);
    if (changes === undefined) return undefined;
    const { words, tone } = headlineOf(snapshot);
    const data = JSON.stringify({ at: snapshot.at.wallMs, title: words, tone, ...changes });
    return `id: ${board.run}.${board.version}\nevent: change\ndata: ${data}\n\n`;
  }
}
