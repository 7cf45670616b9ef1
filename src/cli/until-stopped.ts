import type { After } from '../runtime/after.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { EXIT } from '../runtime/exit-code.ts';
import { signalExitCode, type Signals, type StopSignal } from './signals.ts';

/** Longer than every deadline inside the exporter, shorter than the patience of systemd (90 s) and Kubernetes (30 s). */
const STOP_DEADLINE_MS = 10_000;

/** What asks a command to end: a signal, and one that does not want to wait any more. */
export interface StopRequest {
  readonly first: Promise<StopSignal>;
  readonly second: Promise<StopSignal>;
  close(): void;
}

/** Listens for signals from the start, so that one that comes while starting is not lost. */
export function listenForStop(signals: Signals): StopRequest {
  const first = Promise.withResolvers<StopSignal>();
  const second = Promise.withResolvers<StopSignal>();
  const awaited = [first, second];
  const close = signals.listen((signal) => awaited.shift()?.resolve(signal));
  return { first: first.promise, second: second.promise, close };
}

/**
 * Waits for a signal and stops; a second signal, or a stop that takes too long, ends it at once.
 *
 * @returns the exit code
 */
export async function untilStopped(
  running: { stop(): Promise<unknown> },
  {
    request,
    telemetry,
    after,
  }: { readonly request: StopRequest; readonly telemetry: Telemetry; readonly after: After },
): Promise<number> {
  telemetry.stopping({ signal: await request.first });
  let cancelDeadline = (): void => undefined;
  const outcome = await Promise.race([
    running.stop().then(() => ({ kind: 'stopped' }) as const),
    request.second.then((signal) => ({ kind: 'forced', signal }) as const),
    new Promise<{ readonly kind: 'late' }>((resolve) => {
      cancelDeadline = after(STOP_DEADLINE_MS, () => resolve({ kind: 'late' }));
    }),
  ]);
  cancelDeadline();
  request.close();
  switch (outcome.kind) {
    case 'stopped':
      telemetry.stopped();
      return EXIT.ok;
    case 'forced':
      telemetry.stoppedByForce({ reason: `a second signal (${outcome.signal})` });
      return signalExitCode(outcome.signal);
    case 'late':
      telemetry.stoppedByForce({ reason: `stopping took longer than ${STOP_DEADLINE_MS / 1_000} s` });
      return EXIT.failed;
  }
}
