import type { Service } from '../../core/index.ts';
import { parseInvocation, type Invocation } from './invocation.ts';
import {
  incarnationOf,
  mapAnswer,
  valueOf,
  type Answer,
  type ProcessStat,
  type ProcessTable,
} from './process-table.ts';
import { isSuspectName, needsServiceKind, recognise, type Suspect } from './recognise.ts';
import { STATE_DIR_VARIABLES, stateDirCandidates } from './state-dir.ts';

/** What a scan found. */
export interface Scan {
  readonly hosts: readonly NodeHostProcess[];
  /** Launchers and children that are about to become node hosts. */
  readonly starting: readonly NodeHostProcess[];
  /** The pid of one that may be a node host, and did not let its arguments be read in time. */
  readonly unread: number | undefined;
}

/** A running node host. */
export interface NodeHostProcess {
  readonly pid: number;
  readonly incarnation: string;
  /** Since the machine booted. */
  readonly startedMs: number;
  readonly name: string;
  readonly owner: number | undefined;
  /** The pids above it, nearest first. */
  readonly ancestors: readonly number[];
  readonly service: Service | undefined;
  /** Why it is not known whether it runs in a service. */
  readonly serviceUnread: 'denied' | 'slow' | undefined;
  /** Its own command line, or its launcher's where its title has replaced it. */
  readonly invocation: Invocation | undefined;
  /** Where a relative path on that command line starts. */
  readonly workingDirectory: string | undefined;
  /** By its environment, the first of these that exists, else the first; none: it has not even a home directory. */
  readonly stateDir: Answer<readonly string[]>;
}

/** A process may yet change its name (it starts, it titles itself) until it is this old. */
const SETTLED_AGE_MS = 60_000;
/** Between fork and exec a process has its parent's arguments and name; at this age it has its own. */
const OWN_ARGUMENTS_AGE_MS = 5_000;
/** pid 1 is reached in fewer steps; a circle of pids read at different times is not followed for ever. */
const MAX_ANCESTORS = 16;

const VARIABLES = [...STATE_DIR_VARIABLES, 'OPENCLAW_SERVICE_KIND'];

interface Known {
  stat: ProcessStat;
  /** `undefined`: not read. `null`: not an OpenClaw command line. */
  invocation?: Invocation | null | undefined;
  /** Its command line asked for a node host, whatever title has replaced it. */
  wasNodeRun: boolean;
  /** How old the process was when its command line was read. */
  readAtAgeMs: number;
  environment?: Answer<Environment> | undefined;
  owner?: number | undefined;
  /** `undefined`: not read. */
  service?: Answer<Service | undefined> | undefined;
  wasHost: boolean;
  wasLauncher: boolean;
}

interface Environment {
  readonly values: ReadonlyMap<string, string>;
  readonly workingDirectory: string | undefined;
}

/**
 * Finds all node hosts of the machine. Remembers what it saw of each process, so that a further scan reads little:
 * the list of pids, the young processes and the node hosts; a `full` one reads one small file of every process.
 */
export class NodeHostScanner {
  readonly #table: ProcessTable;
  readonly #known = new Map<number, Known>();
  #unread: number | undefined;

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  async scan({ full }: { full: boolean }): Promise<Scan> {
    const nowMs = await this.#table.sinceBootMs();
    this.#unread = undefined;
    await this.#refresh({ nowMs, full });

    const suspects: Suspect[] = [];
    for (const known of this.#known.values()) {
      if (known.stat.state === 'defunct' || !isSuspectName(known.stat.name)) continue;
      suspects.push(await this.#examine(known, nowMs));
    }
    const ancestors = (pid: number): readonly number[] => this.#ancestors(pid);
    const { hosts, starting } = recognise(suspects, {
      ancestors,
      isKnownLauncher: (pid) => this.#known.get(pid)?.wasLauncher === true,
    });
    for (const pid of hosts) {
      for (const ancestor of ancestors(pid)) {
        const known = this.#known.get(ancestor);
        if (known !== undefined) known.wasLauncher = true;
      }
    }
    return {
      hosts: await this.#describeAll(hosts, full),
      starting: await this.#describeAll(starting, full),
      unread: this.#unread,
    };
  }

  async #describeAll(pids: Iterable<number>, full: boolean): Promise<readonly NodeHostProcess[]> {
    const described: NodeHostProcess[] = [];
    for (const pid of pids) {
      const known = this.#known.get(pid);
      const host = known === undefined ? undefined : await this.#describe(known, full);
      if (host !== undefined) described.push(host);
    }
    return described;
  }

  async #refresh({ nowMs, full }: { nowMs: number; full: boolean }): Promise<void> {
    const pids = await this.#table.pids();
    const present = new Set(pids);
    for (const pid of this.#known.keys()) if (!present.has(pid)) this.#known.delete(pid);

    for (const pid of pids) {
      const known = this.#known.get(pid);
      const isSettled =
        known !== undefined && !known.wasHost && nowMs - known.stat.startedMs > SETTLED_AGE_MS;
      if (isSettled && !full) continue;
      const answer = await this.#table.stat(pid);
      // Denied (`hidepid=1`): then its arguments and environment are, too.
      if (answer.kind === 'value') this.#remember(answer.value);
      else this.#known.delete(pid);
      if (answer.kind === 'slow') this.#unread ??= pid;
    }
  }

  #remember(stat: ProcessStat): void {
    const known = this.#known.get(stat.pid);
    if (known === undefined || incarnationOf(known.stat) !== incarnationOf(stat)) {
      const fresh = { wasNodeRun: false, readAtAgeMs: 0, wasHost: false, wasLauncher: false };
      this.#known.set(stat.pid, { stat, ...fresh });
      return;
    }
    // Another name: it has started another program, or set its title.
    if (known.stat.name !== stat.name) known.invocation = undefined;
    known.stat = stat;
  }

  async #examine(known: Known, nowMs: number): Promise<Suspect> {
    const { pid, name, startedMs } = known.stat;
    const ageMs = nowMs - startedMs;
    if (known.invocation === undefined || known.readAtAgeMs < OWN_ARGUMENTS_AGE_MS) {
      const answer = await this.#table.commandLine(pid);
      if (answer.kind === 'value') {
        known.invocation = parseInvocation(answer.value) ?? null;
        known.readAtAgeMs = ageMs;
        known.wasNodeRun ||= known.invocation?.command === 'node-host';
      } else if (answer.kind === 'slow' && known.invocation === undefined) this.#unread ??= pid;
    }
    const { wasNodeRun } = known;
    const suspect: Suspect = { pid, name, ageMs, invocation: known.invocation ?? undefined, wasNodeRun };
    if (!needsServiceKind(suspect)) return suspect;
    const environment = valueOf(await this.#environment(known));
    return { ...suspect, isNodeService: environment?.values.get('OPENCLAW_SERVICE_KIND') === 'node' };
  }

  async #describe(known: Known, full: boolean): Promise<NodeHostProcess | undefined> {
    const { pid, startedMs, name } = known.stat;
    if (!known.wasHost) {
      known.wasHost = true;
      known.owner = await this.#table.owner(pid);
    }
    if (full && known.environment?.kind === 'denied') known.environment = undefined;
    if (full && known.service?.kind === 'denied') known.service = undefined;
    if (known.service === undefined || known.service.kind === 'slow') {
      known.service = await this.#table.service(pid);
    }
    const environment = await this.#environment(known);
    if (environment.kind === 'gone') return undefined;
    const ancestors = this.#ancestors(pid);
    const invocation =
      known.invocation ??
      ancestors.map((ancestor) => this.#known.get(ancestor)?.invocation).find((it) => it != null);
    return {
      pid,
      incarnation: incarnationOf(known.stat),
      startedMs,
      name,
      owner: known.owner,
      ancestors,
      service: valueOf(known.service),
      serviceUnread:
        known.service.kind === 'value' || known.service.kind === 'gone' ? undefined : known.service.kind,
      invocation,
      workingDirectory: valueOf(environment)?.workingDirectory,
      stateDir: mapAnswer(environment, ({ values, workingDirectory }) =>
        stateDirCandidates({ environment: values, workingDirectory, profile: invocation?.profile }),
      ),
    };
  }

  /** The environment a process was started with does not change: it is read once. */
  async #environment(known: Known): Promise<Answer<Environment>> {
    if (known.environment !== undefined && known.environment.kind !== 'slow') return known.environment;
    const { pid } = known.stat;
    const answer = await this.#table.environment(pid, VARIABLES);
    const workingDirectory = answer.kind === 'value' ? await this.#table.workingDirectory?.(pid) : undefined;
    known.environment = mapAnswer(answer, (values) => ({ values, workingDirectory }));
    return known.environment;
  }

  #ancestors(pid: number): readonly number[] {
    const ancestors: number[] = [];
    let parent = this.#known.get(pid)?.stat.parentPid;
    while (parent !== undefined && parent > 0 && ancestors.length < MAX_ANCESTORS) {
      ancestors.push(parent);
      parent = this.#known.get(parent)?.stat.parentPid;
    }
    return ancestors;
  }
}
