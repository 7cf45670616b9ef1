export const LSOF = '/usr/sbin/lsof';

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
  const files: LsofFile[] = [];
  let pid: number | undefined;
  let block: Map<string, string> | undefined;
  const close = (): void => {
    const [fd, type, name] = ['f', 't', 'n'].map((key) => block?.get(key));
    if (pid !== undefined && fd !== undefined && type !== undefined && name !== undefined) {
      const queue = block?.get('TQR');
      files.push({
        pid,
        fd,
        type,
        name,
        protocol: block?.get('P'),
        tcpState: block?.get('TST'),
        receiveQueue: queue !== undefined && /^\d+$/.test(queue) ? Number(queue) : undefined,
      });
    }
    block = undefined;
  };
  for (const line of output.split('\n')) {
    const [key, value] = [line.charAt(0), line.slice(1)];
    if (key === 'p') {
      close();
      pid = /^\d+$/.test(value) ? Number(value) : undefined;
    } else if (key === 'f') {
      close();
      block = new Map([['f', value]]);
    } else if (key === 'T') {
      const equals = value.indexOf('=');
      block?.set(`T${value.slice(0, equals)}`, value.slice(equals + 1));
    } else block?.set(key, value);
  }
  close();
  return files;
}
