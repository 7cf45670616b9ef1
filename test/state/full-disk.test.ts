import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDeviceIdentity } from '../../src/sources/gateway-session/device-identity.ts';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { StateDirectory } from '../../src/state/state-directory.ts';
import { loadState } from '../../src/state/state-file.ts';
import { World } from '../helpers/world.ts';
import { aSmallDisk, canHaveSmallDisk } from '../helpers/small-disk.ts';

const aState = (wallMs: number) =>
  dehydrate(new World({}).core.memory(), { now: { monoMs: 0, wallMs }, logs: {} });

// Skipped where no file system of its own can be mounted: that takes root, on Linux.
describe.skipIf(!canHaveSmallDisk)('a full disk', () => {
  it('leaves the last state whole and nothing half-written, and once there is room the next is saved', async () => {
    const disk = aSmallDisk(256);
    const directory = new StateDirectory(join(disk.path, 'state'));
    await directory.claim();
    expect(await directory.save(aState(1_000))).toEqual({ ok: true });
    const before = readFileSync(join(directory.path, 'state.json'), 'utf8');

    disk.fill();
    expect(await directory.save(aState(2_000))).toMatchObject({
      ok: false,
      why: expect.stringMatching(/^ENOSPC/) as string,
    });
    expect(readFileSync(join(directory.path, 'state.json'), 'utf8')).toBe(before);
    expect(readdirSync(directory.path).toSorted()).toEqual(['exporter.lock', 'exporter.pid', 'state.json']);

    disk.free();
    expect(await directory.save(aState(3_000))).toEqual({ ok: true });
    expect(await loadState(directory.path, 4_000)).toMatchObject({ kind: 'restored' });
    await directory.release();
  });

  it('from the beginning keeps nobody from running, and is told', async () => {
    const disk = aSmallDisk(256);
    disk.fill();
    const directory = new StateDirectory(join(disk.path, 'state'));
    const claim = await directory.claim();
    expect(claim).toMatchObject({ kind: 'ours', doubts: [expect.stringContaining('ENOSPC')] });
    expect(await directory.save(aState(1_000))).toMatchObject({ ok: false });
    expect(directory.failures).toBeGreaterThanOrEqual(2);
    await directory.release();
  });

  it('gives the exporter a device identity for this run, and the one that was kept stays as it is', async () => {
    const disk = aSmallDisk(256);
    disk.fill();
    const lost = await loadDeviceIdentity(disk.path);
    expect(lost).toMatchObject({ warnings: [expect.stringContaining('ENOSPC')] });
    disk.free();
    const kept = await loadDeviceIdentity(disk.path);
    disk.fill();
    const again = await loadDeviceIdentity(disk.path);
    expect(again).toMatchObject({ warnings: [] });
    expect(again.identity.deviceId).toBe(kept.identity.deviceId);
  });
});
