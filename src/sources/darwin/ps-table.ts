import { existsSync } from 'node:fs';
import { uptime } from 'node:os';
import { basename } from 'node:path';
import { codeOf } from '../../runtime/error-parts.ts';
import type { LaunchdJob } from '../../core/index.ts';
import { LookFailure } from '../look-failure.ts';
import {
  mapAnswer,
  pickVariables,
  type Answer,
  type ProcessStat,
  type ProcessTable,
} from '../process/process-table.ts';
import type { JobEnvironment } from './job-environment.ts';
import { jobOf, JOB_VARIABLES, noLog } from './job.ts';
import type { LsofReadings } from './lsof-readings.ts';
import { parsePs, PS_COLUMNS, variableIn, type PsRow } from './parse-ps.ts';
import { PS_EVERY_MS, type RunProgram } from './run-program.ts';

const PS = '/bin/ps';

export interface PsTableOptions {
  readonly run: RunProgram;
  /** Why libproc is not asked. */
  readonly why: string;
  readonly lsof: LsofReadings;
  readonly wallMs?: () => number;
  readonly sinceBootMs?: () => number;
  /** What is known of the environment of a process that launchd started, where ps shows none. */
  readonly jobEnvironment?: JobEnvironment;
  /** Whether there is a process of this pid now. */
  readonly exists?: (pid: number) => boolean;
}

/**
 * `ProcessTable` on `ps`, where koffi is missing. A process for each look would cost more than what is watched: `ps` is run
 * every 5 s, and in between it is only asked whether the process is still there, which costs nothing. There is no pulse.
 */
export class PsProcessTable implements ProcessTable {
  readonly serviceManager = 'launchd';
  readonly #options: Required<PsTableOptions>;
  /** Of those whose output was looked at: why there is no log to read, in words. */
  readonly #unwritten = new Map<number, string>();
  /** What `ps -E` printed of a process, and when. */
  readonly #printed = new Map<number, { readonly text: string | undefined; readonly atMs: number }>();
  #rows: ReadonlyMap<number, PsRow> = new Map();
  #readAtMs = -Infinity;

  constructor(options: PsTableOptions) {
    this.#options = {
      wallMs: () => Date.now(),
      sinceBootMs: () => uptime() * 1_000,
      exists: isThere,
      jobEnvironment: () => Promise.resolve(undefined),
      ...options,
    };
  }

  sinceBootMs(): Promise<number> {
    return Promise.resolve(Math.round(this.#options.sinceBootMs()));
  }

  async pids(): Promise<readonly number[]> {
    const pids = [...(await this.#table()).keys()].filter(this.#options.exists);
    for (const known of [this.#unwritten, this.#printed]) {
      for (const pid of known.keys()) if (!pids.includes(pid)) known.delete(pid);
    }
    return pids;
  }

  async stat(pid: number): Promise<Answer<ProcessStat>> {
    const row = (await this.#table()).get(pid);
    if (row === undefined || !this.#options.exists(pid)) return { kind: 'gone' };
    const ageMs = Math.max(0, this.#options.wallMs() - row.startSeconds * 1_000);
    return {
      kind: 'value',
      value: {
        pid,
        parentPid: row.parentPid,
        name: basename(row.command),
        state: row.state,
        startKey: String(row.startSeconds),
        startedMs: Math.round(this.#options.sinceBootMs() - ageMs),
        usage: { cpuSeconds: row.cpuSeconds, residentBytes: row.residentBytes },
      },
    };
  }

  async owner(pid: number): Promise<number | undefined> {
    return (await this.#table()).get(pid)?.userId;
  }

  /** Arguments with spaces come apart: what OpenClaw's own are made of has none. */
  async commandLine(pid: number): Promise<Answer<readonly string[]>> {
    const printed = await this.#print(pid, ['-ww', '-o', 'args=']);
    return printed === undefined ? { kind: 'gone' } : { kind: 'value', value: printed.trim().split(/\s+/) };
  }

  async environment(pid: number, names: readonly string[]): Promise<Answer<ReadonlyMap<string, string>>> {
    const parent = (await this.#table()).get(pid)?.parentPid ?? 0;
    for (const source of parent > 1 ? [pid, parent] : [pid]) {
      const printed = await this.#printEnvironment(source);
      if (printed === undefined && source === pid) return { kind: 'gone' };
      const home = variableIn(printed ?? '', 'HOME');
      // Of a titled process none is shown; and a directory that is not there was cut out of something else.
      if (home === undefined || !existsSync(home)) continue;
      const found = names.flatMap((name) => {
        const value = variableIn(printed ?? '', name);
        return value === undefined ? [] : [[name, value] as const];
      });
      return { kind: 'value', value: new Map(found) };
    }
    const handedDown = await this.#options.jobEnvironment([pid, parent]);
    return handedDown === undefined
      ? { kind: 'denied' }
      : { kind: 'value', value: pickVariables(handedDown, names) };
  }

  async service(pid: number): Promise<Answer<LaunchdJob | undefined>> {
    const userId = await this.owner(pid);
    return mapAnswer(await this.environment(pid, JOB_VARIABLES), (variables) => jobOf(variables, userId));
  }

  async outputFiles(pid: number): Promise<readonly string[]> {
    const { pids, files: open = [] } = await this.#options.lsof.latest([pid]);
    // It came after the last reading, and is asked for again soon.
    if (!pids.has(pid)) return [];
    const all = open.filter((it) => it.pid === pid && ['1', '2'].includes(it.fd));
    if (all.some(({ fd, name }) => fd === '2' && name === '/dev/null')) this.#unwritten.set(pid, noLog(pid));
    else this.#unwritten.delete(pid);
    const files = all.filter(({ type }) => type === 'REG');
    const errors = files.find(({ fd }) => fd === '2');
    return errors === undefined ? [] : [...new Set(files.map(({ name }) => name))];
  }

  blindSpots(): readonly string[] {
    return [
      `processes are read from ps every 5 s, and nobody feels the pulse of an event loop: koffi cannot be used (${this.#options.why}); install it with its optional dependencies`,
      ...this.#unwritten.values(),
    ];
  }

  async #table(): Promise<ReadonlyMap<number, PsRow>> {
    const nowMs = this.#options.sinceBootMs();
    if (nowMs - this.#readAtMs < PS_EVERY_MS) return this.#rows;
    const answer = await this.#options.run(PS, ['-axww', '-o', PS_COLUMNS]);
    if (answer.kind === 'late') throw new LookFailure('timeout', 'ps gave no answer in time');
    if (answer.kind !== 'ended' || answer.status !== 0)
      throw new LookFailure('unsupported', 'ps cannot be run');
    const rows = parsePs(answer.output);
    if (rows === undefined || rows.length === 0) {
      throw new LookFailure('parse', 'ps prints its table otherwise than expected; it is not read');
    }
    this.#rows = new Map(rows.map((row) => [row.pid, row]));
    this.#readAtMs = nowMs;
    this.#options.lsof.processes(rows.map(({ pid, command }) => [pid, basename(command)]));
    return this.#rows;
  }

  /** Who asks for its home soon asks for its job, too. */
  async #printEnvironment(pid: number): Promise<string | undefined> {
    const nowMs = this.#options.sinceBootMs();
    const last = this.#printed.get(pid);
    if (last !== undefined && nowMs - last.atMs < PS_EVERY_MS) return last.text;
    const text = await this.#print(pid, ['-E', '-ww', '-o', 'command=']);
    this.#printed.set(pid, { text, atMs: nowMs });
    return text;
  }

  async #print(pid: number, args: readonly string[]): Promise<string | undefined> {
    const answer = await this.#options.run(PS, [...args, '-p', String(pid)]);
    return answer.kind === 'ended' && answer.status === 0 && answer.output.trim() !== ''
      ? answer.output
      : undefined;
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error: unknown) {
    // EPERM: it is there, and another user's.
    return codeOf(error) === 'EPERM';
  }
}
