import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The version of the original report, one between (protocol 4, `connected` lines, no ping), and a current one. */
export const openClawVersions = ['2026.4.15', '2026.7.1', '2026.9.6'] as const;
export type OpenClawVersion = (typeof openClawVersions)[number];

export function isOpenClawVersion(text: string): text is OpenClawVersion {
  return (openClawVersions as readonly string[]).includes(text);
}

/** Installed OpenClaws are 600 MB each and outlive a checkout, so they live in the user's cache. */
export function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return join(base, 'openclaw-liveness-exporter');
}

export function installDirectory(version: OpenClawVersion): string {
  return join(cacheDirectory(), `openclaw-${version}`);
}

/** Written last: an install without it was interrupted. */
export function installMarker(version: OpenClawVersion): string {
  return join(installDirectory(version), '.installed');
}

/** The script that `openclaw` on a PATH would run. */
export function entryPoint(version: OpenClawVersion): string {
  const path = join(installDirectory(version), 'node_modules', 'openclaw', 'openclaw.mjs');
  if (!existsSync(installMarker(version)) || !existsSync(path)) {
    throw new Error(
      `OpenClaw ${version} is not installed in ${installDirectory(version)}; run: node scripts/install-openclaw.ts ${version}`,
    );
  }
  return path;
}
