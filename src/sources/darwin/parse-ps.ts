import type { KernelState } from '../../core/index.ts';

/** One process as `ps` shows it. */
export interface PsRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly userId: number;
  readonly state: KernelState | 'defunct';
  /** Whole seconds since 1970. */
  readonly startSeconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Its title, else the path of its program. */
  readonly command: string;
}

/** What is asked of `ps`. `command` may hold spaces, and stands last. */
export const PS_COLUMNS = 'pid=,ppid=,uid=,state=,lstart=,utime=,stime=,rss=,comm=';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const ROW =
  /^\s*(\d+)\s+(\d+)\s+(-?\d+)\s+([A-Z][+<>A-Za-z]*)\s+(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) ([A-Z][a-z]{2})\s+(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})\s+(\d+):(\d\d)\.(\d\d)\s+(\d+):(\d\d)\.(\d\d)\s+(\d+)\s+(\S.*?)\s*$/;

/**
 * Reads what `LC_ALL=C TZ=UTC0 ps -o` with {@link PS_COLUMNS} prints. `undefined` where one line is of another form: times in
 * the words of another language could be read as other times, and a process that is left out would be called gone.
 */
export function parsePs(output: string): readonly PsRow[] | undefined {
  const rows = output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseRow);
  return rows.every((row) => row !== undefined) ? rows : undefined;
}

function parseRow(line: string): PsRow | undefined {
  const match = ROW.exec(line);
  if (match === null) return undefined;
  const [, pid, ppid, uid, state = '', month = '', ...rest] = match;
  const command = rest.pop() ?? '';
  const [
    day = 0,
    hour = 0,
    minute = 0,
    second = 0,
    year = 0,
    um = 0,
    us = 0,
    uc = 0,
    sm = 0,
    ss = 0,
    sc = 0,
    rss = 0,
  ] = rest.map(Number);
  const monthIndex = MONTHS.indexOf(month);
  if (monthIndex < 0) return undefined;
  return {
    pid: Number(pid),
    parentPid: Number(ppid),
    userId: Number(uid),
    state: stateOf(state),
    startSeconds: Date.UTC(year, monthIndex, day, hour, minute, second) / 1_000,
    cpuSeconds: um * 60 + us + uc / 100 + sm * 60 + ss + sc / 100,
    residentBytes: rss * 1_024,
    command,
  };
}

function stateOf(letters: string): PsRow['state'] {
  switch (letters[0]) {
    case 'R':
      return 'running';
    case 'S':
    case 'I':
      return 'sleeping';
    case 'U':
      return 'disk-wait';
    case 'T':
      return 'stopped';
    case 'Z':
      return 'defunct';
    default:
      return 'other';
  }
}

/**
 * A variable in what `ps -E` prints after the arguments. Where values with spaces end is guessed by the next name; the title
 * of a titled process is followed by nothing.
 */
export function variableIn(printed: string, name: string): string | undefined {
  return new RegExp(` ${name}=(.*?)(?= [A-Za-z_][A-Za-z0-9_]*=|$)`, 's').exec(printed.trimEnd())?.[1];
}
