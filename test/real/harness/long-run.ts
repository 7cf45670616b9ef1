import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What runs of an hour have in common: both versions, a line with a time. */

/** @throws Error for what is no number of hours */
export function hoursOf(text: string): number {
  const hours = Number(text);
  if (!(hours > 0)) throw new Error(`--hours ${text}: want a number above 0, as in 1 or 0.1`);
  return hours;
}

export function installBothVersions(): void {
  const installer = fileURLToPath(new URL('../../../scripts/install-openclaw.ts', import.meta.url));
  const { status } = spawnSync(process.execPath, [installer, '2026.4.15', '2026.9.6'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('OpenClaw could not be installed');
}

/** `02:30:25`, in UTC. */
export function time(date: Date): string {
  return date.toISOString().slice(11, 19);
}

export function say(line: string): void {
  process.stdout.write(`${time(new Date())}  ${line}\n`);
}
