import { LookFailure } from '../look-failure.ts';

/**
 * Where the fields that are read here lie in the structures that macOS's kernel answers with: the same on arm64 and x86_64,
 * from macOS 11 on. `test/sources/darwin/headers.test.ts` has Apple's own headers (SDK 26.4) say whether it is so.
 */

/** How a field is read, all little-endian. `port`: 16 bits in network order. `bytes` and `text` have a length. */
export type FieldKind = 'u8' | 'u32' | 'i32' | 'u64' | 'i64' | 'port' | 'text' | 'bytes';

export interface Field {
  readonly at: number;
  readonly kind: FieldKind;
  /** Bytes of a `text` (NUL-terminated) or of `bytes`. */
  readonly length?: number;
  /** The member in C, for the check against the headers. */
  readonly member: string;
}

export interface Layout {
  /** The structure in C. */
  readonly struct: string;
  readonly size: number;
  readonly fields: Readonly<Record<string, Field>>;
}

/** `PROC_PIDTASKALLINFO`: a process and what it uses. */
export const TASK_ALL_INFO = {
  struct: 'struct proc_taskallinfo',
  size: 232,
  fields: {
    flags: { at: 0, kind: 'u32', member: 'pbsd.pbi_flags' },
    status: { at: 4, kind: 'u32', member: 'pbsd.pbi_status' },
    pid: { at: 12, kind: 'u32', member: 'pbsd.pbi_pid' },
    parentPid: { at: 16, kind: 'u32', member: 'pbsd.pbi_ppid' },
    userId: { at: 20, kind: 'u32', member: 'pbsd.pbi_uid' },
    command: { at: 48, kind: 'text', length: 16, member: 'pbsd.pbi_comm' },
    startSeconds: { at: 120, kind: 'u64', member: 'pbsd.pbi_start_tvsec' },
    startMicroseconds: { at: 128, kind: 'u64', member: 'pbsd.pbi_start_tvusec' },
    residentBytes: { at: 144, kind: 'u64', member: 'ptinfo.pti_resident_size' },
    userTicks: { at: 152, kind: 'u64', member: 'ptinfo.pti_total_user' },
    systemTicks: { at: 160, kind: 'u64', member: 'ptinfo.pti_total_system' },
    threads: { at: 220, kind: 'i32', member: 'ptinfo.pti_threadnum' },
    runningThreads: { at: 224, kind: 'i32', member: 'ptinfo.pti_numrunning' },
  },
} as const satisfies Layout;

/** `PROC_PIDTHREADINFO`: one thread. */
export const THREAD_INFO = {
  struct: 'struct proc_threadinfo',
  size: 112,
  fields: {
    userNanoseconds: { at: 0, kind: 'u64', member: 'pth_user_time' },
    systemNanoseconds: { at: 8, kind: 'u64', member: 'pth_system_time' },
    runState: { at: 24, kind: 'i32', member: 'pth_run_state' },
    name: { at: 48, kind: 'text', length: 64, member: 'pth_name' },
  },
} as const satisfies Layout;

/** `PROC_PIDLISTFDS`: one descriptor of a list. */
export const DESCRIPTOR = {
  struct: 'struct proc_fdinfo',
  size: 8,
  fields: {
    fd: { at: 0, kind: 'i32', member: 'proc_fd' },
    type: { at: 4, kind: 'u32', member: 'proc_fdtype' },
  },
} as const satisfies Layout;

/** `PROC_PIDFDVNODEPATHINFO`: an open file. */
export const OPEN_FILE = {
  struct: 'struct vnode_fdinfowithpath',
  size: 1200,
  fields: {
    inode: { at: 32, kind: 'u64', member: 'pvip.vip_vi.vi_stat.vst_ino' },
    type: { at: 160, kind: 'i32', member: 'pvip.vip_vi.vi_type' },
    path: { at: 176, kind: 'text', length: 1024, member: 'pvip.vip_path' },
  },
} as const satisfies Layout;

/** `PROC_PIDVNODEPATHINFO`: working and root directory. */
export const DIRECTORIES = {
  struct: 'struct proc_vnodepathinfo',
  size: 2352,
  fields: {
    workingDirectory: { at: 152, kind: 'text', length: 1024, member: 'pvi_cdir.vip_path' },
  },
} as const satisfies Layout;

/** `PROC_PIDFDSOCKETINFO`: a socket; from `tcpState` back to `family` what lies in the union is TCP's. */
export const SOCKET = {
  struct: 'struct socket_fdinfo',
  size: 792,
  fields: {
    family: { at: 184, kind: 'i32', member: 'psi.soi_family' },
    unreadBytes: { at: 208, kind: 'u32', member: 'psi.soi_rcv.sbi_cc' },
    kind: { at: 256, kind: 'i32', member: 'psi.soi_kind' },
    remotePort: { at: 264, kind: 'port', member: 'psi.soi_proto.pri_tcp.tcpsi_ini.insi_fport' },
    localPort: { at: 268, kind: 'port', member: 'psi.soi_proto.pri_tcp.tcpsi_ini.insi_lport' },
    generation: { at: 272, kind: 'u64', member: 'psi.soi_proto.pri_tcp.tcpsi_ini.insi_gencnt' },
    versions: { at: 288, kind: 'u8', member: 'psi.soi_proto.pri_tcp.tcpsi_ini.insi_vflag' },
    remoteAddress: {
      at: 296,
      kind: 'bytes',
      length: 16,
      member: 'psi.soi_proto.pri_tcp.tcpsi_ini.insi_faddr',
    },
    tcpState: { at: 344, kind: 'i32', member: 'psi.soi_proto.pri_tcp.tcpsi_state' },
  },
} as const satisfies Layout;

/** `KERN_PROC`: one process of a list, also of other users, also one that nobody has waited for. */
export const LISTED_PROCESS = {
  struct: 'struct kinfo_proc',
  size: 648,
  fields: {
    startSeconds: { at: 0, kind: 'i64', member: 'kp_proc.p_starttime.tv_sec' },
    startMicroseconds: { at: 8, kind: 'i32', member: 'kp_proc.p_starttime.tv_usec' },
    status: { at: 36, kind: 'u8', member: 'kp_proc.p_stat' },
    pid: { at: 40, kind: 'i32', member: 'kp_proc.p_pid' },
    command: { at: 243, kind: 'text', length: 17, member: 'kp_proc.p_comm' },
    userId: { at: 420, kind: 'u32', member: 'kp_eproc.e_ucred.cr_uid' },
    parentPid: { at: 560, kind: 'i32', member: 'kp_eproc.e_ppid' },
  },
} as const satisfies Layout;

/** What the fields of a layout are read as. 64-bit numbers beyond 2^53 lose their last digits, as no time or size has. */
export type Reading<L extends Layout> = {
  readonly [F in keyof L['fields']]: L['fields'][F] extends { kind: 'text' }
    ? string
    : L['fields'][F] extends { kind: 'bytes' }
      ? Buffer
      : number;
};

/** Reads one structure that begins at `from`; `undefined` where the bytes do not hold a whole one. */
export function readLayout<L extends Layout>(layout: L, bytes: Buffer, from = 0): Reading<L> | undefined {
  if (bytes.length - from < layout.size) return undefined;
  const entries = Object.entries(layout.fields).map(([name, field]) => [
    name,
    readField(bytes, from + field.at, field),
  ]);
  return Object.fromEntries(entries) as Reading<L>;
}

function readField(bytes: Buffer, at: number, { kind, length = 0 }: Field): number | string | Buffer {
  switch (kind) {
    case 'u8':
      return bytes.readUInt8(at);
    case 'u32':
      return bytes.readUInt32LE(at);
    case 'i32':
      return bytes.readInt32LE(at);
    case 'u64':
      return Number(bytes.readBigUInt64LE(at));
    case 'i64':
      return Number(bytes.readBigInt64LE(at));
    case 'port':
      return bytes.readUInt16BE(at);
    case 'text': {
      const all = bytes.subarray(at, at + length);
      const end = all.indexOf(0);
      return all.toString('utf8', 0, end < 0 ? length : end);
    }
    case 'bytes':
      return bytes.subarray(at, at + length);
    default:
      return kind satisfies never;
  }
}

/** Reads structures that lie one after the other; what is left over at the end is none. */
export function readLayouts<L extends Layout>(layout: L, bytes: Buffer): readonly Reading<L>[] {
  const count = Math.floor(bytes.length / layout.size);
  return Array.from({ length: count }, (_, index) => readLayout(layout, bytes, index * layout.size)).filter(
    (reading) => reading !== undefined,
  );
}

/** Reads the whole of an answer that is to be one structure. @throws LookFailure where it is not */
export function whole<L extends Layout>(layout: L, bytes: Buffer): Reading<L> {
  const reading = readLayout(layout, bytes);
  if (reading === undefined) throw strange(layout, `the answer has ${bytes.length} bytes`);
  return reading;
}

/** The same of an answer that is to be one or more. */
export function wholeList<L extends Layout>(layout: L, bytes: Buffer): readonly Reading<L>[] {
  if (bytes.length === 0 || bytes.length % layout.size !== 0)
    throw strange(layout, `the answer has ${bytes.length} bytes`);
  return readLayouts(layout, bytes);
}

/** Never taken for a fact: this is not the system that the layouts are of. */
export function strange({ struct, size }: Layout, found: string): LookFailure {
  return new LookFailure(
    'unsupported',
    `this macOS answers otherwise than any that is known (${struct} of ${size} bytes; ${found}): please report it`,
  );
}
