import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pauseRecovery, resumeRecovery } from '../../../src/app/pause-requests.ts';
import { endPause, pauseInForce, setPause } from '../../../src/recovery/pause-file.ts';
import type { Pause } from '../../../src/recovery/rules/pause.ts';
import { ask, aServer, type Answer } from '../helpers.ts';

const NOW_MS = Date.parse('2026-11-27T03:00:00Z');
const PAUSE = '/-/recovery/pause?for=8h&reason=moving%20the%20gateway';
const POST = { method: 'POST' } as const;
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pause-'));
});
afterEach(() => rm(directory, { recursive: true }));

interface Asked {
  readonly path?: string;
  readonly options?: Parameters<typeof ask>[2];
  readonly isOn?: boolean;
  readonly isEnabled?: boolean;
}

/** As the exporter wires it: what is asked for over HTTP is in the file that recovery looks at. */
async function asked({
  path = PAUSE,
  options = POST,
  isOn = true,
  isEnabled = true,
}: Asked = {}): Promise<Answer> {
  const link = { pause: (pause: Pause) => setPause(directory, pause), resume: () => endPause(directory) };
  const server = await aServer({
    recovery: {
      isOn: () => isOn,
      isEnabled: () => isEnabled,
      pause: (length, reason) => pauseRecovery(link, { length, reason, nowWallMs: NOW_MS }),
      resume: () => resumeRecovery(link),
    },
  });
  return ask(server, path, options);
}

const inForce = (): Promise<Pause | undefined> => pauseInForce(directory, NOW_MS);

describe('/-/recovery/pause', () => {
  it('pauses until then, for that reason, and resume ends it', async () => {
    expect(await asked()).toMatchObject({
      status: 200,
      body: 'recovery is paused until 2026-11-27T11:00:00.000Z: moving the gateway\n',
    });
    expect(await inForce()).toEqual({ reason: 'moving the gateway', untilWallMs: NOW_MS + 8 * 3_600_000 });
    expect(await asked({ path: '/-/recovery/resume' })).toMatchObject({
      status: 200,
      body: 'recovery is not paused any more\n',
    });
    expect(await inForce()).toBeUndefined();
  });

  it.each([
    ['/-/recovery/pause', 'say for how long, at most a week'],
    ['/-/recovery/pause?for=8d&reason=x', 'say for how long, at most a week'],
    ['/-/recovery/pause?for=0m&reason=x', 'say for how long'],
    ['/-/recovery/pause?for=8h', 'say why'],
    ['/-/recovery/pause?for=8h&reason=%0a%20', 'say why'],
    ['/-/recovery/pause?for=8h&for=9h&reason=x', 'say for how long'],
  ])('%s pauses nothing', async (path, message) => {
    const answer = await asked({ path });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(message);
    expect(await inForce()).toBeUndefined();
  });

  it('keeps a reason in its line', async () => {
    const { body } = await asked({ path: '/-/recovery/pause?for=1h&reason=a%0aforged' });
    expect(body).toBe('recovery is paused until 2026-11-27T04:00:00.000Z: a forged\n');
  });

  it('says what the file system says where it cannot be written down', async () => {
    await rm(directory, { recursive: true });
    directory = '/proc/none';
    const answer = await asked();
    expect(answer.status).toBe(400);
    expect(answer.body).toMatch(/ENOENT|EACCES|no such file/i);
    directory = await mkdtemp(join(tmpdir(), 'pause-'));
  });

  it('does nothing where it is off, or recovery is, and says which', async () => {
    expect(await asked({ isEnabled: false })).toMatchObject({
      status: 403,
      body: expect.stringContaining('--web.enable-lifecycle') as string,
    });
    expect(await asked({ isOn: false })).toMatchObject({
      status: 409,
      body: expect.stringContaining('recovery.enabled') as string,
    });
    expect(await inForce()).toBeUndefined();
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('does nothing for %s', async (method) => {
    for (const path of [PAUSE, '/-/recovery/resume'])
      expect(await asked({ path, options: { method } })).toMatchObject({
        status: 405,
        headers: { allow: 'POST' },
      });
    expect(await inForce()).toBeUndefined();
  });

  it('does nothing for the page of another site, which a browser would let send a POST', async () => {
    const headers = { origin: 'https://evil.example' };
    await setPause(directory, { reason: 'x', untilWallMs: NOW_MS + 60_000 });
    for (const path of [PAUSE, '/-/recovery/resume'])
      expect(await asked({ path, options: { ...POST, headers } })).toMatchObject({ status: 403 });
    expect((await inForce())?.reason).toBe('x');
  });
});
