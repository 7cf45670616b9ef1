import type { Held } from '../model/held.ts';
import type { GatewayHealth } from '../model/snapshot.ts';
import type { Thresholds } from '../model/thresholds.ts';
import type { Instant } from '../model/time.ts';
import type { PathFacts } from '../facts/path.ts';
import type { ProbeFacts } from '../facts/probe.ts';
import type { Attachment } from './attachment.ts';
import type { RowView } from './row-view.ts';

/** A gateway as the rules need it. */
export interface GatewayView {
  readonly health: GatewayHealth;
  /** In one sentence. */
  readonly why: string;
  readonly healthySince: Instant | undefined;
  /** When it was last healthy before it stopped being so; kept once it is healthy again. */
  readonly unwellSince: Instant | undefined;
  /** Since when it answers HTTP. */
  readonly answersSince: Instant | undefined;
  readonly isOwnSessionOpen: boolean;
  /** Our own look at it fails by its certificate: somebody is there. */
  readonly isDistrusted: boolean;
  /** Nothing points at it, and nobody has answered there. */
  readonly isGuess: boolean;
  /** It listens on this machine: whoever is its node host here takes the way that we take. */
  readonly isHere: boolean;
}

export interface LocalContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  readonly gateway: GatewayView;
  /** What we met on its own way. */
  readonly path: PathFacts | undefined;
  /** It dials the gateway's own address, as far as anybody can tell. */
  readonly dialsGateway: boolean;
  readonly attachment: Attachment;
  /** Several sessions could be its own. */
  readonly isAmbiguous: boolean;
  /** Its gateway, asked now, does not list it as paired; false also where nobody knows which row is its own. */
  readonly isUnpaired: boolean;
  readonly row: RowView | undefined;
  readonly probe: Held<ProbeFacts> | undefined;
  /** Before this we did not look, or could not trust our own clock: deadlines restart here. */
  readonly trustedSince: Instant;
}
