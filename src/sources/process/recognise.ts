import type { Invocation } from './invocation.ts';

/** A process that might be a node host, judged by its name alone. */
export interface Suspect {
  readonly pid: number;
  readonly name: string;
  readonly ageMs: number;
  /** What its arguments say, as long as no title has replaced them. */
  readonly invocation?: Invocation | undefined;
  /** Its arguments asked for a node host before its title replaced them. */
  readonly wasNodeRun?: boolean;
  /** `OPENCLAW_SERVICE_KIND=node` in its environment. */
  readonly isNodeService?: boolean;
}

/** Titles of the process that holds the connection; `openclaw-connect` is cut to 15 bytes. */
const HOST_TITLES: ReadonlySet<string> = new Set(['openclaw-node', 'openclaw-connec', 'openclaw-connect']);
/** The title before the command is known; launchers of 2026.4.x keep it for good. */
const EARLY_TITLE = 'openclaw';

/**
 * From this age on a process is believed without its title. Younger ones may be a launcher whose child is still to
 * come, or the short-lived first child of 2026.9.x; those title themselves within seconds, or end.
 */
const UNTITLED_AGE_MS = 20_000;

/** Whether a process of this name is worth a look at its arguments. Node names its main thread `MainThread`. */
export function isSuspectName(name: string): boolean {
  return /^(?:openclaw|node|MainThread|bun)/.test(name);
}

/** Whether `recognise` would make use of `isNodeService`. */
export function needsServiceKind(suspect: Suspect): boolean {
  return suspect.name === EARLY_TITLE && suspect.invocation === undefined && suspect.ageMs > UNTITLED_AGE_MS;
}

/** What the suspects are, by pid. */
export interface Recognised {
  readonly hosts: ReadonlySet<number>;
  /** Young, asked for a node host, and none yet: one comes of it within moments, or it ends. */
  readonly starting: ReadonlySet<number>;
}

/**
 * Tells which of the suspects are node hosts: the processes whose event loop holds the connection, not the launchers
 * above them, and not the commands that share their title (`openclaw node status` is titled `openclaw-node` too).
 *
 * `ancestors`: the pids above a process, nearest first. `isKnownLauncher`: it was once seen above a node host.
 */
export function recognise(
  suspects: readonly Suspect[],
  {
    ancestors,
    isKnownLauncher,
  }: { ancestors: (pid: number) => readonly number[]; isKnownLauncher: (pid: number) => boolean },
): Recognised {
  const byPid = new Map(suspects.map((suspect) => [suspect.pid, suspect]));
  const above = (pid: number): Suspect[] => ancestors(pid).flatMap((ancestor) => byPid.get(ancestor) ?? []);

  const titled = new Set<number>();
  for (const suspect of suspects) {
    if (!HOST_TITLES.has(suspect.name)) continue;
    const invocation =
      suspect.invocation ?? above(suspect.pid).find((it) => it.invocation !== undefined)?.invocation;
    if (invocation === undefined || invocation.command === 'node-host') titled.add(suspect.pid);
  }
  // What a node host runs for others may be OpenClaw again.
  const hosts = new Set(
    [...titled].filter((pid) => !ancestors(pid).some((ancestor) => titled.has(ancestor))),
  );

  const untitled = suspects.filter(
    (it) => !HOST_TITLES.has(it.name) && !isKnownLauncher(it.pid) && mayBeHost(it, byPid, ancestors),
  );
  const openclaws = suspects.filter((it) => it.name.startsWith('openclaw') || it.invocation !== undefined);
  for (const { pid } of untitled) {
    const isAboveAnother = openclaws.some((it) => ancestors(it.pid).includes(pid));
    const isBelowHost = ancestors(pid).some((ancestor) => hosts.has(ancestor));
    if (!isAboveAnother && !isBelowHost) hosts.add(pid);
  }
  const starting = suspects.filter(
    (it) =>
      isYoungNodeRun(it) &&
      ![...hosts].some((host) => [host, ...ancestors(host)].includes(it.pid)) &&
      !ancestors(it.pid).some((ancestor) => hosts.has(ancestor)),
  );
  return { hosts, starting: new Set(starting.map(({ pid }) => pid)) };
}

function isYoungNodeRun({ name, ageMs, invocation, wasNodeRun }: Suspect): boolean {
  if (ageMs > UNTITLED_AGE_MS) return false;
  return invocation === undefined
    ? name === EARLY_TITLE && wasNodeRun === true
    : invocation.command === 'node-host';
}

function mayBeHost(
  suspect: Suspect,
  byPid: ReadonlyMap<number, Suspect>,
  ancestors: (pid: number) => readonly number[],
): boolean {
  if (suspect.invocation !== undefined) {
    return suspect.invocation.command === 'node-host' && suspect.ageMs > UNTITLED_AGE_MS;
  }
  if (suspect.name !== EARLY_TITLE) return false;
  const parent = byPid.get(ancestors(suspect.pid)[0] ?? -1);
  if (parent?.invocation?.command === 'node-host') return true;
  return suspect.isNodeService === true && suspect.ageMs > UNTITLED_AGE_MS;
}
