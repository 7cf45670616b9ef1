import type { NodeHostHints } from '../../../src/core/index.ts';
import type { Machine } from '../machine.ts';
import type { Path } from '../network/path.ts';
import { Process, type Plight } from '../process.ts';
import type { Random } from '../random.ts';
import { HABITS, type Habits, type Version } from '../version.ts';
import { LogFile } from './log-file.ts';
import { Runner, type Block, type Temper } from './runner.ts';
import { Supervisor, type SupervisorKind } from './supervisor.ts';

export interface NodeHostOptions {
  readonly id: string;
  readonly displayName: string;
  readonly version: Version;
  readonly machine: Machine;
  readonly path: Path;
  readonly supervisor: SupervisorKind;
  readonly random: Random;
  readonly token: string;
  /** The gateway takes it for a client of its own machine. */
  readonly isLoopback: boolean;
  /** What its command line and files tell of it. */
  readonly hints: NodeHostHints;
  readonly bootMs: readonly [min: number, max: number];
}

/** A node host as it is installed: its identity, its supervisor, its log, and the process that runs now. */
export class NodeHost {
  readonly id: string;
  readonly deviceId: string;
  readonly displayName: string;
  readonly machine: Machine;
  readonly path: Path;
  readonly habits: Habits;
  /** What its command line and files tell of it. */
  hints: NodeHostHints;
  readonly isLoopback: boolean;
  readonly supervisor: Supervisor;
  readonly log: LogFile;
  /** Its credential, as its next process will read it. */
  token: string;
  runner: Runner | undefined;
  /** What its next process will be like, where a trouble arranged that. */
  nextTemper: Partial<Temper> = {};
  /** The machine is slow: a start takes that many times longer. */
  slowness = 1;
  /** Why its last process ended. */
  lastEnd: 'exit' | 'killed' | undefined;
  endedMs = -Infinity;
  /** How long its last process ran. */
  lastLifeMs = Infinity;
  #launchedMs = -Infinity;
  /** Its plight passes by itself within seconds. */
  isMomentary = false;
  /** When it was last seized for moments. */
  momentMs = -Infinity;
  /** What the last attempt of its former processes met that a new process would meet again, while it was so. */
  lastBlock: Block | undefined;
  /** Its last process was let in, and the one before it was refused. */
  hasOvercome = false;
  /** Its log holds a refusal. */
  wasEverBlocked = false;
  readonly #options: NodeHostOptions;
  readonly #watchers = new Set<() => void>();
  #pids = 0;

  constructor(options: NodeHostOptions) {
    this.#options = options;
    this.id = options.id;
    this.deviceId = deviceIdOf(options.random);
    this.displayName = options.displayName;
    this.machine = options.machine;
    this.path = options.path;
    this.habits = HABITS[options.version];
    this.hints = options.hints;
    this.isLoopback = options.isLoopback;
    this.token = options.token;
    this.log = new LogFile(options.machine);
    this.supervisor = new Supervisor({
      kind: options.supervisor,
      machine: options.machine,
      random: options.random,
      launchdThrottleMs: this.habits.launchdThrottleMs,
      systemdStartLimit: this.habits.systemdStartLimit,
      launch: () => {
        this.#launch();
      },
    });
  }

  get process(): Process | undefined {
    return this.runner?.process;
  }

  onChange(watch: () => void): void {
    this.#watchers.add(watch);
  }

  changed(): void {
    for (const watch of this.#watchers) watch();
  }

  /** Somebody starts it, or starts it again. */
  restart(): void {
    this.runner?.sayGoodbye();
    this.#end('killed');
    this.supervisor.start();
    this.changed();
  }

  /** Somebody stops it, and nobody starts it again. */
  stop(): void {
    this.runner?.sayGoodbye();
    this.#end('killed');
    this.changed();
  }

  /** It dies of a signal; its supervisor is told. */
  kill(signal: number): void {
    if (!this.#end('killed')) return;
    this.supervisor.ended({ signal });
    this.changed();
  }

  /** @param passesSoon it is busy or halted for moments, as a sound one may be */
  setPlight(plight: Plight, passesSoon = false): void {
    this.isMomentary = passesSoon;
    if (passesSoon) this.momentMs = this.machine.timeline.nowMs;
    this.process?.setPlight(plight);
    this.changed();
  }

  #launch(): void {
    const { machine, random, bootMs } = this.#options;
    this.#pids += 1;
    this.#launchedMs = machine.timeline.nowMs;
    const idleWakeMs = random.weighted([
      [4, 2_000],
      [3, 5_000],
      [2, 15_000],
      [1, Infinity],
    ]);
    const pid = 4_000 + 100 * Number.parseInt(this.deviceId.slice(0, 4), 16) + this.#pids;
    const process = new Process({ machine, pid, idleWakeMs });
    const temper: Temper = {
      bootMs: random.logBetween(...bootMs) * this.slowness,
      hangsAtStart: false,
      isFutile: false,
      ...this.nextTemper,
    };
    this.nextTemper = {};
    this.runner = new Runner(
      {
        process,
        habits: this.habits,
        path: this.path,
        temper,
        identity: this,
        token: this.token,
        write: (...lines) => {
          this.log.write(...lines);
        },
        exit: (code) => {
          if (this.runner?.process !== process || !this.#end('exit')) return;
          this.supervisor.ended({ code });
          this.changed();
        },
        changed: () => {
          this.changed();
        },
      },
      idleWakeMs,
    );
  }

  #end(how: 'exit' | 'killed'): boolean {
    const { runner } = this;
    if (runner === undefined) return false;
    this.runner = undefined;
    this.lastEnd = how;
    this.endedMs = this.machine.timeline.nowMs;
    this.lastLifeMs = this.endedMs - this.#launchedMs;
    // One that never came to an attempt adds no word to those of the process before it.
    if (runner.hasTried) {
      this.hasOvercome = this.lastBlock?.kind === 'refusal' && runner.lastBlock === undefined;
      this.lastBlock = runner.lastBlock;
    }
    this.wasEverBlocked ||= runner.lastBlock?.kind === 'refusal';
    runner.process.end();
    return true;
  }
}

function deviceIdOf(random: Random): string {
  let id = '';
  while (id.length < 64)
    id += Math.floor(random.next() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  return id;
}
