import type { Target } from './facts/local.ts';
import type { GatewayRef } from './gateways.ts';
import type { Memory } from './memory.ts';
import type { Thresholds } from './model/thresholds.ts';
import type { Instant } from './model/time.ts';
import type { SourceName } from './model/vocabulary.ts';

/** What the core may be told anew while it runs. */
export interface CoreSettings {
  readonly targets: readonly Target[];
  readonly gateways: readonly GatewayRef[];
  readonly limits: Thresholds;
  readonly enabledSources: readonly SourceName[];
  readonly maxNodes: number;
  readonly forgetNodesAfterMs: number;
}

/** What the core is told at its start. */
export interface CoreOptions extends CoreSettings {
  /** Called so where nothing better is known of a local node host's name. */
  readonly defaultName: string;
  readonly startedAt: Instant;
  /** What an earlier run left. */
  readonly memory?: Memory;
}
