import type { RosterRow } from '../model/observation.ts';
import type { Instant } from '../model/time.ts';

/** A node's row and how old the gateway's word is. */
export interface RowView {
  readonly row: RosterRow;
  readonly gatewayTsMs: number;
  readonly at: Instant;
}
