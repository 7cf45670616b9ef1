/** Lines of /proc/net/tcp and tcp6 as a little-endian Linux prints them. */
export const tcpHeader =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

export interface TcpLine {
  readonly inode: number;
  readonly local?: string;
  /** `<address in the kernel's hex>:<port in hex>` */
  readonly remote?: string;
  readonly state?: string;
  readonly unread?: number;
  readonly uid?: number;
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');

export function tcpLine({
  inode,
  local = '0100007F:C4BC',
  remote = '0100007F:7C91',
  state = '01',
  unread = 0,
  uid = 1000,
}: TcpLine): string {
  return `   4: ${local} ${remote} ${state} 00000000:${hex(unread)} 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 000000007176416b 20 4 22 12 -1                    `;
}

export function tcpTable(...lines: readonly TcpLine[]): string {
  return [tcpHeader, ...lines.map(tcpLine), ''].join('\n');
}
