import { describe, expect, it } from 'vitest';
import { World, type WorldOptions } from '../helpers/world.ts';

/*
 * What alerts rest on: `openclaw_nodehost_gateway_up` by transport. The pair "HTTP 1, WebSocket 0" pages for a deaf
 * gateway, so it must not be seen when the gateway only comes up, or when it is us whom it refuses.
 */

interface Shown {
  readonly http: boolean | undefined;
  readonly ws: boolean | undefined;
}

function shown(world: World): Shown {
  const { httpUp, wsUp } = world.gatewayView;
  return { http: httpUp, ws: wsUp };
}

/** Every different pair that a scrape each second shows for so long. */
function shownDuring(world: World, seconds: number): readonly string[] {
  const pairs = new Set<string>();
  for (let second = 0; second < seconds; second += 1) {
    world.advance(1);
    const { http, ws } = shown(world);
    pairs.add(`http ${http ?? '-'}, ws ${ws ?? '-'}`);
  }
  return [...pairs];
}

function healthy(options: WorldOptions = {}): World {
  const world = new World(options);
  world.nodeHost().attached();
  world.advance(60);
  return world;
}

describe('a gateway', () => {
  it('that answers on both sides is up on both', () => {
    expect(shown(healthy())).toEqual({ http: true, ws: true });
  });

  it('that is down is down on both', () => {
    const world = healthy();
    world.gateway.goesDown('SIGKILL');
    world.advance(10);
    expect(shown(world)).toEqual({ http: false, ws: false });
  });

  it('that is frozen is down on both', () => {
    const world = healthy();
    world.gateway.freezes();
    world.advance(30);
    expect(shown(world)).toEqual({ http: false, ws: false });
  });

  it('that comes up, and tells everybody for 19 s that it is starting, is never shown as deaf', () => {
    const world = healthy();
    world.gateway.goesDown();
    world.advance(30);
    world.gateway.comesBack({ startsForSeconds: 19 });
    const pairs = shownDuring(world, 40);
    expect(pairs.slice(-2)).toEqual(['http true, ws -', 'http true, ws true']);
    expect(pairs).not.toContain('http true, ws false');
  });

  it('that is restarted is never shown as deaf', () => {
    for (const seconds of [1, 3, 10]) {
      const world = healthy();
      world.gateway.goesDown();
      world.advance(seconds);
      world.gateway.comesBack({ startsForSeconds: 8 });
      expect(shownDuring(world, 40)).not.toContain('http true, ws false');
    }
  });

  it('that is deaf shows it, once that is certain', () => {
    const world = healthy();
    world.gateway.isDeaf = true;
    const pairs = shownDuring(world, 60);
    expect(pairs.at(-1)).toBe('http true, ws false');
    expect(world.gatewayView.health).toBe('deaf');
  });
});

describe('a gateway that answers in words that we do not know', () => {
  it('is not deaf, and its node hosts are seen without our session', () => {
    const world = healthy({ credential: false }).advance(1);
    world.observe({
      source: 'gateway-session',
      at: world.now,
      kind: 'failed',
      reason: 'protocol',
      message: 'the hello of the gateway was not understood',
    });
    world.advance(22);
    expect(shown(world)).toEqual({ http: true, ws: undefined });
    expect(world.gatewayView).toMatchObject({
      health: 'healthy',
      why: 'HTTP answers; its WebSocket side and the exporter do not understand each other: the hello of the gateway was not understood',
    });
    expect(world.view().state).toBe('alive');
  });
});

describe('our own credential', () => {
  it('that is refused does not make the gateway deaf: it answered', () => {
    const world = new World();
    world.gateway.refusesUsFor = 'token_mismatch';
    expect(shownDuring(world, 120).at(-1)).toBe('http true, ws true');
    expect(shownDuring(world, 600)).toEqual(['http true, ws true']);
  });

  it('that was refused says nothing of a gateway that went down since', () => {
    const world = new World();
    world.gateway.refusesUsFor = 'token_mismatch';
    world.advance(30);
    world.gateway.goesDown();
    world.advance(15);
    expect(shown(world)).toEqual({ http: false, ws: undefined });
  });

  it('that is missing leaves the WebSocket side not known', () => {
    expect(shown(healthy({ credential: false }))).toEqual({ http: true, ws: undefined });
  });
});
