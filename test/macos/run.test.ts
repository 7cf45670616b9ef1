import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildFakeLibproc } from '../sources/darwin/fake-mac.ts';

const built = buildFakeLibproc();
if (built.ok) built.remove();
let results: string;
beforeEach(() => {
  results = mkdtempSync(join(tmpdir(), 'macos-results-'));
});
afterEach(() => {
  rmSync(results, { recursive: true });
});

it.skipIf(!built.ok || process.platform === 'darwin')(
  `what a person with a Mac runs holds here over Linux’s adapters and a launchd of our own${built.ok ? '' : ` (skipped: ${built.why})`}`,
  { timeout: 120_000 },
  () => {
    const script = fileURLToPath(new URL('run.ts', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, [script, '--rehearse', '--results', results], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/\n21 passed, 0 failed\n$/);
    expect(status).toBe(0);
    expect(readdirSync(results).toSorted()).toEqual([
      'launchctl-print-not-loaded.txt',
      'launchctl-print-restarting.txt',
      'launchctl-print-running.txt',
    ]);
  },
);
