import { adviceOf } from '../../src/core/model/remedy.ts';
import { describe, expect, it } from 'vitest';
import { GATEWAY, World } from '../helpers/world.ts';

/** Nobody sees the process, and nothing says where it dials. */
function blindWorld(): World {
  return new World({ guessedGateway: true, process: false, socket: false, log: false });
}

describe('a gateway whose address was only guessed', () => {
  it('is unknown, and so is its node host, while nobody answers there', () => {
    const world = blindWorld();
    world.gateway.goesDown();
    world.advance(60);
    expect(world.view()).toMatchObject({ state: 'unknown', reasons: ['gateway-guessed'], live: true });
    expect(world.view().why).toContain('guessed (OpenClaw’s default): refused');
    expect(adviceOf(world.view().remedy)).toContain('--gateway.url');
    expect(world.gatewayView.health).toBe('unknown');
    // An alert on a gateway that nobody has must not fire.
    expect(world.gatewayView).not.toHaveProperty('httpUp');
    expect(world.gatewayView).not.toHaveProperty('wsUp');
  });

  it('leaves a node host in doubt that runs and does not say where it dials', () => {
    const world = new World({ guessedGateway: true, log: false });
    world.nodeHost().hidesItsEndpoint();
    world.gateway.goesDown();
    world.advance(120);
    expect(world.view()).toMatchObject({ state: 'unknown', reasons: ['gateway-guessed'] });
  });

  it('is down like any other once it has answered', () => {
    const world = blindWorld();
    world.advance(30);
    world.gateway.goesDown();
    world.advance(60);
    expect(world.view().state).toBe('gateway-down');
    expect(world.gatewayView.httpUp).toBe(false);
  });

  it('is down like any other when an earlier run had a session there', () => {
    const world = blindWorld();
    world.advance(30);
    world.gateway.goesDown();
    world.exporterRestarts().advance(60);
    expect(world.view().state).toBe('gateway-down');
  });

  it('is down like any other once a node host was seen to dial there', () => {
    const world = blindWorld();
    world.gateway.goesDown();
    world.advance(60);
    world.core.watchGateways([GATEWAY]);
    world.advance(1);
    expect(world.view().state).toBe('gateway-down');
  });

  it('does not hide that the process of a node host is gone', () => {
    const world = new World({ guessedGateway: true });
    world.nodeHost().exits();
    world.gateway.goesDown();
    world.advance(60);
    expect(world.view().state).toBe('down');
  });
});
