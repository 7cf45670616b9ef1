import { present, type SupervisorStanding } from '../../core/index.ts';

/** What `launchctl print` says of one job. */
export interface JobReading {
  readonly standing: SupervisorStanding;
  /** Starts by launchd since it was loaded, but for the first. */
  readonly restarts?: number;
  /** It does not run, launchd is to keep it alive, and says nothing of a next start: how long that lasts decides. */
  readonly isIdle: boolean;
  /** Where it writes its errors to. */
  readonly errorPath?: string;
}

/** `state` of a job that runs, is about to, or is being stopped. */
const RUNNING: readonly string[] = ['running', 'xpcproxy', 'spawning', 'SIGTERMed', 'SIGKILLed'];
/** `state` of one that does not; the second is what older releases call it. */
const IDLE: readonly string[] = ['not running', 'waiting'];

/**
 * Reads `launchctl print <domain>/<label>`. Its format is "not API": what is not understood is `undefined`, and never a
 * standing. Only lines with exactly one tab are the job's own; further in, coalitions and triggers have a `state` too.
 */
export function interpretJob(output: string): JobReading | undefined {
  const lines = propertiesOf(output);
  const state = lines.get('state');
  if (state === undefined) return undefined;
  const standing = standingOf(state, lines);
  if (standing === undefined) return undefined;
  const runs = countOf(lines.get('runs'));
  return present({
    standing,
    restarts: runs === undefined ? undefined : Math.max(0, runs - 1),
    isIdle: standing.kind === 'restarting' && IDLE.includes(state),
    errorPath: lines.get('stderr path'),
  });
}

/** The process that launchd started for this job, of which there is one while it runs. */
export function processOfJob(output: string): number | undefined {
  return countOf(propertiesOf(output).get('pid'));
}

type Properties = ReadonlyMap<string, string>;

function propertiesOf(output: string): Properties {
  const found = new Map<string, string>();
  for (const line of output.split('\n')) {
    const property = /^\t([^\t=][^=]*?) = (.*)$/.exec(line);
    const [, name, value] = property ?? [];
    if (name !== undefined && value !== undefined && !found.has(name)) found.set(name, value.trim());
  }
  return found;
}

function standingOf(state: string, lines: Properties): SupervisorStanding | undefined {
  if (RUNNING.includes(state)) return { kind: 'running' };
  const lastExit = lastExitOf(lines);
  if (state === 'spawn scheduled') {
    return lines.get('job state') === 'spawn failed'
      ? { kind: 'cannot-start', lastExit: lastExit ?? 'its program could not be run' }
      : { kind: 'restarting' };
  }
  if (!IDLE.includes(state)) return undefined;
  if (lines.has('pended nondemand spawn')) {
    return { kind: 'gave-up', because: 'held-back', lastExit: lastExit ?? 'never exited' };
  }
  if (isKeptAlive(lines)) return { kind: 'restarting' };
  return lastExit === undefined || lastExit === 'exit status 0'
    ? { kind: 'stopped' }
    : { kind: 'failed', lastExit };
}

/** `properties = partial import | keepalive | runatload | inferred program` */
function isKeptAlive(lines: Properties): boolean {
  return (
    lines
      .get('properties')
      ?.split(/\s*\|\s*/)
      .includes('keepalive') === true
  );
}

/** In the words that are used for every service manager; `undefined`: it never ended. */
function lastExitOf(lines: Properties): string | undefined {
  const reason = lines.get('last exit reason');
  if (reason !== undefined) return reason;
  const signal = lines.get('last terminating signal');
  if (signal !== undefined) return `signal ${signal}`;
  const code = lines.get('last exit code');
  return code === undefined || code === '(never exited)' ? undefined : `exit status ${code}`;
}

function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** The labels that `launchctl print-disabled` calls disabled (up to macOS 12: `true`); what follows that list is of login items. */
export function disabledIn(output: string): ReadonlySet<string> {
  const [, list = ''] = /^\s*disabled services = \{\n([^}]*)/m.exec(output) ?? [];
  return new Set([...list.matchAll(/"([^"]+)" => (?:disabled|true)$/gm)].map(([, label = '']) => label));
}
