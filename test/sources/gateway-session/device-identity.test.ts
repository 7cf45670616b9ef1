import { createPublicKey, verify } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  borrowDeviceIdentity,
  deviceIdOf,
  loadDeviceIdentity,
} from '../../../src/sources/gateway-session/device-identity.ts';
import { CAPTURED_VERSIONS, capturedRequests } from '../../helpers/captured-frames.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'identity-')), 'state');
  path = join(dir, 'device-identity.json');
});
afterEach(async () => {
  await rm(join(dir, '..'), { recursive: true });
});

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

describe('the device id', () => {
  it.each(CAPTURED_VERSIONS)('is the one that OpenClaw %s derives from the same key', (version) => {
    const devices = capturedRequests(version, 'connect').map(
      ({ params }) => params?.device as { id: string; publicKey: string },
    );
    expect(devices.length).toBeGreaterThan(0);
    for (const { id, publicKey } of devices) expect(deviceIdOf(publicKey)).toBe(id);
  });
});

describe('the device identity', () => {
  it('is made on first use, for its owner only, and is the same ever after', async () => {
    const first = await loadDeviceIdentity(dir);
    const second = await loadDeviceIdentity(dir);
    expect(first.warnings).toEqual([]);
    expect(second.identity.deviceId).toBe(first.identity.deviceId);
    expect(first.identity.deviceId).toBe(deviceIdOf(first.identity.publicKey));
    expect(await modeOf(path)).toBe(0o600);
    expect(await modeOf(dir)).toBe(0o700);
    expect(await readdir(dir)).toEqual(['device-identity.json']);
  });

  it('signs what its public key verifies, also after it was read back', async () => {
    await loadDeviceIdentity(dir);
    const { identity } = await loadDeviceIdentity(dir);
    const key = createPublicKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'Ed25519', x: identity.publicKey },
    });
    const signature = Buffer.from(identity.sign('v3|größe'), 'base64url');
    expect(verify(null, Buffer.from('v3|größe', 'utf8'), key, signature)).toBe(true);
  });

  it('does not show its private key when it is printed', async () => {
    const { identity } = await loadDeviceIdentity(dir);
    expect(inspect(identity, { depth: 9, showHidden: true })).not.toMatch(/PRIVATE|privateKey/);
  });

  it('is one for all gateways that are dialled at once', async () => {
    const loaded = await Promise.all(Array.from({ length: 12 }, () => loadDeviceIdentity(dir)));
    expect(new Set(loaded.map(({ identity }) => identity.deviceId)).size).toBe(1);
    expect(loaded.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(await readdir(dir)).toEqual(['device-identity.json']);
  });

  it.each([
    ['torn', '{"version":1,"dev', /not JSON/],
    ['empty', '', /not JSON/],
    ['of another program', '{"version":1,"deviceId":"x","token":"tok-3f9c0d7e"}', /not of its form/],
    ['of a later version', '{"version":2,"deviceId":"x","privateKeyPem":"x"}', /not of its form/],
    [
      'without a key',
      '{"version":1,"deviceId":"x","privateKeyPem":"tok-3f9c0d7e"}',
      /no readable private key/,
    ],
  ])('that is %s is set aside, and a new one made', async (_what, content, why) => {
    await mkdir(dir);
    await writeFile(path, content, { mode: 0o600 });
    const { warnings, identity } = await loadDeviceIdentity(dir);
    expect(warnings).toEqual([expect.stringMatching(why)]);
    expect(warnings.join()).not.toContain('tok-3f9c0d7e');
    expect(await readFile(`${path}.broken-1`, 'utf8')).toBe(content);
    expect((await loadDeviceIdentity(dir)).identity.deviceId).toBe(identity.deviceId);
  });

  it('whose id belongs to another key is set aside, and an older one stays', async () => {
    await loadDeviceIdentity(dir);
    const stored = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...stored, deviceId: 'f'.repeat(64) }));
    await writeFile(`${path}.broken-1`, 'an older one');
    const { warnings } = await loadDeviceIdentity(dir);
    expect(warnings).toEqual([expect.stringMatching(/do not belong together.*broken-1/)]);
    expect(await readFile(`${path}.broken-2`, 'utf8')).toBe('an older one');
  });

  it('that others may read is tightened, with a warning, and kept', async () => {
    const { identity } = await loadDeviceIdentity(dir);
    await chmod(path, 0o644);
    const again = await loadDeviceIdentity(dir);
    expect(again.identity.deviceId).toBe(identity.deviceId);
    expect(again.warnings).toEqual([expect.stringMatching(/readable by others \(mode 0644\).*now 0600/)]);
    expect(await modeOf(path)).toBe(0o600);
  });

  it('leaves the mode of a directory alone that was there before', async () => {
    await mkdir(dir, { mode: 0o755 });
    await loadDeviceIdentity(dir);
    expect(await modeOf(dir)).toBe(0o755);
  });

  it('lives for this run only where nothing can be kept, with a warning', async () => {
    await writeFile(join(dir, '..', 'file'), '');
    const loaded = await loadDeviceIdentity(join(dir, '..', 'file', 'state'));
    expect(loaded.warnings).toEqual([expect.stringMatching(/no device identity can be kept in/)]);
    expect(loaded.identity.deviceId).toBe(deviceIdOf(loaded.identity.publicKey));
  });
});

describe('a borrowed device identity', () => {
  it('is the one that is kept', async () => {
    const { identity } = await loadDeviceIdentity(dir);
    const borrowed = await borrowDeviceIdentity(dir, { throwAway: true });
    expect(borrowed.warnings).toEqual([]);
    expect(borrowed.identity?.deviceId).toBe(identity.deviceId);
  });

  it('is made up, and not kept, where none is and the gateway forgets it again', async () => {
    const first = await borrowDeviceIdentity(dir, { throwAway: true });
    const second = await borrowDeviceIdentity(dir, { throwAway: true });
    expect(first.identity?.deviceId).toMatch(/^[0-9a-f]{64}$/);
    expect(second.identity?.deviceId).not.toBe(first.identity?.deviceId);
    await expect(stat(dir)).rejects.toThrow('ENOENT');
  });

  it('is none where the gateway would keep a request for it', async () => {
    const { identity, warnings } = await borrowDeviceIdentity(dir, { throwAway: false });
    expect(identity).toBeUndefined();
    expect(warnings).toEqual([`${dir} holds no device identity, and none is made for one look`]);
    await expect(stat(dir)).rejects.toThrow('ENOENT');
  });

  it('leaves a broken file and a loose mode to the exporter', async () => {
    const kept = await loadDeviceIdentity(dir);
    await chmod(path, 0o644);
    const borrowed = await borrowDeviceIdentity(dir, { throwAway: false });
    expect(borrowed.identity?.deviceId).toBe(kept.identity.deviceId);
    expect(await modeOf(path)).toBe(0o644);

    await writeFile(path, '{"version":1}');
    const { identity, warnings } = await borrowDeviceIdentity(dir, { throwAway: false });
    expect(identity).toBeUndefined();
    expect(warnings[0]).toContain('(not of its form)');
    expect(await readdir(dir)).toEqual(['device-identity.json']);
  });
});
