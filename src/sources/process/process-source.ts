import {
  elapsedMs,
  type Instant,
  type NodeHostHints,
  present,
  type ProcessSample,
  type TargetId,
} from '../../core/index.ts';
import { lookErrorOf, lookReport, type LookError } from '../look-failure.ts';
import { LookLoop } from '../look-loop.ts';
import type { LocatedProcess, Source, SourceTools } from '../source.ts';
import { chooseProcess } from './choose.ts';
import { readHints, readVersion } from './hints.ts';
import { NodeHostScanner, type NodeHostProcess } from './node-host-scanner.ts';
import { describeSelector, type ProcessTarget } from './process-target.ts';
import { incarnationOf, type ProcessStat, type ProcessTable, type ProcessUsage } from './process-table.ts';
import { locateStateDir, selectHosts, type LocatedHost, type Selection } from './select-target.ts';

export interface ProcessSourceOptions extends SourceTools {
  readonly targets: readonly ProcessTarget[];
  readonly table: ProcessTable;
  /** Our own user id; the default asks the system. */
  readonly userId?: number | undefined;
}

/** A node host that no target means. */
export interface OtherNodeHost {
  readonly pid: number;
  /** `undefined`: its environment is not ours to read. */
  readonly stateDir: string | undefined;
}

/** A stopped process is to be seen after 5 s. */
const INTERVAL_MS = 1000;
/** While nothing is missing, the whole table is read this often: for a second candidate, and for hosts of no target. */
const FULL_SCAN_EVERY_MS = 30_000;
/** What the files say is read again this often: a node host writes its `node.json` at some time after its start … */
const HINTS_EVERY_MS = 30_000;
/** … which is soon. */
const EARLY_HINTS_EVERY_MS = 5_000;
const EARLY_MS = 60_000;
/** The core calls none that is older starting (`startingMaxMs`), and what an older one has started is an agent's business. */
const MAY_BE_STARTING_MS = 300_000;

interface Tracked {
  readonly target: TargetId;
  readonly host: LocatedHost;
  readonly version: string | undefined;
  hints?: NodeHostHints;
  hintsAt?: Instant;
  /** CPU time of the process and of its main thread, as of the last look. */
  cpuSeconds?: number;
  mainThreadCpuSeconds?: number | undefined;
}

type Remark =
  /** Why it could not be looked for. */
  | { readonly kind: 'blind'; readonly error: LookError }
  /** It fits several processes. */
  | { readonly kind: 'ambiguous'; readonly note: string }
  /** A supervisor or somebody has just started it. */
  | { readonly kind: 'starting' };

/** Watches the processes of node hosts. */
export class ProcessSource extends LookLoop implements Source {
  readonly name = 'process';
  #targets: readonly ProcessTarget[];
  readonly #options: ProcessSourceOptions;
  readonly #table: ProcessTable;
  readonly #userId: number | undefined;
  readonly #scanner: NodeHostScanner;

  readonly #tracked = new Map<TargetId, Tracked>();
  /** What is to be said of a target, as of the last scan. */
  readonly #remarks = new Map<TargetId, Remark>();
  #fullScanAt: Instant | undefined;
  #others: readonly OtherNodeHost[] = [];

  constructor(options: ProcessSourceOptions) {
    super({ ticker: options.ticker, intervalMs: INTERVAL_MS, look: () => this.#look() });
    this.#options = options;
    this.#targets = options.targets;
    this.#table = options.table;
    this.#userId = 'userId' in options ? options.userId : process.geteuid?.();
    this.#scanner = new NodeHostScanner(options.table);
  }

  /** The process of a target, as of the last look. */
  located(target: TargetId): LocatedProcess | undefined {
    const tracked = this.#tracked.get(target);
    if (tracked === undefined) return undefined;
    const { pid, incarnation } = tracked.host;
    return { pid, incarnation, endpoint: tracked.hints?.endpoint ?? null };
  }

  /** Node hosts of this machine that belong to no target, as of the last scan; for advice. */
  otherNodeHosts(): readonly OtherNodeHost[] {
    return this.#others;
  }

  /** Other targets from the next look on. The process of a target that stays is watched on as it was. */
  setTargets(targets: readonly ProcessTarget[]): void {
    this.#targets = targets;
  }

  async #look(): Promise<void> {
    const { clock, sink } = this.#options;
    const at = clock.now();
    const errors: LookError[] = [];
    try {
      await this.#lookAtAll(at, errors);
    } catch (error: unknown) {
      // Not "the process has gone" and not "it is not ours": the table itself is out of order.
      errors.push(lookErrorOf(error, 'cannot read the process table'));
    }
    const remarks = [...this.#remarks.values()];
    errors.push(...remarks.flatMap((remark) => (remark.kind === 'blind' ? remark.error : [])));
    const notes = remarks.flatMap((remark) => (remark.kind === 'ambiguous' ? remark.note : []));
    notes.push(...(this.#table.blindSpots?.() ?? []));
    sink.report(lookReport('process', { at, clock, errors, notes }));
  }

  async #lookAtAll(at: Instant, errors: LookError[]): Promise<void> {
    // A target that comes while we look was not looked for.
    const targets = this.#targets;
    this.#forgetAllBut(targets);
    const stats = new Map<TargetId, ProcessStat>();
    for (const { target } of targets) {
      const stat = await this.#statOfTracked(target);
      if (stat !== undefined) stats.set(target, stat);
    }

    let hasScanned = false;
    if (this.#isScanDue(at, targets)) {
      try {
        await this.#scan(at, targets, stats);
        hasScanned = true;
      } catch (error: unknown) {
        // What is tracked has been seen all the same.
        errors.push(lookErrorOf(error, 'cannot search the process table'));
      }
    }

    for (const { target } of targets) {
      const tracked = this.#tracked.get(target);
      const stat = stats.get(target);
      if (tracked !== undefined && stat !== undefined) {
        if (stat.usage === undefined) errors.push(keptSecret(stat));
        else await this.#observe(tracked, { ...stat, usage: stat.usage }, at);
        continue;
      }
      const remark = this.#remarks.get(target)?.kind;
      if (!hasScanned || remark === 'blind') continue;
      const isStarting = remark === 'starting' ? true : undefined;
      const starting = present({ isStarting });
      this.#options.sink.observe({ source: 'process', target, at, process: null, ...starting });
    }
  }

  #forgetAllBut(targets: readonly ProcessTarget[]): void {
    const kept = new Set(targets.map(({ target }) => target));
    for (const known of [this.#tracked, this.#remarks]) {
      for (const target of known.keys()) if (!kept.has(target)) known.delete(target);
    }
  }

  /** The state of a target's process; `undefined`, and it is let go, when that has ended or its pid is another's now. */
  async #statOfTracked(target: TargetId): Promise<ProcessStat | undefined> {
    const tracked = this.#tracked.get(target);
    if (tracked === undefined) return undefined;
    const stat = await this.#statOf(tracked.host);
    if (stat === undefined) this.#tracked.delete(target);
    return stat;
  }

  async #statOf({ pid, incarnation }: NodeHostProcess): Promise<ProcessStat | undefined> {
    const answer = await this.#table.stat(pid);
    const isThere = answer.kind === 'value' && incarnationOf(answer.value) === incarnation;
    return isThere && answer.value.state !== 'defunct' ? answer.value : undefined;
  }

  #isScanDue(at: Instant, targets: readonly ProcessTarget[]): boolean {
    if (this.#isFullScanDue(at)) return true;
    const isAmbiguous = [...this.#remarks.values()].some(({ kind }) => kind === 'ambiguous');
    return isAmbiguous || targets.some(({ target }) => !this.#tracked.has(target));
  }

  #isFullScanDue(at: Instant): boolean {
    return this.#fullScanAt === undefined || elapsedMs(this.#fullScanAt, at) >= FULL_SCAN_EVERY_MS;
  }

  async #scan(
    at: Instant,
    targets: readonly ProcessTarget[],
    stats: Map<TargetId, ProcessStat>,
  ): Promise<void> {
    const full = this.#isFullScanDue(at);
    const { hosts, starting, unread } = await this.#scanner.scan({ full });
    if (full) this.#fullScanAt = at;
    const all = await Promise.all(hosts.map(locateStateDir));
    const launches = await Promise.all(starting.map(locateStateDir));
    const hidesOtherUsers = (await this.#table.hidesOtherUsers?.()) ?? false;
    const sinceBootMs = await this.#table.sinceBootMs();
    const search = { hidesOtherUsers, userId: this.#userId, serviceManager: this.#table.serviceManager };

    const claimed = new Set<string>();
    for (const target of targets) {
      const selection = await selectHosts(target, { ...search, all });
      this.#remarks.delete(target.target);
      const tracked = this.#tracked.get(target.target)?.host;
      const error = blindness(selection, unread);
      // A process that is known to run is watched on, whatever the pid file has come to say.
      if (error !== undefined && tracked === undefined)
        this.#remarks.set(target.target, { kind: 'blind', error });
      if (selection.kind === 'blind' || this.#remarks.has(target.target)) continue;
      const candidates = selection.hosts;
      for (const { incarnation } of candidates) claimed.add(incarnation);
      const chosen = chooseProcess({ candidates, tracked, sinceBootMs });
      if (chosen === undefined) {
        const launched = await selectHosts(target, { ...search, all: launches });
        if (launched.kind === 'candidates' && launched.hosts.length > 0)
          this.#remarks.set(target.target, { kind: 'starting' });
        continue;
      }
      claimed.add(chosen.incarnation);
      if (candidates.length > 1)
        this.#remarks.set(target.target, { kind: 'ambiguous', note: ambiguity(target, candidates, chosen) });
      const stat = await this.#track(target.target, chosen);
      if (stat !== undefined) stats.set(target.target, stat);
    }
    this.#others = all
      .filter(({ incarnation }) => !claimed.has(incarnation))
      .map(({ pid, directory }) => ({ pid, stateDir: directory }));
  }

  /** Watches another process from now on; its state, unless it ended since the scan. */
  async #track(target: TargetId, host: LocatedHost): Promise<ProcessStat | undefined> {
    if (this.#tracked.get(target)?.host.incarnation === host.incarnation) return undefined;
    const stat = await this.#statOf(host);
    if (stat === undefined) return undefined;
    const version = await readVersion(host);
    this.#tracked.set(target, { target, host, version });
    return stat;
  }

  async #observe(
    tracked: Tracked,
    stat: ProcessStat & { readonly usage: ProcessUsage },
    at: Instant,
  ): Promise<void> {
    const voluntarySwitches = await this.#table.voluntarySwitches?.(stat.pid);
    const mainThreadCpuSeconds = await this.#mainThreadCpuSeconds(tracked, stat.usage);
    const sinceBootMs = await this.#table.sinceBootMs();
    // The kernel cuts both to ticks: a process just started is never younger than nothing.
    const uptimeMs = Math.max(0, sinceBootMs - stat.startedMs);
    const childrenCpuSeconds =
      uptimeMs < MAY_BE_STARTING_MS ? await this.#table.childrenCpuSeconds?.(stat.pid) : undefined;
    await this.#refreshHints(tracked, uptimeMs, at);
    const sample: ProcessSample = {
      pid: stat.pid,
      incarnation: tracked.host.incarnation,
      kernelState: stat.state === 'defunct' ? 'other' : stat.state,
      uptimeMs,
      ...stat.usage,
      ...present({ voluntarySwitches, mainThreadCpuSeconds, childrenCpuSeconds }),
    };
    const { hints, target } = tracked;
    this.#options.sink.observe({ source: 'process', target, at, process: sample, ...present({ hints }) });
  }

  /** Part of what the process uses: while that stands still, which is at most looks of an idle one, so does this. */
  async #mainThreadCpuSeconds(tracked: Tracked, { cpuSeconds }: ProcessUsage): Promise<number | undefined> {
    if (tracked.cpuSeconds !== cpuSeconds || tracked.mainThreadCpuSeconds === undefined)
      tracked.mainThreadCpuSeconds = await this.#table.mainThreadCpuSeconds?.(tracked.host.pid);
    tracked.cpuSeconds = cpuSeconds;
    return tracked.mainThreadCpuSeconds;
  }

  async #refreshHints(tracked: Tracked, uptimeMs: number, at: Instant): Promise<void> {
    const everyMs = uptimeMs < EARLY_MS ? EARLY_HINTS_EVERY_MS : HINTS_EVERY_MS;
    if (tracked.hintsAt !== undefined && elapsedMs(tracked.hintsAt, at) < everyMs) return;
    tracked.hintsAt = at;
    const hints = await readHints(tracked.host, this.#table);
    tracked.hints = { ...hints, ...present({ version: tracked.version }) };
  }
}

function ambiguity(
  target: ProcessTarget,
  candidates: readonly NodeHostProcess[],
  chosen: NodeHostProcess,
): string {
  const pids = candidates.map((it) => it.pid).join(', ');
  return `${candidates.length} node hosts fit ${describeSelector(target.by)} (pids ${pids}); watching ${chosen.pid}`;
}

/** Why nobody can tell whether the process is there: one that could not be read may be the one that is looked for. */
function blindness(selection: Selection, unread: number | undefined): LookError | undefined {
  if (selection.kind === 'blind') return selection.error;
  if (selection.hosts.length > 0 || unread === undefined) return undefined;
  return { kind: 'timeout', message: `process ${unread} did not let its arguments be read in time` };
}

function keptSecret({ pid, name }: ProcessStat): LookError {
  return {
    kind: 'permission',
    message: `process ${pid} (${name}) belongs to another user, and how it does is kept from us: run the exporter as that user`,
  };
}
