import { describe, expect, it } from 'vitest';

import { LoggedGateway } from '../../helpers/logged-gateway.ts';

describe('a restart of the gateway counts once', () => {
  it.each([
    ['its log and our session tell', [], true],
    ['only our session tells', [], false],
    ['only its log tells', null, true],
  ] as const)('where %s', (_, rows, logged) => {
    const world = new LoggedGateway({ rows });
    for (const restarts of [1, 2, 3]) {
      world.goesDown().advance(20).comesBack({ logged }).advance(40);
      expect(world.view.counters.restarts).toBe(restarts);
    }
  });

  it('where the log is read after the session was opened', () => {
    const world = new LoggedGateway({ rows: [] });
    world.goesDown().advance(20).comesBack({ logged: false }).advance(10);
    world.says({ kind: 'starting' }, { agoSeconds: 12, recency: 'catch-up' }).advance(10);
    expect(world.view.counters.restarts).toBe(1);
  });

  it('where it restarted three times while the exporter was away', () => {
    const world = new LoggedGateway({ rows: [] });
    world.goesDown().exporterRestarts({ awaySeconds: 3_600 }).comesBack({ logged: false }).advance(6);
    for (const agoSeconds of [3_000, 1_500, 7])
      world.says({ kind: 'starting' }, { agoSeconds, recency: 'catch-up' });
    expect(world.advance(10).view.counters.restarts).toBe(3);
  });

  it('where the exporter ends between the two', () => {
    const world = new LoggedGateway({ rows: [] });
    world.goesDown().advance(5);
    world.says({ kind: 'starting' }).exporterRestarts();
    world.comesBack({ logged: false }).advance(10);
    expect(world.view.counters.restarts).toBe(1);
  });

  it('and not the start of a gateway that nobody saw run before', () => {
    const world = new LoggedGateway({ rows: null });
    const fresh = new LoggedGateway({ rows: null });
    fresh.says({ kind: 'starting' }, { recency: 'history', agoSeconds: 60 }).advance(5);
    expect(fresh.view.counters.restarts).toBe(0);
    world.says({ kind: 'stopping', signal: 'SIGTERM' }).says({ kind: 'starting' }).advance(5);
    expect(world.view.counters.restarts).toBe(1);
  });
});

describe('a token that the gateway made itself', () => {
  it('is counted as soon as its log tells, and once for each start', () => {
    const world = new LoggedGateway();
    expect(world.view.counters.tokensRegenerated).toBe(0);
    world.says({ kind: 'token-regenerated', isSaved: false });
    expect(world.view.counters.tokensRegenerated).toBe(1);
    world.says({ kind: 'token-regenerated', isSaved: false }, { recency: 'catch-up', agoSeconds: 60 });
    expect(world.view.counters.tokensRegenerated).toBe(2);
  });

  it('before anybody looked is none of ours', () => {
    const world = new LoggedGateway();
    world.says({ kind: 'token-regenerated', isSaved: true }, { recency: 'history', agoSeconds: 60 });
    expect(world.view.counters.tokensRegenerated).toBe(0);
  });
});
