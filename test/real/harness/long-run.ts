import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withSection } from '../../world/report/marked-section.ts';

/** What runs of an hour have in common: both versions, a line with a time, a section of docs/reliability.md. */

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

/** Shows what came of a run, and with `isKept` writes it into docs/reliability.md. */
export function reportSection(name: string, section: readonly string[], isKept: boolean): void {
  process.stdout.write(`\n${section.join('\n')}\n`);
  if (!isKept) return;
  const path = fileURLToPath(new URL('../../../docs/reliability.md', import.meta.url));
  writeFileSync(path, withSection(readFileSync(path, 'utf8'), name, section));
  say('wrote docs/reliability.md');
}
