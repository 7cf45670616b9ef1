import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PAGE_RULES, pagesOf } from '../../src/notify/page.ts';
import { parseDuration } from '../../src/config/duration.ts';
import { alertRules } from '../helpers/alert-rules.ts';
import { aGateway, ago, aNode, aSnapshot, aZombie } from '../helpers/snapshots.ts';

it('each page is a critical rule that ships, and waits as long as that does', () => {
  const shipped = new Map(alertRules().map((rule) => [rule.alert, rule]));
  for (const { alert, holdMs } of Object.values(PAGE_RULES)) {
    const rule = shipped.get(alert);
    expect(rule?.labels.severity, alert).toBe('critical');
    expect(holdMs, alert).toBe(parseDuration(rule?.for ?? '0s') ?? 0);
  }
});

it('what pages by the shipped rules and is not told is named in docs/notify.md', () => {
  const page = readFileSync(new URL('../../docs/notify.md', import.meta.url), 'utf8');
  const told = new Set<string>(Object.values(PAGE_RULES).map(({ alert }) => alert));
  const [listed = '', notTold = ''] =
    page.split(/## What is told|Each is told once/)[1]?.split('Not told are') ?? [];
  for (const { alert, labels } of alertRules()) {
    if (labels.severity === 'critical') expect(told.has(alert) ? listed : notTold).toContain(`\`${alert}\``);
  }
});

it('a zombie is a page that says why, and what to do', () => {
  const { pages } = pagesOf(aSnapshot({ nodes: [aZombie({ name: 'mac' })], gateways: [] }));
  expect(pages).toMatchObject([
    {
      labels: { alertname: 'OpenClawNodeHostZombie', node_host: 'mac', state: 'zombie', reason: 'silent' },
      summary: 'Node host mac is zombie.',
      startsAtMs: ago(90).wallMs,
    },
  ]);
  expect(pages[0]?.description).toMatch(/^mac: its process runs .* Restart it: /);
});

it('an app that is refused wakes nobody, nor does a node host that recovers by itself', () => {
  const quiet = [
    aNode({ kind: 'app', state: 'blocked', reasons: ['refused', 'token_mismatch'] }),
    aNode({ state: 'reconnecting' }),
    aNode({ state: 'gateway-down' }),
    aNode({ state: 'starting' }),
  ];
  expect(pagesOf(aSnapshot({ nodes: quiet, gateways: [] })).pages).toEqual([]);
});

it('a gateway that is away, or lets nobody in, is a page', () => {
  const gateways = [aGateway({ name: 'a', health: 'down' }), aGateway({ name: 'b', health: 'deaf' })];
  expect(pagesOf(aSnapshot({ nodes: [], gateways })).pages.map(({ key }) => key)).toEqual([
    'OpenClawGatewayDown gateway a',
    'OpenClawGatewayDeaf gateway b',
  ]);
});

it('of what nobody can tell nothing is said', () => {
  const { pages, unsure } = pagesOf(
    aSnapshot({
      nodes: [aNode({ name: 'x', state: 'unknown' })],
      gateways: [aGateway({ name: 'g', health: 'unknown' })],
    }),
  );
  expect(pages).toEqual([]);
  expect([...unsure]).toEqual(['node local:x', 'gateway g']);
});
