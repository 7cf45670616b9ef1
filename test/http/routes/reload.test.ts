import { describe, expect, it } from 'vitest';
import type { ReloadReport } from '../../../src/http/routes/reload.ts';
import { ask, aServer } from '../helpers.ts';

/** A server that counts how often it is to reload. */
async function aReloadingServer({
  isEnabled = true,
  report = { ok: true, applied: [], needsRestart: [] },
}: { readonly isEnabled?: boolean; readonly report?: ReloadReport } = {}) {
  let reloads = 0;
  const server = await aServer({
    reload: {
      isEnabled: () => isEnabled,
      reload: () => {
        reloads += 1;
        return Promise.resolve(report);
      },
    },
  });
  return { server, reloads: () => reloads };
}

const POST = { method: 'POST' } as const;

describe('/-/reload', () => {
  it('reloads and says what is different now', async () => {
    const { server, reloads } = await aReloadingServer({
      report: { ok: true, applied: ['a: 1 -> 2', 'b: 3 -> 4'], needsRestart: ['c: 5 -> 6'] },
    });
    expect(await ask(server, '/-/reload', POST)).toMatchObject({
      status: 200,
      body: 'reloaded:\n  a: 1 -> 2\n  b: 3 -> 4\nneeds a restart to take effect:\n  c: 5 -> 6\n',
    });
    expect(reloads()).toBe(1);
  });

  it('answers 500 with every problem', async () => {
    const { server } = await aReloadingServer({ report: { ok: false, problems: ['one', 'two\nforged'] } });
    expect(await ask(server, '/-/reload', POST)).toMatchObject({
      status: 500,
      body: 'not reloaded, the configuration before stays in force:\n  one\n  two\\nforged\n',
    });
  });

  it('does nothing where it is off', async () => {
    const { server, reloads } = await aReloadingServer({ isEnabled: false });
    const answer = await ask(server, '/-/reload', POST);
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('--web.enable-lifecycle');
    expect(reloads()).toBe(0);
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('does nothing for %s', async (method) => {
    const { server, reloads } = await aReloadingServer();
    expect(await ask(server, '/-/reload', { method })).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
    });
    expect(reloads()).toBe(0);
  });

  it('does nothing for the page of another site, which a browser would let send a POST', async () => {
    const { server, reloads } = await aReloadingServer();
    for (const origin of ['https://evil.example', 'null', server.url]) {
      const headers = { origin, 'content-type': 'text/plain' };
      expect(await ask(server, '/-/reload', { ...POST, headers })).toMatchObject({ status: 403 });
    }
    expect(reloads()).toBe(0);
  });
});
