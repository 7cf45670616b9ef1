/** Where to listen. */
export type ListenPlace =
  | {
      readonly kind: 'tcp';
      /** An address or a host name; without it, every address of this machine. */
      readonly host?: string;
      /** 0 lets the system choose. */
      readonly port: number;
    }
  | {
      readonly kind: 'unix';
      readonly path: string;
      /** Who may connect, as file permissions: `0o660`. */
      readonly mode: number;
    }
  /** A socket that listens already, given to us by systemd. */
  | { readonly kind: 'inherited'; readonly fd: number; readonly name: string };

/** Where it really listens. */
export type BoundAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'unix';
      readonly path: string;
      /** Its file keeps other users out: only the owner and the group may connect. */
      readonly isPrivate: boolean;
    };

/** Why we cannot listen, for the command line to explain. */
export type ListenFailureKind =
  | 'in-use'
  | 'permission'
  | 'no-such-address'
  | 'bad-address'
  /** The directory of a Unix socket is missing. */
  | 'no-directory'
  /** Something that is no socket is where a Unix socket belongs. */
  | 'not-a-socket'
  /** What systemd handed over is no socket that listens. */
  | 'not-listening';

export interface ListenFailure {
  readonly kind: ListenFailureKind;
  readonly place: ListenPlace;
  /** The system's own word, as `EADDRINUSE`. */
  readonly code: string;
}
