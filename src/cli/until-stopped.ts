import type { After } from '../runtime/after.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { EXIT } from '../runtime/exit-code.ts';
import { signalExitCode, type Signals, type StopSignal } from './signals.ts';

/** Longer than every deadline inside the exporter, shorter than the patience of systemd (90 s) and Kubernetes (30 s). */
const STOP_DEADLINE_MS = 10_000;

interface Stoppable {
  stop(): Promise<unknown>;
}

/** Listens for signals from the start, so that one that comes while starting is not lost. */
export class StopRequest {
  readonly #waiting: ((signal: StopSignal) => void)[] = [];
  readonly #received: StopSignal[] = [];
  readonly #unlisten: () => void;

  constructor(signals: Signals) {
    this.#unlisten = signals.listen((signal) => {
      this.#received.push(signal);
      for (const resolve of this.#waiting.splice(0)) resolve(signal);
    });
  }

  /** Resolves with the first signal, or with the second. */
  async signal(nth: 1 | 2): Promise<StopSignal> {
    const already = this.#received[nth - 1];
    if (already !== undefined) return already;
    await new Promise<StopSignal>((resolve) => this.#waiting.push(resolve));
    return this.signal(nth);
  }

  close(): void {
    this.#unlisten();
  }
}

/**
 * Waits for a signal and stops; a second signal, or a stop that takes too long, ends it at once.
 *
 * @returns the exit code
 */
export async function untilStopped(
  running: Stoppable,
  {
    request,
    telemetry,
    after,
  }: { readonly request: StopRequest; readonly telemetry: Telemetry; readonly after: After },
): Promise<number> {
  telemetry.stopping({ signal: await request.signal(1) });
  let cancelDeadline = (): void => undefined;
  const outcome = await Promise.race([
    running.stop().then(() => ({ kind: 'stopped' }) as const),
    request.signal(2).then((signal) => ({ kind: 'forced', signal }) as const),
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
