import { describe, expect, it } from 'vitest';

import type { Caller } from '../../../src/core/model/gateway-record.ts';
import { adviceOf } from '../../../src/core/model/remedy.ts';
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

describe('what helps a node that is refused for its token', () => {
  const CALLER: Caller = { role: 'node', displayName: 'Build', clientId: 'node-host', instanceId: 'i1' };
  const refused = (world: LoggedGateway): LoggedGateway => world.refuses(CALLER, 'token_mismatch').advance(2);
  const remedy = (world: LoggedGateway) => world.node('Build').remedy.kind;
  const madeForThisRun = (): LoggedGateway =>
    refused(
      new LoggedGateway().says({ kind: 'starting' }).says({ kind: 'token-regenerated', isSaved: false }),
    );

  it('is the gateway’s, where that can be read', () => {
    expect(remedy(refused(new LoggedGateway()))).toBe('give-credential');
    const saved = new LoggedGateway().says({ kind: 'token-regenerated', isSaved: true });
    expect(remedy(refused(saved))).toBe('give-credential');
  });

  it('is one that somebody sets, where the gateway made one for this run that nobody can read', () => {
    const { remedy } = madeForThisRun().node('Build');
    expect(adviceOf(remedy)).toContain('`openclaw config set gateway.auth.token <token>`');
    expect(adviceOf(remedy)).not.toContain('current');
    expect(adviceOf(refused(madeForThisRun()).node('Build').remedy)).toContain('restart the node host');
  });

  it('is so also after a restart of the exporter, which does not read that line again', () => {
    expect(remedy(madeForThisRun().exporterRestarts().advance(10))).toBe('set-gateway-token');
  });

  it('is the gateway’s again after the start that found one', () => {
    expect(remedy(refused(madeForThisRun().says({ kind: 'starting' })))).toBe('give-credential');
  });

  it('is an approval, where that is what it is refused for, whatever the token', () => {
    const world = madeForThisRun().refuses(CALLER, 'pairing_required').advance(2);
    expect(remedy(world)).toBe('approve-device');
  });
});
