import { expect, it } from 'vitest';
import { aRow, GATEWAY, World } from '../helpers/world.ts';

it('a device that a watched and a remembered gateway list is two nodes, also once both are watched', () => {
  const { core, now } = new World();
  const attic = { ...GATEWAY, name: 'attic:1', address: { host: 'attic', port: 1 } };
  const lists = (gateway: string): void => {
    const rows = [aRow({ nodeId: 'far' })];
    const common = { source: 'gateway-session', kind: 'roster', gateway, at: now, rttMs: 1 } as const;
    core.observe({ ...common, gatewayTsMs: now.wallMs, rows });
  };
  core.reconfigure({ ...core.options, targets: [], gateways: [GATEWAY] }, now);
  lists(GATEWAY.name);
  core.watchGateways([attic]);
  core.tick(now);
  lists(attic.name);
  core.watchGateways([attic, GATEWAY]);
  const { remotes } = core.beliefs;
  expect([...remotes].map(([key, { entry }]) => [key, entry.gateway])).toEqual([
    ['far@attic:1', 'attic:1'],
    ['far', GATEWAY.name],
  ]);
});
