/** The moments between a fault and the telephone, by the wall clock of one machine, in milliseconds. */
export interface Moments {
  readonly faultMs: number;
  /** When the exporter changed its verdict (`state_since_timestamp_seconds`). */
  readonly verdictMs: number;
  /** Timestamp of the first sample in Prometheus that says so. */
  readonly scrapedMs: number;
  /** Of the evaluation that found the alert's condition first (`activeAt`). */
  readonly pendingMs: number;
  /** Of the evaluation after which it fired. */
  readonly firingMs: number;
  /** When the receiver was told. */
  readonly pagedMs: number;
}

/** What a fault waited for, one after the other, in seconds. */
export interface Parts {
  readonly verdict: number;
  readonly scrape: number;
  readonly evaluation: number;
  readonly hold: number;
  readonly notification: number;
  readonly total: number;
}

export interface PathToPage {
  readonly fault: string;
  readonly alertname: string;
  readonly moments: Moments;
}

/**
 * The parts add up to the total. Throws when the moments are out of order by more than `CLOCK_SLACK_MS`: then one of
 * them belongs to another story, and the table would be made up.
 */
export function partsOf(moments: Moments): Parts {
  const { faultMs, verdictMs, scrapedMs, pendingMs, firingMs, pagedMs } = moments;
  const seconds = (fromMs: number, toMs: number): number => {
    if (toMs - fromMs < -CLOCK_SLACK_MS) throw new Error(`out of order: ${JSON.stringify(moments)}`);
    return (toMs - fromMs) / 1_000;
  };
  return {
    verdict: seconds(faultMs, verdictMs),
    scrape: seconds(verdictMs, scrapedMs),
    evaluation: seconds(scrapedMs, pendingMs),
    hold: seconds(pendingMs, firingMs),
    notification: seconds(firingMs, pagedMs),
    total: seconds(faultMs, pagedMs),
  };
}

/** Prometheus stamps a scrape with the time it was due, which may be a few milliseconds before it was made. */
const CLOCK_SLACK_MS = 1_000;
