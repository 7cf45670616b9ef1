/**
 * Installs the real OpenClaw versions that `npm run test:real` runs against into the user's cache.
 *
 *   node scripts/install-openclaw.ts [version…]
 *
 * Does nothing for a version that is there; an interrupted install is done again.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  cacheDirectory,
  installDirectory,
  installMarker,
  isOpenClawVersion,
  openClawVersions,
} from '../test/real/harness/installation.ts';
import type { OpenClawVersion } from '../test/real/harness/installation.ts';

const noop = 'npm:noop-package@1.0.0';

interface Recipe {
  readonly manifest: object;
  readonly npmFlags: readonly string[];
}

/**
 * Releases before 2026.9 depend on a git repository and on packages that no longer resolve. None of them is loaded by
 * the gateway or the node host (chat channels, documents, browsers), so an empty package takes their place.
 */
function withoutChannels(version: OpenClawVersion): Recipe {
  return {
    manifest: {
      private: true,
      dependencies: { openclaw: version },
      overrides: {
        libsignal: noop,
        '@whiskeysockets/baileys': noop,
        linkedom: noop,
        jimp: noop,
        'matrix-js-sdk': noop,
        '@matrix-org/matrix-sdk-crypto-wasm': noop,
        'pdfjs-dist': noop,
        '@lancedb/lancedb': noop,
        'playwright-core': noop,
      },
    },
    npmFlags: ['--ignore-scripts'],
  };
}

const recipes: Readonly<Record<OpenClawVersion, Recipe>> = {
  '2026.4.15': withoutChannels('2026.4.15'),
  '2026.7.1': withoutChannels('2026.7.1'),
  '2026.9.6': { manifest: { private: true, dependencies: { openclaw: '2026.9.6' } }, npmFlags: [] },
};

/** Another run that holds the lock longer than this has died without its pid being reused yet, or npm hangs. */
const lockPatienceMs = 15 * 60_000;

async function install(version: OpenClawVersion): Promise<void> {
  if (existsSync(installMarker(version))) {
    console.log(`openclaw ${version}: already in ${installDirectory(version)}`);
    return;
  }
  await withLock(join(cacheDirectory(), `openclaw-${version}.lock`), async () => {
    if (existsSync(installMarker(version))) return;
    const directory = installDirectory(version);
    const { manifest, npmFlags } = recipes[version];
    console.log(`openclaw ${version}: installing into ${directory} (about 600 MB, about a minute)`);
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await runNpm(['install', '--no-audit', '--no-fund', '--loglevel=error', ...npmFlags], directory);
    await writeFile(installMarker(version), `${new Date().toISOString()}\n`);
    console.log(`openclaw ${version}: installed`);
  });
}

/** One install at a time for each version; a lock whose owner is dead is taken over. */
async function withLock(path: string, body: () => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const deadline = Date.now() + lockPatienceMs;
  while (!(await tryLock(path))) {
    if (Date.now() > deadline)
      throw new Error(`${path} is held by another run; remove it if that run is gone`);
    await sleep(1_000);
  }
  try {
    await body();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (owner > 0 && !isRunning(owner)) await rm(path, { force: true });
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** npm is the machine's own; install scripts that call `node` must get a Node that OpenClaw supports: this one. */
async function runNpm(args: readonly string[], cwd: string): Promise<void> {
  const path = [dirname(process.execPath), process.env.PATH ?? ''].join(':');
  const npm = spawn('npm', args, { cwd, stdio: 'inherit', env: { ...process.env, PATH: path } });
  const code = await new Promise<number | null>((resolve, reject) => {
    npm.once('error', reject);
    npm.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`npm ${args.join(' ')} in ${cwd} ended with code ${code ?? 'none'}`);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  throw new Error(`needs Node >= 22.19, runs on ${process.versions.node}; use node_modules/.bin/node`);
}

const requested = process.argv.slice(2);
const unknown = requested.filter((text) => !isOpenClawVersion(text));
if (unknown.length > 0) {
  throw new Error(`unknown version ${unknown.join(', ')}; known are ${openClawVersions.join(', ')}`);
}
const versions = requested.length > 0 ? requested.filter(isOpenClawVersion) : openClawVersions;
for (const version of versions) await install(version);
