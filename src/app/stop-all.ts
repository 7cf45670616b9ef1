import { within } from '../runtime/within.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** How long stopping may take before whatever still hangs is left behind. */
const STOP_DEADLINE_MS = 5_000;

/** How to end one part of the exporter. */
export type Stop = () => Promise<void> | undefined;

/**
 * Ends all parts at once and waits for them, 5 s at most. Never rejects: one that fails to end, or never does, must keep
 * nobody from what comes after, the last save above all.
 */
export async function stopAll(
  stops: readonly Stop[],
  { telemetry }: { readonly telemetry: Pick<Telemetry, 'surprised'> },
): Promise<void> {
  const parts = stops.map(async (stop) => {
    try {
      await stop();
    } catch (error: unknown) {
      telemetry.surprised('stopping', error);
    }
  });
  await within(STOP_DEADLINE_MS, Promise.all(parts));
}
