/** One descriptor as `lsof -F` prints it. */
export interface LsofFile {
  readonly pid: number;
  readonly fd: string;
  /** `REG`, `CHR`, `IPv4`, `IPv6` … */
  readonly type: string;
  /** A path, or `local->remote` of a connection, or `*:port` of what listens. */
  readonly name: string;
  /** Of a socket: `TCP`, `UDP`. */
  readonly protocol: string | undefined;
  /** Of a TCP socket: `ESTABLISHED`, `LISTEN` … */
  readonly tcpState: string | undefined;
  /** Of a TCP socket: bytes that were received and not read. */
  readonly receiveQueue: number | undefined;
}

/** Reads the fields `p`, `f`, `t`, `n`, `P`, `T` of `lsof -F`, one a line; a block that lacks one of the first four is left out. */
export function parseLsof(output: string): readonly LsofFile[] {
  let pid: number | undefined;
  return output.split(/^(?=[pf])/m).flatMap((block) => {
    const fields = new Map(block.split('\n').map(fieldOf));
    if (block.startsWith('p')) pid = numberIn(fields.get('p'));
    const [fd, type, name] = ['f', 't', 'n'].map((key) => fields.get(key));
    if (pid === undefined || fd === undefined || type === undefined || name === undefined) return [];
    const [protocol, tcpState] = [fields.get('P'), fields.get('TST')];
    return [{ pid, fd, type, name, protocol, tcpState, receiveQueue: numberIn(fields.get('TQR')) }];
  });
}

/** `n/dev/null`, `TST=LISTEN` */
function fieldOf(line: string): readonly [key: string, value: string] {
  const [keyEnd, valueAt] = line.startsWith('T') ? [line.indexOf('='), line.indexOf('=') + 1] : [1, 1];
  return [line.slice(0, keyEnd), line.slice(valueAt)];
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
