/** One socket that systemd opened for us. */
export interface InheritedSocket {
  readonly fd: number;
  /** `FileDescriptorName=` of its socket unit. */
  readonly name: string;
}

export type InheritedSockets =
  | { readonly ok: true; readonly sockets: readonly [InheritedSocket, ...InheritedSocket[]] }
  | { readonly ok: false; readonly why: string };

/** The first descriptor that is passed: those before it are stdin, stdout and stderr. */
const FIRST_FD = 3;

/**
 * What systemd says in the environment of the sockets that it passed to this process, as sd_listen_fds(3).
 *
 * @param pid of this process: the variables may be those of a parent, whose sockets are not ours
 */
export function readInheritedSockets(
  variables: {
    readonly LISTEN_FDS?: string | undefined;
    readonly LISTEN_PID?: string | undefined;
    readonly LISTEN_FDNAMES?: string | undefined;
  },
  pid: number,
): InheritedSockets {
  const { LISTEN_FDS: count, LISTEN_PID: owner, LISTEN_FDNAMES: names = '' } = variables;
  const refused = (why: string): InheritedSockets => ({ ok: false, why });
  if (count === undefined || owner === undefined)
    return refused(
      'systemd passed no sockets (LISTEN_FDS is not set); was the .service started rather than the .socket?',
    );
  if (owner !== String(pid))
    return refused(
      `systemd passed its sockets to process ${owner}, and this is ${pid}; have ExecStart= run node itself, not a script that starts it`,
    );
  if (!/^[1-9]\d{0,3}$/.test(count))
    return refused(`LISTEN_FDS is ${JSON.stringify(count)}, and should be the number of sockets`);
  const given = names.split(':');
  const [first, ...others] = Array.from({ length: Number(count) }, (_, index) => ({
    fd: FIRST_FD + index,
    name: given[index] ?? '',
  }));
  if (first === undefined) return refused('systemd passed no sockets');
  return { ok: true, sockets: [first, ...others] };
}
