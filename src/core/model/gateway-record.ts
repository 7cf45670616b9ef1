import type { AuthReason } from './vocabulary.ts';

export const CALLER_ROLES = ['node', 'operator', 'unknown'] as const;
/** As what somebody asked the gateway to let him in. */
export type CallerRole = (typeof CALLER_ROLES)[number];

/** Who dialled the gateway, as far as its log names him. What he says of himself is a claim, unless he was let in. */
export interface Caller {
  readonly role: CallerRole;
  /** Of the device key; it is the node's id in a roster. */
  readonly deviceId?: string;
  /** Of the installation. */
  readonly instanceId?: string;
  readonly displayName?: string;
  /** `openclaw-macos`, `node-host`. */
  readonly clientId?: string;
  readonly version?: string;
  readonly platform?: string;
  /** Alike for callers from one address, and says nothing else of it; only within one run. */
  readonly from?: string;
  /** From another machine than the gateway's, or by way of a proxy. */
  readonly fromElsewhere?: true;
}

/** What one line of a gateway's log says, or several lines about one connection. */
export type GatewayRecord =
  | {
      readonly kind: 'refused';
      readonly auth: AuthReason;
      readonly caller: Caller;
      /** A gateway that is asked the same again and again leaves lines out and says how many. */
      readonly times: number;
    }
  /** Nobody said who he is within the time that the gateway gives. */
  | { readonly kind: 'handshake-timeout' }
  /** Only a verbose log tells of connections that were let in. */
  | { readonly kind: 'attached'; readonly caller: Caller }
  | { readonly kind: 'detached'; readonly caller: Caller; readonly code: number }
  /** It had no token to compare with and made one. `isSaved`: and keeps it; else each start makes another. */
  | { readonly kind: 'token-regenerated'; readonly isSaved: boolean }
  | { readonly kind: 'starting' }
  | { readonly kind: 'stopping' }
  /** It writes nothing more to this file. */
  | { readonly kind: 'log-full' };
