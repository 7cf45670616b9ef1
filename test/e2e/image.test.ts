import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packPackage } from '../helpers/packed.ts';
import { reservePort } from '../real/harness/ports.ts';

/*
 * The Dockerfile, built by buildah without a daemon on a base of this machine's Node without a shell, and what comes of it run
 * as a container runtime would: another root, read-only, another user. Takes root and Debian's `buildah`.
 */
const canBuild =
  process.geteuid?.() === 0 &&
  spawnSync('buildah', ['--version']).error === undefined &&
  // A container without privileges may not mount.
  spawnSync('unshare', ['--mount', 'true']).status === 0;
const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const INSPECTED = z.object({
  Docker: z.object({
    config: z.object({
      User: z.string(),
      Env: z.array(z.string()),
      Entrypoint: z.array(z.string()),
      Healthcheck: z.object({ Test: z.array(z.string()), Timeout: z.number() }),
      Volumes: z.record(z.string(), z.unknown()),
    }),
  }),
});

/** Mounts as a runtime does for a container with a read-only root and a volume, and becomes its process. */
const AS_A_CONTAINER = `set -e
root=$1; user=$2; shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=0700,uid=\${user%%:*} tmpfs "$root/state"
exec chroot --userspec="$user" "$root" "$@"`;

describe.skipIf(!canBuild)('the image (skipped: takes root and buildah)', () => {
  const work = mkdtempSync(join(tmpdir(), 'image-'));
  // Its own store, and none that needs a kernel module.
  const buildah = (...argv: readonly string[]): string => {
    const store = ['--root', join(work, 'store'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs'];
    const { status, stdout, stderr } = spawnSync('buildah', [...store, ...argv], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`buildah ${argv.join(' ')}:\n${stdout}${stderr}`);
    return stdout.trim();
  };
  let root = '';
  let config: z.infer<typeof INSPECTED>['Docker']['config'];

  beforeAll(() => {
    const { directory } = packPackage();
    copyFileSync(inRepository('Dockerfile'), join(directory, 'Dockerfile'));
    const base = join(work, 'base');
    spawnSync('bash', [inRepository('scripts/image-base.sh'), base, process.execPath]);
    const scratch = buildah('from', 'scratch');
    buildah('copy', '-q', scratch, base, '/');
    buildah('commit', '-q', '--rm', scratch, 'base');
    const cache = spawnSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).stdout.trim();
    const options = ['--isolation', 'chroot', '--format', 'docker', '-v', `${cache}:/root/.npm`];
    buildah('build', '-q', ...options, '--build-arg', 'BASE=localhost/base', '-t', 'exporter', directory);
    rmSync(directory, { recursive: true, force: true });
    config = INSPECTED.parse(JSON.parse(buildah('inspect', '--type', 'image', 'exporter'))).Docker.config;
    root = buildah('mount', buildah('from', 'exporter'));
  });
  afterAll(() => {
    if (root !== '') {
      buildah('umount', '--all');
      rmSync(work, { recursive: true, force: true });
    }
  });

  /** In a mount namespace of its own, which ends with it. */
  const asContainer = (argv: readonly string[], variables: readonly string[]) =>
    spawn('unshare', ['--mount', 'sh', '-c', AS_A_CONTAINER, 'sh', root, config.User, ...argv], {
      env: Object.fromEntries(
        [...config.Env, ...variables].map((entry) => entry.split(/=(.*)/s).slice(0, 2)),
      ) as Record<string, string>,
      stdio: ['ignore', 'ignore', 'pipe'],
    });

  it('runs as somebody, keeps what it keeps in one volume, and needs no shell', () => {
    expect(config.User).toBe('1000:1000');
    expect(Object.keys(config.Volumes)).toEqual(['/state']);
    for (const argv of [config.Entrypoint, config.Healthcheck.Test.slice(1)]) expect(argv[0]).toBe('node');
    expect(config.Healthcheck.Test[0]).toBe('CMD');
    for (const shell of ['bin/sh', 'bin/bash', 'usr/bin/sh'])
      expect(existsSync(join(root, shell))).toBe(false);
  });

  it('serves from a read-only root, and its health check tells one that hangs', async () => {
    const listen = [`OPENCLAW_LIVENESS_WEB_LISTEN_ADDRESS=127.0.0.1:${await reservePort()}`];
    const born = performance.now();
    const exporter = asContainer(config.Entrypoint, listen);
    const ended = new Promise((resolve) => exporter.once('close', resolve));
    let log = '';
    exporter.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const health = async (): Promise<number | null> => {
      const check = asContainer(config.Healthcheck.Test.slice(1), listen);
      return new Promise((resolve) => check.on('close', resolve));
    };
    try {
      await expect.poll(() => log, { timeout: 60_000 }).toContain('listening on');
      process.stdout.write(`image: serves ${Math.round(performance.now() - born)} ms after its start\n`);
      expect(log).not.toContain('state_directory');
      await expect.poll(health, { timeout: 30_000 }).toBe(0);
      exporter.kill('SIGSTOP');
      const asked = performance.now();
      expect(await health()).toBe(1);
      expect(performance.now() - asked).toBeLessThan(config.Healthcheck.Timeout / 1e6);
    } finally {
      exporter.kill('SIGCONT');
      exporter.kill('SIGTERM');
      await ended;
    }
  });
});
