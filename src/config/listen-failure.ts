import { formatListenAddress, type ListenAddress } from './listen-address.ts';

/** Why nothing could be served, for the person who started the exporter. */
export interface ListenFailure {
  readonly message: string;
  /** 2 where the configuration cannot work, 1 where it could at another time. */
  readonly exitCode: 1 | 2;
}

/** @param code the error code of `listen()`, such as `EADDRINUSE` */
export function describeListenFailure(code: string, listen: ListenAddress): ListenFailure {
  const address = formatListenAddress(listen);
  const setting = '--web.listen-address (web.listen_address, OPENCLAW_LIVENESS_WEB_LISTEN_ADDRESS)';
  switch (code) {
    case 'EADDRINUSE':
      return {
        exitCode: 1,
        message:
          `cannot listen on ${address}: the port is in use, perhaps by an exporter that already runs ` +
          `(openclaw-liveness-exporter check asks it; ss -ltnp 'sport = :${listen.port}' names the process). ` +
          `Stop that one, or choose another port with ${setting}.`,
      };
    case 'EACCES':
    case 'EPERM':
      return {
        exitCode: 2,
        message: `cannot listen on ${address}: permission denied (ports below 1024 are reserved). Choose a higher port with ${setting}.`,
      };
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return {
        exitCode: 2,
        message: `cannot listen on ${address}: this machine does not have that address. Correct it with ${setting}; 127.0.0.1 serves this machine only, an empty host every address.`,
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
    case 'EINVAL':
      return {
        exitCode: 2,
        message: `cannot listen on ${address}: the name ${listen.host ?? ''} cannot be resolved. Write an address of this machine into ${setting}.`,
      };
    default:
      return {
        exitCode: 1,
        message: `cannot listen on ${address}: ${code}. Choose another address with ${setting}.`,
      };
  }
}
