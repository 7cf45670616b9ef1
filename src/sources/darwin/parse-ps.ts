import { kernelStateOf, type ProcessStat } from '../process/process-table.ts';

/** One process as `ps` shows it. */
export interface PsRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly userId: number;
  readonly state: ProcessStat['state'];
  /** Whole seconds since 1970. */
  readonly startSeconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Its title, else the path of its program. */
  readonly command: string;
}

/** What is asked of `ps`. `command` may hold spaces, and stands last. */
export const PS_COLUMNS = 'pid=,ppid=,uid=,state=,lstart=,utime=,stime=,rss=,comm=';

const ROW =
  /^\s*(\d+)\s+(\d+)\s+(-?\d+)\s+([A-Z][+<>A-Za-z]*)\s+((?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+\d{1,2} \d\d:\d\d:\d\d \d{4})\s+(\d+:\d\d\.\d\d)\s+(\d+:\d\d\.\d\d)\s+(\d+)\s+(\S.*?)\s*$/;

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
  const [
    ,
    pid,
    parentPid,
    userId,
    state = '',
    start = '',
    user = '',
    system = '',
    residentKiB,
    command = '',
  ] = match;
  return {
    pid: Number(pid),
    parentPid: Number(parentPid),
    userId: Number(userId),
    state: kernelStateOf(state.charAt(0)),
    startSeconds: Date.parse(`${start} UTC`) / 1_000,
    cpuSeconds: secondsOf(user) + secondsOf(system),
    residentBytes: Number(residentKiB) * 1_024,
    command,
  };
}

/** `101:02.03`, in minutes. */
function secondsOf(time: string): number {
  const [minutes, seconds] = time.split(':');
  return Number(minutes) * 60 + Number(seconds);
}

/**
 * A variable in what `ps -E` prints after the arguments. Where values with spaces end is guessed by the next name; the title
 * of a titled process is followed by nothing.
 */
export function variableIn(printed: string, name: string): string | undefined {
  return new RegExp(` ${name}=(.*?)(?= [A-Za-z_][A-Za-z0-9_]*=|$)`, 's').exec(printed.trimEnd())?.[1];
}
