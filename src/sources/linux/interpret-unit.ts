import { present, type SupervisorStanding } from '../../core/index.ts';

/** What is asked of a unit. Managers leave out what they do not have; `NRestarts` came with systemd 235. */
export const UNIT_PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'Result',
  'Restart',
  'RestartPreventExitStatus',
  'NRestarts',
  'StartLimitBurst',
  'ExecMainCode',
  'ExecMainStatus',
] as const;
type UnitProperty = (typeof UNIT_PROPERTIES)[number];

/** What a manager's answer says of one unit. */
export type UnitReading =
  | { readonly kind: 'known'; readonly standing: SupervisorStanding; readonly restarts?: number }
  | { readonly kind: 'no-such-unit' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** `si_code` of the process's end, as `ExecMainCode` has it (wait(2)). */
const ENDED_BY = { exit: '1', signal: '2', signalWithCore: '3' } as const;

/** Reads the answer of `systemctl show <unit> --property=…`. */
export function interpretUnit(output: string): UnitReading {
  const properties = readProperties(output);
  const activeState = properties.get('ActiveState');
  if (activeState === undefined) {
    return { kind: 'unreadable', why: 'the answer of systemctl has no ActiveState' };
  }
  // A unit whose file was removed under it is not found, and yet there until it is stopped or reset.
  if (properties.get('LoadState') === 'not-found' && activeState === 'inactive')
    return { kind: 'no-such-unit' };

  const restarts = countOf(properties.get('NRestarts'));
  return { kind: 'known', standing: standingOf(activeState, properties), ...present({ restarts }) };
}

interface Properties {
  get(name: UnitProperty): string | undefined;
}

function readProperties(output: string): Properties {
  return new Map<string, string>(
    output.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}

function standingOf(activeState: string, properties: Properties): SupervisorStanding {
  const subState = properties.get('SubState');
  const loadState = properties.get('LoadState') ?? '';
  switch (activeState) {
    case 'inactive':
      if (loadState === 'masked') return { kind: 'not-loaded', because: 'disabled' };
      // systemd refuses every start of it until its unit file is repaired.
      if (['bad-setting', 'error'].includes(loadState))
        return { kind: 'cannot-start', lastExit: 'its unit file is faulty' };
      return { kind: subState === 'dead-before-auto-restart' ? 'restarting' : 'stopped' };
    case 'failed':
      // A state on the way to the next start (systemd 254 and later).
      return subState === 'failed-before-auto-restart' ? { kind: 'restarting' } : failed(properties);
    case 'activating':
      return { kind: subState?.startsWith('auto-restart') === true ? 'restarting' : 'running' };
    default:
      return { kind: 'running' };
  }
}

function failed(properties: Properties): SupervisorStanding {
  const lastExit = lastExitOf(properties);
  if (properties.get('Result') === 'start-limit-hit') {
    return { kind: 'gave-up', because: 'restart-limit', lastExit };
  }
  if (isExceptedFromRestart(properties)) return { kind: 'gave-up', because: 'exit-status', lastExit };
  // After a real exit the limit leaves no result of its own: what ended the last try stays.
  const restarts = countOf(properties.get('NRestarts')) ?? 0;
  const limit = countOf(properties.get('StartLimitBurst')) ?? 0;
  return limit > 0 && restarts >= limit
    ? { kind: 'gave-up', because: 'restart-limit', lastExit }
    : { kind: 'failed', lastExit };
}

/** OpenClaw's unit excepts 78, which a node host ends with when its configuration is wrong. */
function isExceptedFromRestart(properties: Properties): boolean {
  if (properties.get('ExecMainCode') !== ENDED_BY.exit) return false;
  const excepted = properties.get('RestartPreventExitStatus')?.split(' ') ?? [];
  const status = properties.get('ExecMainStatus');
  return status !== undefined && properties.get('Restart') !== 'no' && excepted.includes(status);
}

function lastExitOf(properties: Properties): string {
  const status = properties.get('ExecMainStatus') ?? '?';
  switch (properties.get('ExecMainCode')) {
    case ENDED_BY.exit:
      return `exit status ${status}`;
    case ENDED_BY.signal:
    case ENDED_BY.signalWithCore:
      return `signal ${status}`;
    default:
      // It never ran: a missing directory, no memory for a process.
      return properties.get('Result') ?? 'not known';
  }
}

function countOf(text: string | undefined): number | undefined {
  // What is not set is 2^32 - 1.
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
