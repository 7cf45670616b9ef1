import { describe, expect, it } from 'vitest';
import {
  changesRoster,
  hostStatsNodeId,
  interpretRoster,
} from '../../../src/sources/gateway-session/interpret-roster.ts';
import { CAPTURED_VERSIONS, capturedAnswers, capturedLines } from '../../helpers/captured-frames.ts';

const captured = (version: (typeof CAPTURED_VERSIONS)[number]): unknown =>
  capturedAnswers(version, 'node.list')[0]?.payload;

const NONE = { count: 0, complaints: [] };

describe('the answer to node.list', () => {
  it('of 2026.4.15 is read exactly', () => {
    expect(interpretRoster(captured('2026.4.15'))).toEqual({
      kind: 'roster',
      gatewayTsMs: 1_795_313_487_475,
      rows: [
        {
          nodeId: '2e40b5fc8ed33759bb27536ab4201a50d6dc9e0c213debd731027eae89bbab7e',
          displayName: 'NodeA',
          clientId: 'node-host',
          version: '2026.4.15',
          platform: 'linux',
          connected: true,
          paired: true,
          commandCount: 4,
          approvedAtMs: 1_795_312_080_351,
          connectedAtMs: 1_795_313_482_912,
        },
      ],
      dropped: NONE,
    });
  });

  it('of 2026.9.6 is read exactly', () => {
    expect(interpretRoster(captured('2026.9.6'))).toEqual({
      kind: 'roster',
      gatewayTsMs: 1_795_313_487_538,
      rows: [
        {
          nodeId: '65eb1fd96d58271b96ecd361da270dbdf00ee0923fc6351cd44ce70519a59313',
          displayName: 'NodeA',
          clientId: 'node-host',
          version: '2026.9.6',
          platform: 'linux',
          connected: true,
          paired: true,
          approvalState: 'approved',
          commandCount: 13,
          approvedAtMs: 1_795_311_979_854,
          connectedAtMs: 1_795_313_483_424,
          lastConnectedAtMs: 1_795_313_483_424,
          lastSeenAtMs: 1_795_313_483_424,
          hostStatsUpdatedAtMs: 1_795_313_483_549,
          hostStats: {
            cpuCount: 2,
            loadAverage: 0.89,
            memoryTotalBytes: 25_276_502_016,
            memoryFreeBytes: 22_275_567_616,
            diskTotalBytes: 270_553_174_016,
            diskAvailableBytes: 79_831_457_792,
          },
        },
      ],
      dropped: NONE,
    });
  });

  it.each(CAPTURED_VERSIONS)('of %s leaves nothing of the path or the addresses behind', (version) => {
    expect(JSON.stringify(captured(version))).toContain('/usr/local/bin');
    expect(JSON.stringify(interpretRoster(captured(version)))).not.toMatch(/\/usr|pathEnv|remoteIp/);
  });

  it.each([
    ['192.168.7.20', true],
    ['fd00::7', true],
    ['127.0.0.1', undefined],
    ['::1', undefined],
    ['::ffff:127.0.0.1', undefined],
    ['', undefined],
    [null, undefined],
    [7, undefined],
  ])(
    'of a session that came from %j tells whether that is elsewhere, not where',
    (remoteIp, fromElsewhere) => {
      const roster = interpretRoster({ ts: 1, nodes: [{ nodeId: 'a', connected: true, remoteIp }] });
      expect(roster).toMatchObject({ rows: [{ nodeId: 'a', connected: true }], dropped: { count: 0 } });
      expect(roster).toHaveProperty('rows', [
        { nodeId: 'a', connected: true, ...(fromElsewhere && { fromElsewhere }) },
      ]);
    },
  );

  it('keeps when the gateway last heard of one that is gone', () => {
    const nodes = [{ nodeId: 'a', connected: false, lastSeenAtMs: 5 }];
    expect(interpretRoster({ ts: 9, nodes })).toMatchObject({ rows: [{ lastSeenAtMs: 5 }] });
  });

  it('loses a row that is not understood, and keeps the others', () => {
    const nodes = [
      { nodeId: 'a', connected: true },
      { nodeId: 'b', connected: 'yes', secret: 'tok-3f9c0d7e' },
      { connected: true },
      'not a row',
      { nodeId: 'c', connected: false, lastDisconnectedAtMs: 7 },
    ];
    const roster = interpretRoster({ ts: 1, nodes });
    expect(roster).toMatchObject({
      kind: 'roster',
      rows: [
        { nodeId: 'a', connected: true },
        { nodeId: 'c', connected: false, lastDisconnectedAtMs: 7 },
      ],
      dropped: {
        count: 3,
        complaints: [
          expect.stringMatching(/^nodes\[1\]\.connected: /),
          expect.stringMatching(/^nodes\[2\]\.nodeId: /),
          expect.stringMatching(/^nodes\[3\]\./),
        ],
      },
    });
    expect(JSON.stringify(roster)).not.toContain('tok-3f9c0d7e');
  });

  it('may leave out, or set to null, all but the id and whether it is connected', () => {
    const bare = { nodeId: 'a', connected: false };
    const nulls = {
      ...bare,
      displayName: null,
      commands: null,
      hostStats: null,
      paired: null,
      approvalState: null,
    };
    expect(interpretRoster({ ts: 1, nodes: [bare, nulls] })).toMatchObject({
      rows: [bare, bare],
      dropped: NONE,
    });
  });

  it('may have an approval state from a later version', () => {
    const roster = interpretRoster({
      ts: 1,
      nodes: [{ nodeId: 'a', connected: true, approvalState: 'on-probation' }],
    });
    expect(roster).toMatchObject({ rows: [{ nodeId: 'a', connected: true }], dropped: NONE });
    expect(JSON.stringify(roster)).not.toContain('on-probation');
  });

  it('is cut where a name has no end', () => {
    const roster = interpretRoster({
      ts: 1,
      nodes: [{ nodeId: 'a', connected: true, displayName: 'x'.repeat(9_999) }],
    });
    expect(roster).toMatchObject({ rows: [{ displayName: 'x'.repeat(256) }] });
  });

  it('has no text without a bound, however many megabytes the gateway sends', () => {
    const endless = 'x'.repeat(1_000_000);
    const node = {
      connected: true,
      displayName: endless,
      clientId: endless,
      version: endless,
      platform: endless,
    };
    const roster = interpretRoster({
      ts: 1,
      nodes: [
        { ...node, nodeId: 'a', commands: [endless], approvalState: endless },
        { ...node, nodeId: endless },
      ],
    });
    expect(roster).toMatchObject({ rows: [{ nodeId: 'a', commandCount: 1 }], dropped: { count: 1 } });
    expect(JSON.stringify(roster).length).toBeLessThan(1_500);
  });

  it('never cuts an id, since two would become one: a row with one of more than 256 is left out, and told', () => {
    const ids = ['x'.repeat(256), `${'x'.repeat(256)}1`, `${'x'.repeat(256)}2`];
    const roster = interpretRoster({ ts: 1, nodes: ids.map((nodeId) => ({ nodeId, connected: true })) });
    expect(roster).toMatchObject({
      rows: [{ nodeId: ids[0] }],
      dropped: {
        count: 2,
        complaints: [expect.stringMatching(/^nodes\[1\]\.nodeId: .*256/), expect.anything()],
      },
    });
  });

  it('ends after as many rows as can be watched', () => {
    const nodes = Array.from({ length: 100_010 }, (_, index) => ({ nodeId: String(index), connected: true }));
    const roster = interpretRoster({ ts: 1, nodes });
    expect(roster).toMatchObject({ dropped: { count: 10, complaints: ['nodes: more than 100000'] } });
  });

  it('says of the first few bad rows only what is wrong with them', () => {
    const roster = interpretRoster({ ts: 1, nodes: Array.from({ length: 10_000 }, () => null) });
    expect(roster).toMatchObject({ dropped: { count: 10_000, complaints: { length: 3 } } });
  });

  it.each(['', '  ', '\t\n', '\u200b', '\u2800 '])('calls nothing by the name %j', (blank) => {
    const node = { nodeId: 'a', connected: true, displayName: blank, platform: 'linux' };
    expect(interpretRoster({ ts: 1, nodes: [node] })).toEqual({
      kind: 'roster',
      gatewayTsMs: 1,
      rows: [{ nodeId: 'a', connected: true, platform: 'linux' }],
      dropped: NONE,
    });
  });

  it('has no node without an id', () => {
    expect(interpretRoster({ ts: 1, nodes: [{ nodeId: '  ', connected: true }] })).toMatchObject({
      rows: [],
      dropped: { count: 1, complaints: [expect.stringContaining('nodes[0].nodeId')] },
    });
  });

  it.each([null, {}, { ts: 1 }, { nodes: [] }, { ts: 'now', nodes: [] }])('is not %j', (payload) => {
    expect(interpretRoster(payload)).toMatchObject({ kind: 'not-understood' });
  });
});

describe('an event', () => {
  it('of host stats names its node, as 2026.9.6 sends it', () => {
    const events = capturedLines('2026.9.6').filter(({ frame }) => frame?.event === 'node.hostStats');
    expect(events.map(({ frame }) => hostStatsNodeId(frame?.payload))).toEqual([
      '65eb1fd96d58271b96ecd361da270dbdf00ee0923fc6351cd44ce70519a59313',
    ]);
    expect(hostStatsNodeId({ nodeId: 7 })).toBeNull();
  });

  it.each([
    ['presence', true],
    ['node.presence', true],
    ['node.runnerInventory.changed', true],
    ['node.pair.resolved', true],
    ['shutdown', true],
    ['tick', false],
    ['health', false],
    ['node.hostStats', false],
  ])('%s changes the roster: %s', (event, changes) => {
    expect(changesRoster(event)).toBe(changes);
  });
});
