import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ask, aServer } from '../helpers.ts';

const ALERTS = readdirSync('docs/runbooks').map((file) => file.replace(/\.md$/, ''));

it('each runbook is a page, and every link in it that stays here leads to one', async () => {
  const server = await aServer();
  for (const alert of ALERTS) {
    const { status, headers, body } = await ask(server, `/runbooks/${alert}`);
    expect(status, alert).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
    const links = [...body.matchAll(/href="([^"]*)"/g)].map(([, link = '']) => link);
    for (const link of new Set(links.filter((it) => !it.startsWith('https://')))) {
      const { pathname } = new URL(link, `http://x/runbooks/${alert}`);
      expect((await ask(server, pathname)).status, `${alert}: ${link}`).toBe(200);
    }
  }
});

it('a runbook is found with and without .md: both are bases of a runbook_url', async () => {
  const server = await aServer();
  const { body } = await ask(server, '/runbooks/OpenClawNodeHostZombie.md');
  expect(body).toContain('<h1>OpenClawNodeHostZombie</h1>');
  expect(body).toContain('<code class="language-sh">openclaw-liveness-exporter check');
  expect(body).not.toMatch(/<script| style=/);
});

it.each([
  ['/runbooks', 'runbooks/README'],
  ['/runbooks/', 'README'],
])('%s leads to the list, wherever a proxy puts it', async (path, location) => {
  expect(await ask(await aServer(), path)).toMatchObject({ status: 302, headers: { location } });
});

it.each(['/runbooks/none', '/runbooks/..%2f..%2fpackage.json', '/runbooks/%2e%2e'])(
  '%s is none, and the answer says which there are',
  async (path) => {
    const { status, body } = await ask(await aServer(), path);
    expect(status).toBe(404);
    if (path.endsWith('none')) expect(body).toContain('OpenClawNodeHostZombie');
  },
);
