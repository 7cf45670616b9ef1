import { execFile } from 'node:child_process';
import { messageOf } from './error-parts.ts';

/** Tells systemd of this process's life, as sd_notify(3) does. Never rejects: what it could not tell, it says. */
export interface NotifyServiceManager {
  /** Between two signs of life at most; absent where nobody waits for any. */
  readonly watchdogMs?: number;
  /** `undefined`: it was told. */
  tell(...assignments: readonly string[]): Promise<string | undefined>;
}

/** It takes 4 ms; it waits until the manager has read it. */
const DEADLINE_MS = 5_000;

/**
 * By `systemd-notify`, which every systemd brings: Node has no datagram socket of the Unix kind (docs/decisions/0007).
 *
 * @returns `undefined` where no service manager asked to be told
 */
export function notifyServiceManager(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): NotifyServiceManager | undefined {
  const { NOTIFY_SOCKET, PATH, WATCHDOG_USEC, WATCHDOG_PID } = environment;
  if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === '') return undefined;
  const isOurs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid;
  const watchdogMs = isOurs ? Number(WATCHDOG_USEC) / 1_000 : Number.NaN;
  return {
    ...(watchdogMs > 0 && { watchdogMs }),
    tell: (...assignments) =>
      new Promise((resolve) => {
        const options = { env: { NOTIFY_SOCKET, PATH }, timeout: DEADLINE_MS, encoding: 'utf8' } as const;
        execFile('systemd-notify', assignments, options, (error, _, errors) => {
          if (error === null) resolve(undefined);
          else resolve(errors.trim() === '' ? messageOf(error) : errors.trim());
        });
      }),
  };
}
