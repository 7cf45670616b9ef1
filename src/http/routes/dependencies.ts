import type { Snapshot } from '../../core/index.ts';
import type { RenderMetrics } from '../../ports/exposition.ts';
import type { RecoveryDependencies } from './recovery.ts';
import type { ReloadDependencies } from './reload.ts';
import type { SelfCheck } from './self-check.ts';

/** All that the routes know of the rest: functions that answer at once. None may wait for a source. */
export interface HttpDependencies {
  /** Version of this exporter. */
  readonly version: string;
  readonly snapshot: () => Snapshot;
  readonly renderMetrics: RenderMetrics;
  /** Does the exporter itself work? */
  readonly isHealthy: () => SelfCheck;
  /** Are there verdicts yet? */
  readonly isReady: () => SelfCheck;
  /** Absent where there is nothing to load again. */
  readonly reload?: ReloadDependencies;
  /** Absent where nothing could ever be restarted. */
  readonly recovery?: RecoveryDependencies;
  /** Told of every exception that a route did not expect; the client only learns that there was one. */
  readonly onError?: (error: unknown, path: string) => void;
}
