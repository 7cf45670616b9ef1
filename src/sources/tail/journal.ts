import { spawn, type ChildProcess } from 'node:child_process';

import type { Instant, Recency } from '../../core/index.ts';
import type { LookError } from '../look-failure.ts';
import type { Clock } from '../source.ts';
import { JOURNAL_FIELDS, readJournalEntry, type JournalEntry } from './journal-entry.ts';
import { LineSplitter } from './line-splitter.ts';
import type { LogLook, LogReader, OnLines } from './log-reader.ts';
import type { JournalPosition } from './position.ts';

export interface JournalOptions {
  readonly unit: string;
  /** Whether the unit belongs to the user's own systemd. */
  readonly user: boolean;
  readonly clock: Clock;
  readonly onLines: OnLines;
  /** Where an earlier run stopped. */
  readonly position?: JournalPosition | undefined;
  /** Since when anybody watches for this log, on the wall clock. What is older is history. */
  readonly watchingSinceWallMs: number;
  /** The program, by name or path. */
  readonly journalctl?: string | undefined;
}

const LIMITS = {
  /** Entries of the past that are read when nobody ever looked: enough to tell what was last. */
  historyEntries: 200,
  /** journalctl ends when it is killed or the journal is in trouble: try again soon, then less and less often. */
  firstRetryMs: 1000,
  lastRetryMs: 60_000,
  /** Reading the past of a large journal on a slow disk takes seconds, not minutes. */
  backlogMs: 30_000,
  /** What we read so long after it was written is not now. */
  lateMs: 10_000,
  /** journalctl ends at once when it is told to. */
  killAfterMs: 1000,
  /** Enough of what journalctl says on stderr to tell why it ended. */
  stderrChars: 1000,
} as const;

/** What journalctl says, and still ends with code 0 or goes on, where there is no journal at all. */
const NO_FILES = 'No journal files were found';

/** One run of journalctl. `backlog` ends by itself at the journal's end; `follow` goes on. */
interface Run {
  readonly child: ChildProcess;
  readonly phase: 'backlog' | 'follow';
  readonly startedAt: Instant;
  /** What was written before was not read as it was written. */
  readonly liveSinceWallMs: number;
  readonly ended: Promise<void>;
  stderr: string;
}

/**
 * Follows the journal of one unit through `journalctl`. The past is read by a run that ends, so that its end is known;
 * then a second one follows from the last entry on. When that ends, another takes its place.
 */
export class JournalReader implements LogReader {
  readonly #options: JournalOptions;
  #position: JournalPosition | undefined;
  /** journalctl does not know the saved cursor: find the place by time. */
  #isCursorLost = false;
  #run: Run | undefined;
  #error: LookError | undefined;
  #retryMs: number = LIMITS.firstRetryMs;
  #retryAtMonoMs = -Infinity;
  #hasReadBacklog = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  get lastWriteWallMs(): number | undefined {
    return this.#position?.writtenWallMs;
  }

  position(): JournalPosition | undefined {
    return this.#position;
  }

  look(at: Instant): Promise<LogLook> {
    const run = this.#run;
    if (run === undefined) {
      if (at.monoMs >= this.#retryAtMonoMs)
        this.#start(this.#hasReadBacklog ? 'follow' : 'backlog', at.wallMs);
    } else if (run.phase === 'backlog' && at.monoMs - run.startedAt.monoMs > LIMITS.backlogMs) {
      this.#fail(run, { kind: 'timeout', message: 'journalctl does not come to the end of the journal' });
      run.child.kill('SIGKILL');
    }
    const error = this.#error ?? (this.#isEmpty ? noEntries(this.#options) : undefined);
    return Promise.resolve(
      error === undefined ? { readable: true, more: false } : { readable: false, error },
    );
  }

  /**
   * The journal was read to its end and has nothing of the unit, nor had it ever. To journalctl that is no error, even
   * where there is no such unit; but silence in a place where nobody ever wrote says nothing about the node host.
   */
  get #isEmpty(): boolean {
    return this.#hasReadBacklog && this.#position === undefined;
  }

  async close(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) return;
    run.child.kill('SIGTERM');
    const timer = setTimeout(() => run.child.kill('SIGKILL'), LIMITS.killAfterMs);
    await run.ended;
    clearTimeout(timer);
  }

  #start(phase: Run['phase'], liveSinceWallMs: number): void {
    const { journalctl = 'journalctl', clock } = this.#options;
    const child = spawn(journalctl, this.#argumentsFor(phase), { stdio: ['ignore', 'pipe', 'pipe'] });
    const { promise: ended, resolve } = Promise.withResolvers<undefined>();
    const run: Run = { child, phase, startedAt: clock.now(), liveSinceWallMs, ended, stderr: '' };
    this.#run = run;

    const splitter = new LineSplitter();
    child.stdout.on('data', (chunk: Uint8Array) => {
      for (const line of splitter.push(chunk)) this.#take(run, line);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      run.stderr = (run.stderr + text).slice(0, LIMITS.stderrChars);
    });
    child.on('spawn', () => {
      // A follower that starts is a journal that can be read; one that fails at once says so in a moment.
      if (this.#run === run && phase === 'follow') this.#error = undefined;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      this.#fail(run, notStarted(journalctl, error));
      resolve(undefined);
    });
    child.on('close', (code, signal) => {
      resolve(undefined);
      this.#onEnd(run, { code, signal });
    });
  }

  #argumentsFor(phase: Run['phase']): string[] {
    const { unit, user } = this.#options;
    return [
      // Not `--user`: that looks into the user's own journal files only, and there are none where the journal is volatile.
      user ? `--user-unit=${unit}` : `--unit=${unit}`,
      '--output=json',
      `--output-fields=${JOURNAL_FIELDS.join(',')}`,
      '--no-pager',
      ...this.#from(),
      ...(phase === 'follow' ? ['--follow', '--no-tail'] : []),
    ];
  }

  #from(): string[] {
    const position = this.#position;
    if (position !== undefined && !this.#isCursorLost) return [`--after-cursor=${position.cursor}`];
    if (position !== undefined) return [`--since=@${Math.floor(position.writtenWallMs / 1000)}`];
    if (!this.#hasReadBacklog) return [`--lines=${LIMITS.historyEntries}`];
    return [`--since=@${Math.floor(this.#options.watchingSinceWallMs / 1000)}`];
  }

  #take(run: Run, line: string): void {
    if (this.#run !== run) return;
    const entry = readJournalEntry(line);
    if (entry === undefined || this.#isKnown(entry)) return;
    const recency = this.#recencyOf(entry, run);
    const { unit, user } = this.#options;
    this.#position = { unit, user, cursor: entry.cursor, writtenWallMs: entry.writtenWallMs };
    this.#isCursorLost = false;
    this.#retryMs = LIMITS.firstRetryMs;
    if (entry.text === null) return;
    this.#options.onLines({ lines: [entry.text], recency, writtenWallMs: entry.writtenWallMs });
  }

  /** Found by time, which is whole seconds, the place comes with entries that were read before. */
  #isKnown(entry: JournalEntry): boolean {
    return (
      this.#isCursorLost &&
      this.#position !== undefined &&
      entry.writtenWallMs <= this.#position.writtenWallMs
    );
  }

  #recencyOf(entry: JournalEntry, run: Run): Recency {
    const nowWallMs = this.#options.clock.now().wallMs;
    const isPrompt = nowWallMs - entry.writtenWallMs <= LIMITS.lateMs;
    if (entry.writtenWallMs >= run.liveSinceWallMs && isPrompt) return 'live';
    if (this.#options.position !== undefined || this.#hasReadBacklog) return 'catch-up';
    return entry.writtenWallMs >= this.#options.watchingSinceWallMs ? 'catch-up' : 'history';
  }

  #onEnd(run: Run, end: { readonly code: number | null; readonly signal: NodeJS.Signals | null }): void {
    if (this.#run !== run) return;
    const isWholeBacklog = run.phase === 'backlog' && end.code === 0;
    if (!isWholeBacklog || run.stderr.includes(NO_FILES)) {
      if (run.phase === 'backlog' && /cursor/i.test(run.stderr)) this.#isCursorLost = true;
      this.#fail(run, ended(run.stderr, end));
      return;
    }
    this.#hasReadBacklog = true;
    this.#error = undefined;
    this.#start('follow', run.liveSinceWallMs);
  }

  #fail(run: Run, error: LookError): void {
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#error = error;
    const now = this.#options.clock.now();
    if (now.monoMs - run.startedAt.monoMs > LIMITS.lastRetryMs) this.#retryMs = LIMITS.firstRetryMs;
    this.#retryAtMonoMs = now.monoMs + this.#retryMs;
    this.#retryMs = Math.min(LIMITS.lastRetryMs, this.#retryMs * 2);
  }
}

function notStarted(journalctl: string, error: NodeJS.ErrnoException): LookError {
  if (error.code === 'ENOENT') {
    return {
      kind: 'unsupported',
      message: `${journalctl}: no such program; without systemd, name a log file`,
    };
  }
  const kind = error.code === 'EACCES' ? 'permission' : 'other';
  return { kind, message: `${journalctl} cannot be started (${error.code ?? error.message})` };
}

function noEntries({ unit, user }: JournalOptions): LookError {
  const whose = user ? 'user' : 'system';
  return {
    kind: 'not_found',
    message: `no journal entries for ${whose} unit ${unit}; is the node host run by that unit, and may the exporter’s user read its journal? give --node.log a path, or --node.systemd-unit`,
  };
}

function ended(
  stderr: string,
  end: { readonly code: number | null; readonly signal: NodeJS.Signals | null },
): LookError {
  if (/insufficient permissions/i.test(stderr)) {
    return {
      kind: 'permission',
      message: 'no permission to read the journal; add the exporter’s user to the group systemd-journal',
    };
  }
  if (stderr.includes(NO_FILES)) {
    return { kind: 'not_found', message: 'no journal files on this machine; name a log file' };
  }
  const how = end.signal === null ? `with code ${end.code ?? '?'}` : `by ${end.signal}`;
  const [said] = stderr.trim().split('\n');
  return {
    kind: 'other',
    message: `journalctl ended ${how}${said === undefined || said === '' ? '' : `: ${said}`}`,
  };
}
