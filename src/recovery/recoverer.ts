import type { NodeSnapshot, RecoveryStatus, RecoveryStep, Snapshot, TargetId } from '../core/index.ts';
import { messageOf } from '../runtime/error-parts.ts';
import { oneLine } from '../runtime/one-line.ts';
import type { ProgramAnswer } from '../runtime/run-program.ts';
import { incarnationOf, type ProcessTable } from '../sources/process/process-table.ts';
import type { Clock, Ticker } from '../sources/source.ts';
import { redactText } from '../telemetry/redact.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { ActorLocks } from './actor-locks.ts';
import { keepEvidence } from './evidence.ts';
import { commandsOf, familyOf, stillRunning, type Family } from './family.ts';
import { loadMemories, saveMemories } from './memory-file.ts';
import { endPause, pauseFileIn, pauseInForce, setPause } from './pause-file.ts';
import { decide, noteWaiting, type Decision } from './rules/decide.ts';
import { judge } from './rules/judge.ts';
import {
  asksForRestart,
  begin,
  isExhausted,
  newMemory,
  observe,
  rehearse,
  settle,
  withdraw,
  type ActResult,
  type NodeMemory,
} from './rules/memory.ts';
import type { Pause } from './rules/pause.ts';
import { commandText, type Command } from './rules/restart-command.ts';
import type { RecoverySettings } from '../config/config.ts';

/** Fine against rules that count in minutes; a look at memory, and at one file. */
const REVIEW_EVERY_MS = 5_000;
/** Of what a command says of its failure: a line for people. */
const MAX_COMPLAINT_LENGTH = 200;

/** Runs a program without a shell; never rejects. */
export type RunCommand = (
  command: Command,
  options: { readonly deadlineMs: number; readonly variables: Readonly<Record<string, string>> },
) => Promise<ProgramAnswer>;

export interface RecovererOptions {
  readonly settings: RecoverySettings;
  readonly stateDirectory: string;
  readonly snapshot: () => Snapshot;
  readonly processes: Pick<ProcessTable, 'pids' | 'stat'>;
  /** What the kernel says of a process, for people; `undefined` where the system does not tell. */
  readonly kernelWords: (pid: number) => Promise<string | undefined>;
  /** The file that a node host logs to. */
  readonly logPath: (target: TargetId) => string | undefined;
  readonly run: RunCommand;
  readonly locks: ActorLocks;
  readonly clock: Clock;
  readonly ticker: Ticker;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly scrub: (text: string) => string;
  /** To be told of each step as it is taken; waits for nothing. */
  readonly onStep: (node: NodeSnapshot, step: RecoveryStep) => void;
  readonly telemetry: Pick<
    Telemetry,
    | 'recoveryOn'
    | 'recoveryHeld'
    | 'recoveryStarted'
    | 'recoveryEnded'
    | 'recoveryPaused'
    | 'recoveryResumed'
    | 'recoveryDoubtful'
    | 'surprised'
  >;
}

/**
 * Carries out what the rules decide: one restart at a time on this machine. What is begun is on the disk before it is done,
 * so that an exporter that is killed in between neither repeats nor forgets it.
 */
export class Recoverer {
  readonly #options: RecovererOptions;
  #settings: RecoverySettings;
  readonly #memories = new Map<string, NodeMemory>();
  readonly #decisions = new Map<string, Decision>();
  /** Of restarts under way whose command did not end in time: in words, by the key of their node host. */
  readonly #hung = new Map<string, string>();
  #pause: Pause | undefined;
  /** Why nothing can be remembered; then nothing is done. */
  #amnesia: string | undefined = 'what was done before is not read yet';
  #loop: ReturnType<Ticker['every']> | undefined;
  #isStopped = false;
  #hasLooked = false;

  constructor(options: RecovererOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** Idempotent. */
  start(): void {
    if (this.#loop !== undefined) return;
    const { stateDirectory, ticker, telemetry } = this.#options;
    // Where that is differs: a shell and a service have directories of their own.
    telemetry.recoveryOn({ pauseFile: pauseFileIn(stateDirectory), dryRun: this.#settings.dryRun });
    this.#loop = ticker.every(REVIEW_EVERY_MS, () => this.review());
  }

  /** A command that runs goes on: half a restart would be worse. What came of it is judged by the next start. */
  stop(): void {
    this.#isStopped = true;
    this.#loop?.stop();
    this.#options.locks.release();
  }

  configure(settings: RecoverySettings): void {
    this.#settings = settings;
  }

  /**
   * What was counted before is read, or cannot be. Until then there is nothing to say: counters that begin at zero and jump
   * to what they were look like restarts.
   */
  get hasLooked(): boolean {
    return this.#hasLooked;
  }

  /** Of a node host of this machine. */
  status({ key }: Pick<NodeSnapshot, 'key'>): RecoveryStatus {
    const memory = this.#memories.get(key) ?? newMemory(this.#options.clock.now());
    const { attempts, since, last, acting } = memory;
    const shown =
      acting === undefined ? last : { at: acting.startedAt, words: 'a restart of it is under way' };
    const decision = this.#decisions.get(key);
    return {
      attempts,
      since,
      isExhausted: isExhausted(memory, this.#settings),
      ...(this.#pause !== undefined && { pause: this.#pause }),
      ...(shown !== undefined && { last: shown }),
      ...(decision?.kind === 'hold' && { now: decision.words }),
      ...(acting !== undefined && { now: 'it is being restarted' }),
    };
  }

  /** @throws what the file system says */
  async pause(pause: Pause): Promise<void> {
    await setPause(this.#options.stateDirectory, pause);
    await this.#lookForPause();
  }

  /** @throws what the file system says */
  async resume(): Promise<void> {
    await endPause(this.#options.stateDirectory);
    await this.#lookForPause();
  }

  /** One look at all node hosts of this machine. Never rejects, so that the next one comes. */
  async review(): Promise<void> {
    try {
      await this.#recall();
      await this.#lookForPause();
      this.#hasLooked = true;
      const snapshot = this.#options.snapshot();
      const nodes = snapshot.nodes.filter(({ scope, kind }) => scope === 'local' && kind === 'node-host');
      for (const node of nodes) {
        const memory = this.#memories.get(node.key) ?? newMemory(snapshot.at);
        this.#memories.set(node.key, observe(memory, { node, snapshot, settings: this.#settings }));
      }
      await this.#judgeActs(snapshot);
      for (const node of nodes) await this.#consider(node, snapshot);
    } catch (error: unknown) {
      this.#options.telemetry.surprised('recovery', error);
    }
  }

  async #recall(): Promise<void> {
    if (this.#amnesia === undefined) return;
    const { stateDirectory, clock, telemetry } = this.#options;
    const loaded = await loadMemories(stateDirectory, clock.now(), this.#settings);
    if (loaded.ok) {
      for (const [key, memory] of loaded.memories) this.#memories.set(key, memory);
      this.#amnesia = undefined;
      return;
    }
    const words = `how often it was restarted is not known (${loaded.why}): repair or remove that file`;
    if (words !== this.#amnesia) telemetry.recoveryDoubtful({ message: words });
    this.#amnesia = words;
  }

  async #lookForPause(): Promise<void> {
    const { stateDirectory, clock, telemetry } = this.#options;
    const before = this.#pause;
    this.#pause = await pauseInForce(stateDirectory, clock.now().wallMs);
    if (this.#pause !== undefined && before?.reason !== this.#pause.reason)
      telemetry.recoveryPaused(this.#pause);
    if (this.#pause === undefined && before !== undefined) telemetry.recoveryResumed();
  }

  async #consider(node: NodeSnapshot, snapshot: Snapshot): Promise<void> {
    const memory = this.#memories.get(node.key);
    if (memory === undefined || this.#isStopped) return;
    const known = { node, snapshot, memory, settings: this.#settings, pause: this.#pause };
    let decision = decide({ ...known, children: 0, obstacle: undefined });
    let family: Family | undefined;
    // A look at all processes, and a lock, only for the one that is to be restarted now.
    if (decision.kind === 'act') {
      const obstacle = await this.#obstacleTo(node);
      family = await familyOf(decision.incarnation, this.#options.processes);
      decision = decide({ ...known, obstacle, children: family && commandsOf(family) });
    }
    this.#memories.set(node.key, noteWaiting(memory, decision, snapshot.at));
    this.#note(node, decision);
    if (decision.kind === 'act') await this.#act(node, decision, { snapshot, family });
  }

  async #obstacleTo(node: NodeSnapshot): Promise<string | undefined> {
    if (this.#amnesia !== undefined) return this.#amnesia;
    const isAnother = [...this.#memories.values()].some(({ acting }) => acting !== undefined);
    if (isAnother) return 'another node host of this machine is being restarted';
    return this.#options.locks.claim(node.nodeId ?? node.target ?? node.key);
  }

  #note(node: NodeSnapshot, decision: Decision): void {
    const before = this.#decisions.get(node.key);
    this.#decisions.set(node.key, decision);
    if (decision.kind !== 'hold' || decision.because === 'not-held') return;
    if (before?.kind === 'hold' && before.because === decision.because) return;
    this.#options.telemetry.recoveryHeld({ name: node.name, ...decision });
  }

  async #act(
    node: NodeSnapshot,
    { incarnation, command }: Extract<Decision, { kind: 'act' }>,
    seen: { readonly snapshot: Snapshot; readonly family: Family | undefined },
  ): Promise<void> {
    const { clock, random, telemetry } = this.#options;
    const at = { now: clock.now(), settings: this.#settings, random: random() };
    const memory = this.#memories.get(node.key) ?? newMemory(at.now);
    if (this.#settings.dryRun) {
      const words = `would have been restarted by ${commandText(command)}: ${node.why}`;
      await this.#remember(node.key, rehearse(memory, at, words));
      this.#tellEnd(node, { outcome: 'dry_run', words });
      return;
    }
    const members = [seen.family?.self, ...(seen.family?.descendants ?? [])].filter(
      (member) => member !== undefined,
    );
    const family = [...new Set([incarnation, ...members.map(incarnationOf)])];
    await this.#keepEvidence(node, seen.snapshot, family);
    const begun = begin(memory, { incarnation, family }, at);
    if (!(await this.#remember(node.key, begun))) {
      const words = 'a restart could not be written down';
      this.#memories.set(node.key, withdraw(begun, { outcome: 'skipped', words }, at.now));
      return;
    }
    const obstacle = await this.#lastObstacleTo(node, incarnation);
    if (obstacle !== undefined) {
      const words = `${obstacle} right before the restart: nothing was done`;
      await this.#end(node, { outcome: 'skipped', words }, withdraw);
      return;
    }
    telemetry.recoveryStarted({ name: node.name, command: commandText(command), why: node.why });
    const words = `restarted by ${commandText(command)}: ${node.why}`;
    this.#options.onStep(node, { kind: 'started', at: clock.now(), words });
    // Reviews go on meanwhile: the others are to be watched, and this one judged.
    void this.#run(node, command);
  }

  /** The look at all processes, the evidence and the disk took their time: what was decided may not hold any more. */
  async #lastObstacleTo({ key }: NodeSnapshot, incarnation: string): Promise<string | undefined> {
    const isThere = (await stillRunning([incarnation], this.#options.processes))?.length === 1;
    if (!isThere) return 'its process was gone, or not to be seen,';
    if (this.#isStopped) return 'recovery was ended';
    if (this.#pause !== undefined) return 'recovery was paused';
    const now = this.#options.snapshot().nodes.find((one) => one.key === key);
    return now !== undefined && asksForRestart(now) ? undefined : 'it came back by itself';
  }

  async #keepEvidence(node: NodeSnapshot, snapshot: Snapshot, family: readonly string[]): Promise<void> {
    const { stateDirectory, logPath, kernelWords, scrub, telemetry } = this.#options;
    const pid = node.evidence.process?.pid;
    const why = await keepEvidence(stateDirectory, {
      node,
      snapshot,
      logPath: node.target && logPath(node.target),
      kernel: pid === undefined ? undefined : await kernelWords(pid),
      family,
      scrub,
    });
    if (why !== undefined) telemetry.recoveryDoubtful({ message: `no evidence could be kept (${why})` });
  }

  async #run(node: NodeSnapshot, command: Command): Promise<void> {
    const { run, scrub } = this.#options;
    const answer = await run(command, {
      deadlineMs: this.#settings.commandTimeoutMs,
      variables: {
        OPENCLAW_RECOVERY_NODE: node.name,
        OPENCLAW_RECOVERY_PID: String(node.evidence.process?.pid ?? ''),
        OPENCLAW_RECOVERY_STATE: node.state,
        OPENCLAW_RECOVERY_REASON: node.reasons[0] ?? '',
      },
    });
    if (answer.kind === 'late') {
      const words = `${commandText(command)} did not end within ${this.#settings.commandTimeoutMs / 1_000} s and was killed`;
      if (this.#memories.get(node.key)?.acting !== undefined) this.#hung.set(node.key, words);
      this.#options.telemetry.recoveryDoubtful({ message: `node host ${node.name}: ${words}` });
    }
    const why = refusalOf(answer);
    if (why === undefined || this.#isStopped) return;
    // What it said may hold anything.
    const words = scrub(`${commandText(command)}: ${why}`);
    // A program that is not there did nothing: once it is, none of the restarts should be missing.
    await this.#end(node, { outcome: 'refused', words }, answer.kind === 'missing' ? withdraw : settle);
  }

  async #judgeActs(snapshot: Snapshot): Promise<void> {
    for (const [key, { acting }] of this.#memories) {
      if (acting === undefined) continue;
      const node = snapshot.nodes.find((one) => one.key === key);
      const left = await stillRunning(acting.family, this.#options.processes);
      const result = judge(acting, { node, left, now: snapshot.at }, this.#settings);
      if (result !== undefined) await this.#end(node ?? { key }, result);
    }
  }

  /** @param node only its key, where it is not watched any more */
  async #end(
    node: NodeSnapshot | Pick<NodeSnapshot, 'key'>,
    result: ActResult,
    note: typeof settle | typeof withdraw = settle,
  ): Promise<void> {
    const { key } = node;
    const memory = this.#memories.get(key);
    // Its command and its deadline may both have had a word: the first counts.
    if (memory?.acting === undefined) return;
    const hung = this.#hung.get(key);
    this.#hung.delete(key);
    const told =
      hung === undefined || result.outcome === 'attached'
        ? result
        : { ...result, words: `${result.words}; ${hung}` };
    await this.#remember(key, note(memory, told, this.#options.clock.now()));
    this.#tellEnd(node, told);
  }

  #tellEnd(node: NodeSnapshot | Pick<NodeSnapshot, 'key'>, result: ActResult): void {
    const { telemetry, onStep, clock } = this.#options;
    const isWatched = 'name' in node;
    telemetry.recoveryEnded({ name: isWatched ? node.name : node.key, ...result });
    if (isWatched) onStep(node, { kind: 'ended', at: clock.now(), ...result });
  }

  /** @returns whether it is on the disk */
  async #remember(key: string, memory: NodeMemory): Promise<boolean> {
    this.#memories.set(key, memory);
    try {
      await saveMemories(this.#options.stateDirectory, this.#memories);
      return true;
    } catch (error: unknown) {
      this.#options.telemetry.recoveryDoubtful({
        message: `what is done cannot be written down, so nothing is (${messageOf(error)})`,
      });
      return false;
    }
  }
}

/** Why a command did not do it; `undefined`: it did, or nobody knows yet. */
function refusalOf(answer: ProgramAnswer): string | undefined {
  switch (answer.kind) {
    case 'ended': {
      const [said = ''] = answer.errors.trim().split('\n');
      const complaint = oneLine(redactText(said.trim())).slice(0, MAX_COMPLAINT_LENGTH);
      return answer.status === 0
        ? undefined
        : `exit status ${answer.status}${complaint === '' ? '' : `: ${complaint}`}`;
    }
    // It may still come to it.
    case 'late':
      return undefined;
    case 'missing':
      return 'no such program';
    case 'failed':
      return answer.why;
    default:
      return answer satisfies never;
  }
}
