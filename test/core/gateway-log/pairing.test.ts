import { describe, expect, it } from 'vitest';

import type { Caller, PairingRequest } from '../../../src/core/model/gateway-record.ts';
import { adviceOf } from '../../../src/core/model/remedy.ts';
import { LoggedGateway } from '../../helpers/logged-gateway.ts';

const REQUEST = 'edbec5c6-cb9a-4754-bed8-5409db922f49';
const DEVICE = 'f'.repeat(64);
const APP: Caller = {
  role: 'node',
  clientId: 'openclaw-macos',
  displayName: 'Ana',
  instanceId: 'i1',
  from: 'x',
};
const NODE = { nodeId: DEVICE, displayName: 'Build', clientId: 'node-host', connected: false };

function wants(world: LoggedGateway, pairing: PairingRequest, from?: string): LoggedGateway {
  const caller: Caller = { role: 'unknown', deviceId: DEVICE, ...(from !== undefined && { from }) };
  return world.says({ kind: 'refused', auth: 'pairing_required', caller, times: 1, pairing }).advance(2);
}

function isPaired(world: LoggedGateway): LoggedGateway {
  return world.says({ kind: 'paired', deviceId: DEVICE }).advance(2);
}

describe('a device that a gateway wants approved', () => {
  it('is told by the name that the roster has for it, with the command that approves it', () => {
    const world = wants(new LoggedGateway({ rows: [NODE] }), { requestId: REQUEST, cause: 'role-upgrade' });
    const node = world.node('Build');
    expect(node).toMatchObject({ state: 'blocked', reasons: ['refused', 'pairing_required'] });
    expect(node.why).toContain('pairing_required: role-upgrade');
    expect(adviceOf(node.remedy)).toContain(`openclaw devices approve ${REQUEST}`);
    expect(node.evidence.calls?.refused).toMatchObject({ requestId: REQUEST, cause: 'role-upgrade' });
    expect(world.view.asking).toMatchObject([{ deviceId: DEVICE, requestId: REQUEST, name: 'Build' }]);
  });

  it('is told by the name that it was refused by before, where no roster has one', () => {
    const world = new LoggedGateway().refuses(APP, 'token_mismatch').advance(2);
    wants(world, { requestId: REQUEST }, 'x');
    expect(world.view.asking).toMatchObject([{ deviceId: DEVICE, name: 'Ana' }]);
    expect(adviceOf(world.node('Ana').remedy)).toContain(REQUEST);
  });

  it('that nobody can name is its gateway’s, with the command', () => {
    const world = wants(new LoggedGateway(), { requestId: REQUEST });
    expect(world.view.asking).toMatchObject([{ deviceId: DEVICE, requestId: REQUEST }]);
    expect(world.names).toEqual([]);
  });

  it('waits no more once somebody has approved it, and is not blocked', () => {
    const world = isPaired(wants(new LoggedGateway({ rows: [NODE] }), { requestId: REQUEST }));
    expect(world.view.asking).toEqual([]);
    const node = world.node('Build');
    expect(node.state).toBe('offline');
    expect(node.why).toContain('was approved after it had been refused');
    expect(node.evidence.calls?.approvedAgeMs).toBe(2_000);
  });

  it('is blocked again where that is taken back', () => {
    const world = isPaired(wants(new LoggedGateway({ rows: [NODE] }), {}));
    expect(wants(world, {}).node('Build').state).toBe('blocked');
  });

  it('was approved, but not for what it is refused for now', () => {
    const world = isPaired(new LoggedGateway({ rows: [NODE] }));
    const caller: Caller = { role: 'node', deviceId: DEVICE };
    world.refuses(caller, 'token_mismatch').says({ kind: 'paired', deviceId: DEVICE }).advance(2);
    expect(world.node('Build')).toMatchObject({ state: 'blocked', reasons: ['refused', 'token_mismatch'] });
  });

  it('is asked for by an id for as long as its gateway knows that, and longer by none', () => {
    const world = wants(new LoggedGateway({ rows: [NODE] }), { requestId: REQUEST }).advance(290);
    expect(adviceOf(world.node('Build').remedy)).toContain(REQUEST);
    world.advance(20);
    expect(world.node('Build').state).toBe('blocked');
    expect(adviceOf(world.node('Build').remedy)).toContain('<requestId>');
    expect(world.view.asking).toEqual([]);
  });

  it('is remembered with what is to be approved over a restart of the exporter', () => {
    const world = wants(new LoggedGateway({ rows: [NODE] }), { requestId: REQUEST }).exporterRestarts();
    world.advance(30);
    expect(adviceOf(world.node('Build').remedy)).toContain(REQUEST);
  });
});

describe('commands that the configuration of a gateway withholds from a node', () => {
  const WITHHELD = { kind: 'commands-withheld', deviceId: DEVICE, commands: 3 } as const;
  const withheld = (world: LoggedGateway) => world.node('Build').evidence.calls?.withheldCommands;
  const connects = (world: LoggedGateway): LoggedGateway => {
    world.rows = [
      { ...NODE, connected: true, connectedAtMs: world.now.wallMs, approvalState: 'approved' } as const,
    ];
    return world.advance(5);
  };
  /** The log has the line, and a moment later its node is attached. */
  const attachedWithFewer = (): LoggedGateway =>
    connects(new LoggedGateway({ rows: [NODE] }).says(WITHHELD).advance(1));

  it('are counted for as long as that connection lasts', () => {
    expect(withheld(attachedWithFewer().advance(3_600))).toBe(3);
  });

  it('are none once it has connected again and the log says nothing of it', () => {
    const world = attachedWithFewer().advance(3_600);
    expect(withheld(connects(world))).toBeUndefined();
  });

  it('are fewer where the log says so at its next connect', () => {
    const world = attachedWithFewer().advance(3_600);
    world.says({ ...WITHHELD, commands: 1 });
    expect(withheld(connects(world))).toBe(1);
  });

  it('are forgotten with a start of the gateway, also where no roster and no verbose log tells of connects', () => {
    const world = attachedWithFewer();
    world.rows = null;
    world.says({ kind: 'starting' }).advance(1);
    expect(withheld(world)).toBeUndefined();
    expect(withheld(world.says(WITHHELD).advance(1))).toBe(3);
  });

  it('are none once a verbose log tells of a connect without them', () => {
    const world = wants(new LoggedGateway().refuses(APP, 'token_mismatch').advance(2), {}, 'x');
    const told = (): number | undefined => world.node('Ana').evidence.calls?.withheldCommands;
    const isLetIn = (): LoggedGateway => world.says({ kind: 'attached', caller: APP }).advance(1);
    world.says(WITHHELD).advance(1);
    isLetIn();
    expect(told()).toBe(3);
    world.advance(60);
    isLetIn();
    expect(told()).toBeUndefined();
  });

  it('of long ago, read in the history of a log, are none of a connection of later', () => {
    const world = connects(new LoggedGateway({ rows: [NODE] }));
    world.says(WITHHELD, { recency: 'history', agoSeconds: 3_600 }).advance(1);
    expect(withheld(world)).toBeUndefined();
  });

  it('are remembered over a restart of the exporter', () => {
    expect(withheld(attachedWithFewer().exporterRestarts().advance(10))).toBe(3);
  });
});

describe('a gateway’s own words', () => {
  it('tell one that was stopped from one that fell over', () => {
    const world = new LoggedGateway();
    world.says({ kind: 'stopping', signal: 'SIGTERM' }).goesDown().advance(10);
    expect(world.view.why).toContain('by its log SIGTERM stopped it');
    world.comesBack().says({ kind: 'ready' }).advance(10);
    expect(world.view.life).toMatchObject({ phase: 'ready' });
    world.goesDown().advance(10);
    expect(world.view.why).not.toContain('stopped it');
  });
});
