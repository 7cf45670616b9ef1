import { isSuspectName } from '../process/recognise.ts';
import { parseLsof, type LsofFile } from './parse-lsof.ts';
import { PS_EVERY_MS, type ProgramAnswer, type RunProgram } from './run-program.ts';

const LSOF = '/usr/sbin/lsof';

/** What `lsof` printed last, of these processes. */
export interface LsofReading {
  readonly pids: ReadonlySet<number>;
  /** `undefined`: it could not be run, or complained. */
  readonly files: readonly LsofFile[] | undefined;
}

export interface LsofReadingsOptions {
  readonly run: RunProgram;
  readonly lsof?: string;
  /** Monotonic. */
  readonly nowMs?: () => number;
}

/**
 * One run of `lsof` every 5 s at most, for the logs and the sockets of all node hosts together: `lsof` in a loop has brought
 * a Mac down (openclaw#90548). So it is asked for all descriptors that have a number, of every process that may be one.
 */
export class LsofReadings {
  readonly #options: Required<LsofReadingsOptions>;
  #suspects: readonly number[] = [];
  #reading: LsofReading = { pids: new Set(), files: [] };
  #underway: Promise<LsofReading> | undefined;
  #readAtMs = -Infinity;

  constructor(options: LsofReadingsOptions) {
    this.#options = { lsof: LSOF, nowMs: () => performance.now(), ...options };
  }

  /** The processes of the machine by the names of their programs, as of now. */
  processes(names: Iterable<readonly [pid: number, name: string]>): void {
    this.#suspects = [...names].flatMap(([pid, name]) => (isSuspectName(name) ? [pid] : []));
  }

  /** The last reading, or another where one is due; it need not be about these. */
  async latest(pids: readonly number[]): Promise<LsofReading> {
    if (this.#underway !== undefined) return this.#underway;
    if (this.#options.nowMs() - this.#readAtMs < PS_EVERY_MS) return this.#reading;
    this.#readAtMs = this.#options.nowMs();
    this.#underway = this.#read(new Set([...pids, ...this.#suspects]));
    this.#reading = await this.#underway;
    this.#underway = undefined;
    return this.#reading;
  }

  async #read(pids: ReadonlySet<number>): Promise<LsofReading> {
    // Without -a its selections would be ORed.
    const args = ['-nPbw', '-a', '-p', [...pids].join(), '-d', '0-9999', '-Tqs', '-FfPtTn'];
    const answer = await this.#options.run(this.#options.lsof, args);
    return { pids, files: isWhole(answer) ? parseLsof(answer.output) : undefined };
  }
}

/** 1: nothing was found, or not all that was asked for. */
function isWhole(answer: ProgramAnswer): answer is Extract<ProgramAnswer, { kind: 'ended' }> {
  if (answer.kind !== 'ended') return false;
  return answer.status === 0 || (answer.status === 1 && answer.errors.trim() === '');
}
