import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/core/model/snapshot.ts';
import { cell, clip, clock, wrap } from '../../src/demo/clip-text.ts';
import { renderLiveTable, storyText, type LiveTable } from '../../src/demo/live-table.ts';
import { ago, aGateway, aNode, aSnapshot, aZombie } from '../helpers/snapshots.ts';

const WELL: Evidence = {
  process: {
    pid: 1,
    incarnation: '1:1',
    kernelState: 'sleeping',
    startedAtWallMs: 0,
    cpuSeconds: 1,
    residentBytes: 1,
  },
  socket: { endpoint: { host: '127.0.0.1', port: 20_000 }, state: 'established', unreadBytes: 0 },
  log: { readable: true, lastEvent: 'connected' },
  gateway: { connected: true, rowAgeMs: 300 },
  probe: { ok: true, durationMs: 3.6, timeoutsInARow: 0 },
};

const SNAPSHOT = aSnapshot({
  gateways: [aGateway({ name: '127.0.0.1:20000', version: '2026.9.6', health: 'healthy' })],
  nodes: [
    aNode({ name: 'attic-pi', since: ago(31), heartbeat: ago(3), evidence: WELL }),
    aNode({
      name: 'build-box',
      state: 'wedged',
      live: false,
      ready: false,
      since: ago(7),
      heartbeat: ago(14),
      why: 'its process is stopped',
      evidence: {
        ...WELL,
        process: {
          pid: 2,
          incarnation: '2:1',
          kernelState: 'stopped',
          startedAtWallMs: 0,
          cpuSeconds: 1,
          residentBytes: 1,
        },
        socket: { endpoint: null, state: 'established', unreadBytes: 412 },
        probe: { ok: false, durationMs: 3_000, timeoutsInARow: 2 },
      },
    }),
    aZombie({
      name: 'mac-studio',
      since: ago(12),
      heartbeat: ago(30),
      why: 'no attempt came for 9 s though the gateway answers',
      evidence: {
        ...WELL,
        socket: { endpoint: null, state: 'none', unreadBytes: 0 },
        log: { readable: true, lastEvent: 'closed (1012): service restart' },
        gateway: { connected: false, rowAgeMs: 300 },
        probe: undefined as never,
      },
    }),
  ],
});

const TABLE: LiveTable = {
  snapshot: SNAPSHOT,
  story: [
    { atMs: 0, text: 'three node hosts connect to their gateway' },
    { atMs: 14_000, text: 'gateway restarts: back in 4 s' },
  ],
  elapsedMs: 41_300,
  footer: ["try: curl 'http://127.0.0.1:9789/livez?verbose'"],
  columns: 80,
  rows: 24,
  color: false,
};

describe('the live table', () => {
  it('shows each node host as every viewpoint sees it, its verdict, since when, and what /livez answers', () => {
    expect(renderLiveTable(TABLE).join('\n')).toMatchInlineSnapshot(`
      "00:41  gateway 127.0.0.1:20000 (2026.9.6) is healthy

      NODE HOST  HEARTBEAT PROCESS SOCKET        GATEWAY      PROBE     LOG
      attic-pi   3 s ago   runs    open          attached     answered  connected
        alive        00:31  /livez 200  attached to its gateway
      build-box  14 s ago  stopped 412 B unread  attached     no answer connected
        wedged       00:07  /livez 503  its process is stopped
      mac-studio 30 s ago  runs    no connection not attached ?         closed (1012)…
        zombie       00:12  /livez 503  no attempt came for 9 s though the gateway
                                        answers

      00:00 three node hosts connect to their gateway
      00:14 gateway restarts: back in 4 s

      try: curl 'http://127.0.0.1:9789/livez?verbose'"
    `);
  });

  it('fits into the columns there are, and gives wider terminals more', () => {
    for (const columns of [40, 80, 100, 200]) {
      for (const line of renderLiveTable({ ...TABLE, columns }))
        expect(line.length).toBeLessThanOrEqual(columns);
    }
    const wide = renderLiveTable({ ...TABLE, columns: 100 }).join('\n');
    expect(wide).toContain('closed (1012): service restart');
  });

  it('leaves out the oldest of a story that is too long for the terminal', () => {
    const story = Array.from({ length: 50 }, (_, index) => ({ atMs: index * 1000, text: `line ${index}` }));
    const frame = renderLiveTable({ ...TABLE, story });
    expect(frame.length).toBeLessThanOrEqual(TABLE.rows - 1);
    expect(frame).toContain('00:49 line 49');
    expect(frame).not.toContain('00:00 line 0');
  });

  it('colours only verdicts, and only when asked to', () => {
    const coloured = renderLiveTable({ ...TABLE, color: true });
    const shades = coloured.flatMap((line) => [...line.matchAll(/\[(3\d)m {2}([a-z-]+)/g)]);
    expect(shades.map(([, shade, state]) => [shade, state])).toEqual([
      ['32', 'alive'],
      ['31', 'wedged'],
      ['31', 'zombie'],
    ]);
    expect(renderLiveTable(TABLE).join('')).not.toContain('\u001b');
  });

  it('has a line for each gateway', () => {
    const snapshot = {
      ...SNAPSHOT,
      gateways: [aGateway({ name: 'one:1' }), aGateway({ name: 'two:2', health: 'down' as const })],
    };
    expect(renderLiveTable({ ...TABLE, snapshot }).slice(0, 2)).toEqual([
      '00:41  gateway one:1 is healthy',
      '       gateway two:2 is down',
    ]);
  });

  it('says when the exporter doubts itself', () => {
    const snapshot = { ...SNAPSHOT, doubt: 'our own tick came late' };
    expect(renderLiveTable({ ...TABLE, snapshot })).toContain(
      'the exporter is in doubt: our own tick came late',
    );
  });

  it('lets no log line speak to the terminal', () => {
    const evil = aNode({
      name: 'evil',
      evidence: { log: { readable: true, lastEvent: '\u001b[2Jgone\r\n' } },
    });
    const frame = renderLiveTable({ ...TABLE, snapshot: { ...SNAPSHOT, nodes: [evil] } });
    // eslint-disable-next-line no-control-regex -- that none is left is the claim
    expect(frame.join('')).not.toMatch(/[\u0000-\u001f\u007f]/);
  });
});

describe('what a viewpoint says in a table', () => {
  const rowOf = (evidence: Evidence): string | undefined =>
    renderLiveTable({
      ...TABLE,
      columns: 120,
      snapshot: aSnapshot({ nodes: [aNode({ name: 'n', evidence })] }),
    }).find((line) => line.startsWith('n '));

  it('is a question mark where it says nothing', () => {
    expect(rowOf({})?.split(/ +/)).toEqual(['n', 'never', '?', '?', '?', '?', '?']);
  });

  it('tells no process from not knowing, and a parked log from an unreadable one', () => {
    expect(rowOf({ process: null, log: { readable: false } })).toMatch(/^n +never +none .* cannot be read$/);
    expect(rowOf({ log: { readable: true, parked: 'pairing_required' } })).toMatch(
      /\? +parked \(pairing_required\)$/,
    );
  });
});

describe('text in columns', () => {
  it('is cut with an ellipsis and filled with spaces', () => {
    expect(clip('abcdef', 4)).toBe('abc…');
    expect(clip('abcd', 4)).toBe('abcd');
    expect(clip('abcd', 0)).toBe('');
    expect(cell('ab', 4)).toBe('ab  ');
  });

  it('is broken between words, and cut when it needs more lines than it may have', () => {
    expect(wrap('one two three', 7, 2)).toEqual(['one two', 'three']);
    expect(wrap('one two three four', 7, 2)).toEqual(['one two', 'three …']);
    expect(wrap('incomprehensibilities', 7, 3)).toEqual(['incompr', 'ehensib', 'ilities']);
    expect(wrap('short', 7, 2)).toEqual(['short']);
  });

  it('shows elapsed time as minutes and seconds', () => {
    expect([0, 59_999, 60_000, 6_000_000].map(clock)).toEqual(['00:00', '00:59', '01:00', '100:00']);
    expect(storyText({ atMs: 20_000, text: 'gateway restarts' })).toBe('00:20 gateway restarts');
  });
});
