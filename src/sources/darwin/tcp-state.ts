import type { ConnectionState } from '../../core/index.ts';

/** The words of `netstat` and `lsof` for the state of a TCP socket; `undefined`: closed, or no such word. */
export function connectionState(word: string): ConnectionState | 'listening' | undefined {
  switch (word) {
    case 'LISTEN':
      return 'listening';
    case 'SYN_SENT':
      return 'opening';
    case 'ESTABLISHED':
      return 'established';
    case 'CLOSE_WAIT':
      return 'close-wait';
    case 'SYN_RCVD':
    case 'SYN_RECEIVED':
    case 'FIN_WAIT_1':
    case 'FIN_WAIT_2':
    case 'CLOSING':
    case 'LAST_ACK':
    case 'TIME_WAIT':
      return 'closing';
    default:
      return undefined;
  }
}
