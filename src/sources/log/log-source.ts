import { present, type TargetId } from '../../core/index.ts';
import { knownSecrets, type KnownSecrets } from '../known-secrets.ts';
import { lookReport } from '../look-failure.ts';
import { LookLoop } from '../look-loop.ts';
import type { Source, SourceTools } from '../source.ts';
import type { FileSystem } from '../tail/file-system.ts';
import type { LineBatch } from '../tail/log-reader.ts';
import { parseScrubbed } from './parse-line.ts';
import { readLogPositions, type LogPositions } from '../tail/position.ts';
import { WatchedLog, type LogLocation } from '../tail/watched-log.ts';

export interface LogTarget {
  readonly target: TargetId;
  /** `null`: not known yet, or not wanted. See `setLocation`. */
  readonly where: LogLocation | null;
}

export interface LogSourceOptions extends SourceTools {
  readonly targets: readonly LogTarget[];
  /** What `positions()` gave in an earlier run, as it came out of the state file; nothing in it is trusted. */
  readonly positions?: Readonly<Record<string, unknown>>;
  /** The `journalctl` program, by name or path. */
  readonly journalctl?: string;
  readonly fileSystem?: FileSystem;
  /** What is kept of no line; of this process unless told otherwise. */
  readonly secrets?: KnownSecrets;
}

/** A second between a line and the verdict is little beside the 5 s that a refusal may take to show. */
const INTERVAL_MS = 1000;

/** Watches the logs of node hosts: files and journals, each target's on its own. */
export class LogSource extends LookLoop implements Source {
  readonly name = 'log';
  readonly #options: LogSourceOptions;
  readonly #secrets: KnownSecrets;
  readonly #watchingSinceWallMs: number;
  #watched: ReadonlyMap<TargetId, WatchedLog> = new Map();
  /** Of targets that were not watched yet in this run; another configuration may bring them back. */
  #otherPositions: LogPositions;

  constructor(options: LogSourceOptions) {
    super({ ticker: options.ticker, intervalMs: INTERVAL_MS, look: () => this.#look() });
    this.#options = options;
    this.#secrets = options.secrets ?? knownSecrets;
    this.#watchingSinceWallMs = options.clock.now().wallMs;
    this.#otherPositions = readLogPositions(options.positions ?? {});
    this.setTargets(options.targets);
  }

  override async stop(): Promise<void> {
    await super.stop();
    await Promise.all([...this.#watched.values()].map((log) => log.close()));
  }

  /**
   * Where a later run has to go on, for each target that was ever read. Taken in one turn with the counters, the two
   * belong together: each line that was given to the sink is behind its position, and no other.
   */
  positions(): LogPositions {
    const positions: Record<string, LogPositions[string]> = { ...this.#otherPositions };
    for (const [target, log] of this.#watched) {
      const position = log.position();
      if (position.files.length > 0 || position.journals.length > 0) positions[target] = position;
    }
    return positions;
  }

  /** When a target's log was last written to, as far as was seen. */
  lastWriteWallMs(target: TargetId): number | undefined {
    return this.#watched.get(target)?.lastWriteWallMs;
  }

  /** A target's log is somewhere else, or is known at last. Positions in the former places are kept. */
  setLocation(target: TargetId, where: LogLocation | null): void {
    this.#watched.get(target)?.moveTo(where);
    this.poke();
  }

  /**
   * Other targets from the next look on. What one that stays has read stays read, also where its log is somewhere else
   * now; one that comes back after it was no target starts anew, with the history of its log.
   */
  setTargets(targets: readonly LogTarget[]): void {
    const former = new Map(this.#watched);
    this.#watched = new Map(
      targets.map(({ target, where }) => {
        const known = former.get(target);
        former.delete(target);
        known?.moveTo(where);
        return [target, known ?? this.#watch(target, where)];
      }),
    );
    for (const log of former.values()) log.discard();
    this.#otherPositions = Object.fromEntries(
      Object.entries(this.#otherPositions).filter(([target]) => !this.#watched.has(target)),
    );
    this.poke();
  }

  #watch(target: TargetId, where: LogLocation | null): WatchedLog {
    const { clock, sink, fileSystem, journalctl } = this.#options;
    return new WatchedLog({
      name: target,
      where,
      clock,
      fileSystem,
      journalctl,
      watchingSinceWallMs: this.#watchingSinceWallMs,
      position: this.#otherPositions[target],
      onLines: (batch) => {
        this.#tell(target, batch);
      },
      onStatus: (status, at) => {
        sink.observe({ source: 'log', kind: 'status', target, at, ...present(status) });
      },
    });
  }

  async #look(): Promise<void> {
    // A line that is read before the credential is known would keep it.
    await this.#secrets.known();
    const { clock, sink } = this.#options;
    const at = clock.now();
    // A log on a mount that hangs must not keep the others waiting; each has its own deadline.
    const looks = await Promise.all([...this.#watched.values()].map((log) => log.look()));
    const done = looks.filter((look) => look !== null);
    if (done.length === 0) return;

    const errors = done.flatMap((look) => look.errors);
    const gaps = done.flatMap((look) => look.gaps);
    sink.report(lookReport('log', { at, clock, errors, gaps }));
    if (done.some((look) => look.more)) this.poke();
  }

  #tell(target: TargetId, { lines, recency, writtenWallMs }: LineBatch): void {
    const { clock, sink } = this.#options;
    const at = clock.now();
    for (const line of lines) {
      // A close reason is the gateway's, a failure may be a proxy's: either may repeat what it was sent.
      const event = parseScrubbed(line, this.#secrets.scrub);
      if (event === null) continue;
      const written = present({ writtenWallMs });
      sink.observe({ source: 'log', kind: 'line', target, at, event, recency, ...written });
    }
  }
}
