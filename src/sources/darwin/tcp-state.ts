import type { TcpSocket } from '../socket/connection-table.ts';

/** The words of `netstat` and `lsof` for the state of a TCP socket; any other: closed. */
export const TCP_STATES: Readonly<Record<string, TcpSocket['state']>> = {
  LISTEN: 'listening',
  SYN_SENT: 'opening',
  ESTABLISHED: 'established',
  CLOSE_WAIT: 'close-wait',
  SYN_RCVD: 'closing',
  SYN_RECEIVED: 'closing',
  FIN_WAIT_1: 'closing',
  FIN_WAIT_2: 'closing',
  CLOSING: 'closing',
  LAST_ACK: 'closing',
  TIME_WAIT: 'closing',
};
