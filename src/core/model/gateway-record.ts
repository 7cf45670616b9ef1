import type { AuthReason } from './vocabulary.ts';

export const CALLER_ROLES = ['node', 'operator', 'unknown'] as const;
/** As what somebody asked the gateway to let him in. */
export type CallerRole = (typeof CALLER_ROLES)[number];

export const PAIRING_CAUSES = ['not-paired', 'role-upgrade', 'scope-upgrade', 'metadata-upgrade'] as const;
/** Why a gateway wants somebody to approve a device: it is new, or it asks for more than it was approved for. */
export type PairingCause = (typeof PAIRING_CAUSES)[number];

/** What somebody has to approve before a device is let in. */
export interface PairingRequest {
  /** What `openclaw devices approve` takes; a gateway keeps a request for five minutes after its device last asked. */
  readonly requestId?: string;
  readonly cause?: PairingCause;
}

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
      /** Of a refusal for want of a pairing. */
      readonly pairing?: PairingRequest;
    }
  /** Somebody approved a device, or the gateway did so by itself. */
  | { readonly kind: 'paired'; readonly deviceId: string }
  /** Its configuration does not let a node offer so many of its commands; 2026.9 tells so right before it lets it in. */
  | { readonly kind: 'commands-withheld'; readonly deviceId: string; readonly commands: number }
  /** Nobody said who he is within the time that the gateway gives. */
  | { readonly kind: 'handshake-timeout' }
  /** Only a verbose log tells of connections that were let in. */
  | { readonly kind: 'attached'; readonly caller: Caller }
  | { readonly kind: 'detached'; readonly caller: Caller; readonly code: number }
  /** It had no token to compare with and made one. `isSaved`: and keeps it; else each start makes another. */
  | { readonly kind: 'token-regenerated'; readonly isSaved: boolean }
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready' }
  /** A signal ends it; it may start again by itself. */
  | { readonly kind: 'stopping'; readonly signal: string }
  /** It writes nothing more to this file. */
  | { readonly kind: 'log-full' };
