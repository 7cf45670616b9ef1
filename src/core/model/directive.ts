import type { Endpoint, Service, TargetId } from './observation.ts';

/** What is known of where a node host writes its log. */
export interface LogHints {
  /** Regular files that its process writes its output to. */
  readonly paths?: readonly string[];
  readonly service?: Service;
}

/** The directive of one kind. */
export type DirectiveOf<K extends Directive['kind']> = Extract<Directive, { readonly kind: K }>;

/**
 * What the core wants the shell to do. Each is said once, when it changes, and stands until another of its kind and
 * target replaces it.
 */
export type Directive =
  /** Its log is where these hints lead. */
  | { readonly kind: 'follow-log'; readonly target: TargetId; readonly hints: LogHints }
  /** It dials here; the gateway behind it is worth watching. `null`: nobody knows any more. */
  | {
      readonly kind: 'dial-gateway';
      readonly target: TargetId;
      readonly endpoint: Endpoint | null;
      /** Absent where nobody knows. */
      readonly tls?: boolean;
    }
  /** Look at the way that it takes to its gateway itself: its attempts fail, or none is seen. `null`: no more. */
  | {
      readonly kind: 'try-path';
      readonly target: TargetId;
      readonly gateway: string;
      readonly endpoint: Endpoint | null;
      /** Absent where nobody knows. */
      readonly tls?: boolean;
      /** `health`: ask for `/health`. `websocket`: see whether anybody gets in; the gateway logs each of these. */
      readonly by: 'health' | 'websocket';
    }
  /** See whether the gateway's WebSocket side answers anybody: no session of ours tells. Or no more. */
  | { readonly kind: 'try-gateway'; readonly gateway: string; readonly isWanted: boolean }
  /** Its process, as whoever asks its service manager needs it. */
  | {
      readonly kind: 'ask-supervisor';
      readonly target: TargetId;
      /** `null`: it has no process now. */
      readonly incarnation: string | null;
      /** The service that it runs in, or ran in last. */
      readonly service?: Service;
    }
  /** Its connections are those of this process to this endpoint. `null`: it has no process now. */
  | {
      readonly kind: 'look-at-sockets';
      readonly target: TargetId;
      readonly process: {
        readonly pid: number;
        readonly incarnation: string;
        readonly endpoint: Endpoint | null;
      } | null;
    }
  /** Nodes that a probe by way of this gateway can reach. */
  | { readonly kind: 'probe'; readonly gateway: string; readonly nodeIds: readonly string[] };
