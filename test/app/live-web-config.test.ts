import { chmod, copyFile, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LiveWebConfig } from '../../src/app/live-web-config.ts';
import { realFileSystem } from '../../src/config/file-system.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { pem } from '../http/security/web-fixtures.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/tls/web', import.meta.url));
const HASH = '$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze';
const SERVER = 'tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n';

let directory: string;
let log: string[];
let wallMs: number;
let stamps: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'web-config-'));
  log = [];
  wallMs = Date.UTC(2026, 10, 22);
  stamps = 0;
  await install('server', 'server');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Puts a certificate of the fixtures, and its key, in the place of the one that is served. */
async function install(certificate: string, key: string): Promise<void> {
  await Promise.all([
    copyFile(`${FIXTURES}/${certificate}.pem`, `${directory}/server.pem`),
    copyFile(`${FIXTURES}/${key}.key`, `${directory}/server.key`),
  ]);
  // git keeps no such mode, and a key that everybody can read is a doubt of its own.
  await chmod(`${directory}/server.key`, 0o600);
}

async function start(text: string): Promise<LiveWebConfig> {
  const path = `${directory}/web.yml`;
  await writeFile(path, text);
  const started = await LiveWebConfig.start({
    path,
    fileSystem: realFileSystem,
    wallMs: () => wallMs,
    telemetry: createTelemetry({
      level: 'debug',
      format: 'text',
      write: (line) => log.push(line),
      nowWallMs: () => wallMs,
    }),
    // Two writes within one tick of the file system's clock look the same; here each look sees a new one.
    stamp: () => Promise.resolve(String((stamps += 1))),
  });
  if (!started.ok) throw new Error(started.problems.map(({ message }) => message).join('\n'));
  return started.web;
}

function events(): readonly string[] {
  return log.map((line) => /event=(\S+)/.exec(line)?.[1] ?? '');
}

describe('a web config file', () => {
  it('that did not change is not read again', async () => {
    const path = `${directory}/web.yml`;
    await writeFile(path, SERVER);
    let reads = 0;
    const started = await LiveWebConfig.start({
      path,
      fileSystem: {
        ...realFileSystem,
        readText: (file) => {
          reads += 1;
          return realFileSystem.readText(file);
        },
      },
      wallMs: () => wallMs,
      telemetry: createTelemetry({ level: 'error', format: 'text' }),
    });
    const web = started.ok ? started.web : undefined;
    // What was read before anybody looked at its stamp is read once more.
    await web?.look();
    reads = 0;
    expect(await web?.look()).toBeUndefined();
    expect(await web?.look()).toBeUndefined();
    expect(reads).toBe(0);
    await writeFile(path, `${SERVER}# changed\n`);
    await web?.look();
    expect(reads).toBe(3);
  });

  it('that reads the same is no news', async () => {
    const web = await start(SERVER);
    expect(await web.look()).toBeUndefined();
    await writeFile(`${directory}/web.yml`, `${SERVER}# a word of explanation\n`);
    expect(await web.look()).toBeUndefined();
    expect(events()).toEqual([]);
  });

  it('with other users, or another certificate, is in force at the next look, and says so once', async () => {
    const web = await start(SERVER);
    wallMs += 60_000;
    await writeFile(`${directory}/web.yml`, `${SERVER}basic_auth_users:\n  alice: ${HASH}\n`);
    expect((await web.look())?.users).toEqual(new Map([['alice', HASH]]));
    await install('server-next', 'server-next');
    expect((await web.look())?.tls?.cert).toBe(pem('server-next.pem'));
    expect(await web.look()).toBeUndefined();
    expect(events()).toEqual(['web_config_loaded', 'web_config_loaded']);
    expect(web.status()).toEqual({
      isLastReloadSuccessful: true,
      loadedMs: wallMs,
      certificateNotAfterMs: Date.UTC(2120, 0, 1),
    });
  });

  it('that cannot be used leaves the last good one in force, says so once, and says when it is good again', async () => {
    const web = await start(SERVER);
    const before = web.policy;
    const loadedMs = wallMs;
    wallMs += 60_000;
    // As a renewal that was interrupted: the certificate is there, its key is not yet.
    await install('server-next', 'server');
    for (let look = 0; look < 3; look += 1) expect(await web.look()).toBeUndefined();
    expect(web.policy).toBe(before);
    expect(web.status()).toMatchObject({ isLastReloadSuccessful: false, loadedMs });
    expect(events()).toEqual(['web_config_rejected']);
    expect(log[0]).toContain('server.key is not the key of the certificate');
    await install('server-next', 'server-next');
    expect((await web.look())?.tls?.cert).toBe(pem('server-next.pem'));
    expect(web.status()).toMatchObject({ isLastReloadSuccessful: true, loadedMs: wallMs });
    expect(events()).toEqual(['web_config_rejected', 'web_config_loaded']);
  });

  it('that is as it was after a mistake is told to be good, though nothing changes', async () => {
    const web = await start(SERVER);
    await writeFile(`${directory}/web.yml`, 'tls_server_confg: {}\n');
    await web.look();
    await writeFile(`${directory}/web.yml`, SERVER);
    expect(await web.look()).toBeUndefined();
    expect(web.status().isLastReloadSuccessful).toBe(true);
    expect(events()).toEqual(['web_config_rejected', 'web_config_loaded']);
  });

  it('that is deleted leaves the last good one in force: a door does not fall open', async () => {
    const web = await start(`basic_auth_users:\n  alice: ${HASH}\n`);
    await rm(`${directory}/web.yml`);
    expect(await web.look()).toBeUndefined();
    expect(web.policy.users.size).toBe(1);
    expect(web.status().isLastReloadSuccessful).toBe(false);
  });

  it('tells of another mistake, and keeps secrets out of it', async () => {
    const web = await start(`basic_auth_users:\n  alice: ${HASH}\n`);
    await writeFile(`${directory}/web.yml`, 'basic_auth_users:\n  alice: hunter2-in-the-clear\n');
    await web.look();
    await writeFile(`${directory}/web.yml`, 'basic_auth_users: hunter2-in-the-clear\n');
    await web.look();
    expect(events()).toEqual(['web_config_rejected', 'web_config_rejected']);
    expect(log.join('')).not.toContain('hunter2');
    expect(log.join('')).not.toContain(HASH);
  });

  it('that becomes doubtful says so', async () => {
    const web = await start(SERVER);
    await writeFile(`${directory}/web.yml`, `basic_auth_users:\n  alice: ${HASH}\n`);
    await web.look();
    expect(events()).toEqual(['web_config_loaded', 'config_doubtful']);
    expect(log[1]).toContain('passwords without TLS');
  });

  it('is followed through the links of a mounted secret', async () => {
    const path = `${directory}/data.yml`;
    await writeFile(`${directory}/one.yml`, 'http_server_config:\n  headers:\n    X-XSS-Protection: "0"\n');
    await writeFile(`${directory}/two.yml`, 'http_server_config:\n  headers:\n    X-XSS-Protection: "1"\n');
    await symlink('one.yml', path);
    const started = await LiveWebConfig.start({
      path,
      fileSystem: realFileSystem,
      wallMs: () => wallMs,
      telemetry: createTelemetry({ level: 'error', format: 'text' }),
    });
    const web = started.ok ? started.web : undefined;
    await web?.look();
    // As the kubelet does: a new link is moved over the old one.
    await symlink('two.yml', `${directory}/next`);
    await rename(`${directory}/next`, path);
    expect((await web?.look())?.headers).toEqual({ 'X-XSS-Protection': '1' });
  });
});
