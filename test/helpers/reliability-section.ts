import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { withSection } from '../world/report/marked-section.ts';

/** What runs of their own wrote into docs/reliability.md, in the order in which it stands there. */
export const SECTIONS = ['simulation', 'soak', 'no-restart', 'kills', 'histories', 'hostile'] as const;
export type Section = (typeof SECTIONS)[number];

/** Shows what came of a run, and with `isKept` writes it into docs/reliability.md. */
export function reportSection(name: Section, section: readonly string[], isKept: boolean): void {
  process.stdout.write(`\n${section.join('\n')}\n`);
  if (isKept) keepSection(name, section);
}

export function keepSection(name: Section, section: readonly string[]): void {
  const path = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
  writeFileSync(path, withSection(readFileSync(path, 'utf8'), name, section));
  process.stdout.write('wrote docs/reliability.md\n');
}

/** What a run was on. */
export function machine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return `Linux ${release()}, ${cpus().length} cores, ${gib} GiB, Node.js ${process.versions.node}`;
}

/** How busy the machine was just now, by the load of the last minute. */
export function load(): string {
  return (loadavg()[0] ?? 0).toFixed(0);
}

/** `2026-11-28 10:14 UTC` */
export function minute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
