import { describe, expect, it } from 'vitest';
import { after } from '../../src/core/model/time.ts';
import { World } from '../helpers/world.ts';

const LEGACY = { gatewayVersion: '2026.4.15' } as const;

describe('a node host whose process is not there', () => {
  // Fixed: a launcher on a busy machine took 16 s to bring its child about, and the node host was called down.
  it('and that has just been started again is not down', () => {
    const world = new World(LEGACY);
    const node = world.nodeHost({ version: '2026.4.15' }).attached().comesUntitled(25);
    world.advance(60);
    const seen = world.during(() => {
      node.exits();
      world.advance(1);
      node.startsAgain();
      world.advance(24);
      expect(world.view().why).toMatch(/another has just been started/);
      world.advance(60);
    });
    expect([...seen.states]).not.toContain('down');
    expect(seen.wasAlwaysLive).toBe(true);
  });

  it('and whose next process hangs before anybody can tell it from a launcher is down in the end', () => {
    const world = new World(LEGACY);
    const node = world.nodeHost({ version: '2026.4.15' }).attached().comesUntitled(1_000);
    world.advance(60);
    node.exits().startsAgain();
    world.advance(55);
    expect(node.state).toBe('reconnecting');
    world.secondsUntil('down', 10);
  });

  // Fixed (q3-63): its log was read before its process was looked for again, and overcame the refusal that had held the verdict.
  it('and whose log tells of an attempt since nobody was found is there again', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(60);
    node.exits();
    world.secondsUntil('down', 20);
    const at = after(world.now, 300);
    const event = { kind: 'connect-failed', reason: 'refused', echoesClose: false, message: '' } as const;
    world.core.observe({ source: 'log', kind: 'line', target: 'local', at, recency: 'live', event });
    world.core.tick(at);
    expect(world.core.snapshot(at).nodes.map(({ live }) => live)).toEqual([true]);
    world.advance(30);
    expect(node.state).toBe('down');
  });

  it('of 2026.4 is not accused of what it met: each start would end there again', () => {
    const world = new World(LEGACY);
    const node = world.nodeHost({ version: '2026.4.15' }).attached();
    world.advance(60);
    world.gateway.goesDown();
    node.exits();
    world.advance(120);
    expect(node.state).toBe('gateway-down');
    world.gateway.comesBack();
    world.secondsUntil('down', 20);
  });

  // Fixed: launchd starts one that exits at once every 10 s, and a life between two looks was not seen.
  it('and that lives for moments at a time may have lived again between two looks', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(60);
    for (let life = 0; life < 2; life += 1) {
      node.exits();
      world.advance(10);
      node.startsAgain();
      world.advance(2);
    }
    node.exits();
    world.advance(27);
    expect(node.state).toBe('reconnecting');
    world.secondsUntil('down', 5);
  });

  it('and that was approved after it had ended for want of that is down: the next start is let in', () => {
    const world = new World();
    const node = world
      .nodeHost({ bootMs: () => 3_000 })
      .isUnpaired()
      .meets('parks-pairing');
    world.gateway.pairs(node);
    world.advance(15);
    expect(node.reasons).toEqual(['refused', 'pairing_required']);
    node.exits();
    world.advance(60);
    expect(node.state).toBe('blocked');
    node.isApproved();
    world.secondsUntil('down', 10);
  });

  // Fixed: a lock-out of 5 min held for as long as the process that met it was gone.
  it('and that was locked out is down once the lock-out has run out, whoever tried meanwhile', () => {
    const world = new World(LEGACY);
    const node = world.nodeHost({ version: '2026.4.15' }).attached();
    world.advance(60);
    node.logs({
      kind: 'connect-failed',
      reason: 'auth',
      auth: 'rate_limited',
      echoesClose: false,
      message: 'unauthorized: too many failed authentication attempts (retry later)',
    });
    world.advance(1);
    node.exits();
    world.advance(300);
    expect(node.reasons).toEqual(['refused', 'rate_limited']);
    world.secondsUntil('down', 40);
  });

  // Fixed: a life that was killed before its first dial made it down, two minutes after the refusal (p1-762).
  it('and that ended before it had dialled is what the process before it was: refused', () => {
    const world = new World(LEGACY);
    const node = world.nodeHost({ version: '2026.4.15', bootMs: () => 20_000 }).attached();
    world.advance(60);
    world.gateway.refusesUsFor = 'token_mismatch';
    world.gateway.goesDown().comesBack();
    node.logs({
      kind: 'connect-failed',
      reason: 'auth',
      auth: 'token_mismatch',
      echoesClose: false,
      message: 'unauthorized: gateway token mismatch',
    });
    world.advance(1);
    node.exits();
    world.advance(150);
    node.startsAgain();
    world.advance(8);
    node.exits();
    const seen = world.during(() => world.advance(60));
    expect([...seen.states]).not.toContain('down');
    expect(node.reasons).toEqual(['refused', 'token_mismatch']);
  });

  // Fixed: the time since the first end counted for the second.
  it('and that ended again before anybody could tell it from a launcher has only just ended', () => {
    const world = new World(LEGACY);
    const node = world.nodeHost({ version: '2026.4.15' }).attached().comesUntitled(25);
    world.advance(60);
    node.exits();
    world.advance(40);
    expect(node.state).toBe('down');
    node.startsAgain();
    world.advance(3);
    node.exits();
    world.advance(10);
    expect(node.live).toBe(true);
    world.secondsUntil('down', 8);
  });

  // Fixed: each look that came late made it `unknown, just-started` again for 15 s.
  it.each(['that nobody ever saw', 'that ran before'])(
    'and %s, and that was down before we did not get to look, still is after that',
    (which) => {
      const world = new World();
      const node = world.nodeHost();
      if (which === 'that ran before') world.advance(60);
      node.exits();
      world.advance(60);
      expect(node.state).toBe('down');
      world.exporterHangs(20);
      const seen = world.during(() => world.advance(30));
      expect([...seen.states]).toEqual(['down']);
    },
  );

  it('and that had only just ended when we did not get to look may have been started since', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(60);
    node.exits();
    world.advance(3);
    world.exporterHangs(20);
    world.advance(5);
    expect(node.live).toBe(true);
    world.secondsUntil('down', 15);
  });
});
