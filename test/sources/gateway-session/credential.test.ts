import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/model/secret.ts';
import { createCredentialReader } from '../../../src/sources/gateway-session/credential.ts';
import type { Credential, CredentialSources } from '../../../src/sources/gateway-session/credential.ts';
import { KnownSecrets } from '../../../src/sources/known-secrets.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'credential-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

const file = async (name: string, content: string): Promise<string> => {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
};

const read = (sources: CredentialSources): Promise<Credential> => createCredentialReader(sources)();

const fingerprintOf = (credential: Credential): string | undefined =>
  credential.kind === 'none' ? undefined : credential.fingerprint;

/** With the value to see, for comparing. */
function revealed(credential: Credential): object {
  return 'value' in credential
    ? { kind: credential.kind, value: credential.value.reveal(), origin: credential.origin }
    : credential;
}

function fifo(name: string): string {
  const path = join(dir, name);
  execFileSync('mkfifo', [path]);
  return path;
}

/** All threads that Node reads files with wait for a writer that does not come, as they do for a network disk that is away. */
async function whileDisksHang(work: () => Promise<void>): Promise<void> {
  const path = fifo('hangs');
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  const opening = Array.from({ length: threads }, () => open(path, 'r'));
  try {
    await work();
  } finally {
    // Opened for both, it waits for nobody and sets them all free.
    const writer = openSync(path, 'r+');
    for (const file of await Promise.all(opening)) await file.close();
    closeSync(writer);
  }
}

describe('the credential', () => {
  it('comes from the token file before all, without the line end', async () => {
    const tokenFile = await file('token', 'from-file\n');
    const env = { token: new Secret('from-env') };
    expect(revealed(await read({ tokenFile, env }))).toEqual({
      kind: 'token',
      value: 'from-file',
      origin: tokenFile,
    });
  });

  it.each([
    [
      { token: new Secret('t'), tokenFile: '/nowhere', password: new Secret('p') },
      'token',
      't',
      'OPENCLAW_GATEWAY_TOKEN',
    ],
    [{ token: new Secret(' '), password: new Secret('p') }, 'password', 'p', 'OPENCLAW_GATEWAY_PASSWORD'],
  ])('comes from the environment before openclaw.json (%#)', async (env, kind, value, origin) => {
    const openclawConfigPath = await file('openclaw.json', '{ gateway: { auth: { token: "from-config" } } }');
    expect(revealed(await read({ env, openclawConfigPath }))).toEqual({ kind, value, origin });
  });

  it('comes from the file that the environment names', async () => {
    const tokenFile = await file('token', 'from-env-file');
    expect(revealed(await read({ env: { tokenFile, password: new Secret('p') } }))).toMatchObject({
      value: 'from-env-file',
    });
  });

  it('comes from openclaw.json when nothing else is given', async () => {
    const openclawConfigPath = await file('openclaw.json', '{ gateway: { auth: { token: "from-config" } } }');
    expect(revealed(await read({ openclawConfigPath }))).toEqual({
      kind: 'token',
      value: 'from-config',
      origin: `gateway.auth.token of ${openclawConfigPath}`,
    });
  });

  it.each([
    ['is absent', () => Promise.resolve(join(dir, 'none')), /^token file .*none does not exist$/],
    ['is empty', () => file('empty', ' \n'), /is empty$/],
    ['is a directory', () => Promise.resolve(dir), /cannot be read: not a regular file$/],
    ['is a FIFO that nobody writes to', () => Promise.resolve(fifo('pipe')), /read: not a regular file$/],
    ['is huge', () => file('huge', 'x'.repeat(65_537)), /cannot be read: larger than 65536 bytes$/],
  ])('is none when the file that was named %s, and nothing else is tried', async (_what, path, why) => {
    const credential = await read({ tokenFile: await path(), env: { token: new Secret('from-env') } });
    expect(credential).toEqual({ kind: 'none', why: [expect.stringMatching(why)] });
  });

  it('is none after a second where the disk of its file hangs', async () => {
    const tokenFile = await file('token', 'behind a disk that hangs');
    await whileDisksHang(async () => {
      expect(await read({ tokenFile })).toEqual({
        kind: 'none',
        why: [`token file ${tokenFile} cannot be read: no answer within 1000 ms`],
      });
    });
    expect(revealed(await read({ tokenFile }))).toMatchObject({ value: 'behind a disk that hangs' });
  });

  it('is none with a reason for each place, and the line where a file is broken', async () => {
    const openclawConfigPath = await file('openclaw.json', '{\n gateway: {{');
    expect(await read({ openclawConfigPath })).toEqual({
      kind: 'none',
      why: [expect.stringContaining('are not set'), `${openclawConfigPath}:2:12: is not valid JSON5`],
    });
    expect(await read({ openclawConfigPath: join(dir, 'absent.json') })).toMatchObject({
      why: [expect.anything(), `${join(dir, 'absent.json')} does not exist`],
    });
  });

  it('has a fingerprint that changes with it, and with its kind, and does not contain it', async () => {
    const fingerprint = async (env: CredentialSources['env']): Promise<string | undefined> =>
      fingerprintOf(await read(env === undefined ? {} : { env }));
    const one = await fingerprint({ token: new Secret('one') });
    expect(await fingerprint({ token: new Secret(' one\n') })).toBe(one);
    expect(await fingerprint({ token: new Secret('two') })).not.toBe(one);
    expect(await fingerprint({ password: new Secret('one') })).not.toBe(one);
    expect(one).toMatch(/^[0-9a-f]{16}$/);
  });

  it('does not show when the whole of it is printed', async () => {
    const credential = await read({ env: { token: new Secret('tok-3f9c0d7e') } });
    expect(inspect(credential, { depth: 9 }) + JSON.stringify(credential)).not.toContain('tok-3f9c0d7e');
  });

  it('is known to whoever shows the words of others, from the start and after each rotation', async () => {
    const secrets = new KnownSecrets();
    const tokenFile = await file('token', 'tok-of-the-file');
    const env = { password: new Secret('pw-of-the-environment') };
    const reader = createCredentialReader({ tokenFile, env }, secrets);
    await secrets.known();
    expect(secrets.scrub('tok-of-the-file, pw-of-the-environment')).toBe('[redacted], [redacted]');
    await file('token', 'tok-after-rotation');
    await reader();
    expect(secrets.scrub('tok-after-rotation')).toBe('[redacted]');
  });

  it('is read again each time: a rotated token needs no restart', async () => {
    const tokenFile = await file('token', 'old');
    const reader = createCredentialReader({ tokenFile });
    expect(revealed(await reader())).toMatchObject({ value: 'old' });
    await file('token', 'new');
    expect(revealed(await reader())).toMatchObject({ value: 'new' });
  });

  it('is seen to change when another file takes its place, or none', async () => {
    const tokenFile = await file('token', 'old');
    const reader = createCredentialReader({ tokenFile });
    expect(revealed(await reader())).toMatchObject({ value: 'old' });
    await rename(await file('next', 'new'), tokenFile);
    expect(revealed(await reader())).toMatchObject({ value: 'new' });
    await rm(tokenFile);
    expect(await reader()).toMatchObject({ kind: 'none' });
    await file('token', 'back');
    expect(revealed(await reader())).toMatchObject({ value: 'back' });
  });
});
