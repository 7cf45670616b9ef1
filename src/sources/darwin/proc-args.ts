/** What `KERN_PROCARGS2` says of a process. */
export interface ProcArgs {
  /** As they stand now: of a process that titled itself the title alone. */
  readonly args: readonly string[];
  /** `NAME=value`; `undefined`: the kernel kept it to itself. */
  readonly environment: readonly string[] | undefined;
}

/** More arguments than this are garbage; the system's own limit on all of them is 1 MiB. */
const MAX_ARGS = 65_536;

/**
 * Reads `int argc`, the path of the program, NULs, argv, the environment, an empty string, Apple's own strings
 * (`bsd/kern/kern_sysctl.c`). `undefined` where that is not what the bytes hold.
 *
 * A title that a process gave itself is written over argv, and the rest of argv is filled with NULs: then argv is the first
 * string alone, and the environment begins after a run of empty ones that is as long as argv was, whatever argc says.
 */
export function parseProcArgs(bytes: Buffer): ProcArgs | undefined {
  if (bytes.length < 5) return undefined;
  const argc = bytes.readInt32LE(0);
  if (argc < 0 || argc > MAX_ARGS) return undefined;
  const pathEnd = bytes.indexOf(0, 4);
  if (pathEnd < 0) return undefined;
  const start = skipNuls(bytes, pathEnd);

  const { strings: args, next } = takeStrings(bytes, start, argc);
  if (args.length === argc) return { args, environment: environmentFrom(bytes, next) };
  // An empty argument among others is one; a title leaves nothing but itself.
  if (args.length > 1) {
    const all = takeStrings(bytes, start, argc, { mayBeEmpty: true });
    // Where argv is cut off, what there is of it is not all.
    return all.strings.length < argc
      ? undefined
      : { args: all.strings, environment: environmentFrom(bytes, all.next) };
  }
  const [title] = args;
  if (title === undefined) return undefined;
  return { args: [title], environment: environmentFrom(bytes, skipNuls(bytes, next)) };
}

/** Up to `count` strings that end in NUL. */
function takeStrings(
  bytes: Buffer,
  from: number,
  count: number,
  { mayBeEmpty = false } = {},
): { readonly strings: readonly string[]; readonly next: number } {
  const strings: string[] = [];
  let at = from;
  while (strings.length < count) {
    const end = bytes.indexOf(0, at);
    if (end < at || (end === at && !mayBeEmpty)) break;
    strings.push(bytes.toString('utf8', at, end));
    at = end + 1;
  }
  return { strings, next: at };
}

/** An environment that the kernel withholds is not there at all: neither it nor Apple's strings follow. */
function environmentFrom(bytes: Buffer, from: number): readonly string[] | undefined {
  const { strings } = takeStrings(bytes, from, MAX_ARGS);
  return strings.length === 0 || !strings.every((pair) => pair.indexOf('=') > 0) ? undefined : strings;
}

function skipNuls(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  return at;
}
