import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';

const INSTALL = fileURLToPath(new URL('install-chromium.sh', import.meta.url));

/** A real Chromium without a window: the one on this machine, or the one that Debian has. */
export async function launchChromium(): Promise<Browser> {
  const { status, stdout } = spawnSync(INSTALL, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0)
    throw new Error('Chromium is not here and could not be installed (apt-get install chromium)');
  return chromium.launch({
    executablePath: stdout.trim(),
    // Chromium refuses to run its sandbox for root, and only then it goes without: the page is our own.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-dev-shm-usage'],
  });
}
