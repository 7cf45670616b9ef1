import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlertmanagerClient } from '../../src/notify/alertmanager.ts';
import { webhookChannel } from '../../src/notify/channel.ts';
import { drillAlertmanager, drillChannel, type DrillOptions } from '../../src/notify/drill.ts';
import { ManualTime } from '../helpers/manual-time.ts';

interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

let server: Server;
let base = '';
let time = new ManualTime();
let lines: string[] = [];
let bodies: unknown[] = [];
/** What is answered to GET, by path; to POST the status. */
let pages: Record<string, () => string> = {};
let status = 200;

beforeEach(async () => {
  [time, lines, bodies, pages, status] = [new ManualTime(), [], [], {}, 200];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (request.method === 'POST') {
        bodies.push(JSON.parse(body));
        response.writeHead(status).end();
        return;
      }
      const page = pages[new URL(request.url ?? '', base).pathname];
      response.writeHead(page === undefined ? 404 : 200).end(page?.());
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Time passes by waiting alone. */
const options = (given: Partial<DrillOptions> = {}): DrillOptions => ({
  context: { exporter: 'drill on studio', externalUrl: 'http://studio:9789' },
  labels: {},
  holdMs: 10_000,
  timeoutMs: 60_000,
  clock: time,
  wait: async (ms) => {
    await time.advance(ms);
    return true;
  },
  tell: (line) => lines.push(line),
  ...given,
});

describe('a drill by the webhook', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'drill-'));
    await writeFile(join(directory, 'url'), `${base}/hook-5ecret\n`);
  });
  afterEach(() => rm(directory, { recursive: true }));
  const run = (given?: Partial<DrillOptions>): Promise<boolean> =>
    drillChannel(webhookChannel(join(directory, 'url')), options(given));

  it('is a page as in earnest, about nobody, and its end ten seconds later', async () => {
    expect(await run()).toBe(true);
    expect(bodies).toMatchObject([
      {
        version: '4',
        status: 'firing',
        alerts: [
          {
            labels: { alertname: 'OpenClawNodeHostZombie', severity: 'critical', node_host: 'drill' },
            annotations: { summary: 'Drill: nothing is wrong.' },
          },
        ],
      },
      { version: '4', status: 'resolved', alerts: [{ annotations: { lasted: '10s' } }] },
    ]);
    expect(lines).toEqual(['the webhook took the page after 0.0 s', 'the webhook took its end after 0.0 s']);
  });

  it('belongs to another group than what the exporter itself tells, whose end it must not be', async () => {
    await run();
    expect(bodies).toMatchObject([{ groupKey: '{}:{exporter="drill on studio"}' }, {}]);
  });

  it('goes by the labels that it is given, of its beginning and of its end', async () => {
    await run({ labels: { team: 'platform', severity: 'warning', exporter: 'studio' } });
    const labels = {
      alertname: 'OpenClawNodeHostZombie',
      team: 'platform',
      severity: 'warning',
      exporter: 'studio',
    };
    expect(bodies).toMatchObject([{ alerts: [{ labels }] }, { alerts: [{ labels }] }]);
  });

  it('that is refused has not arrived, and no end is sent of what nobody took', async () => {
    status = 500;
    expect(await run()).toBe(false);
    expect(bodies).toHaveLength(1);
    expect(lines).toEqual(['the webhook did not take the page: it answered HTTP 500']);
  });

  it('that somebody interrupts is ended at once', async () => {
    expect(await run({ wait: () => Promise.resolve(false) })).toBe(true);
    expect(bodies).toMatchObject([{ status: 'firing' }, { status: 'resolved' }]);
  });
});

const counted = (requests: number, failed: number): string =>
  `alertmanager_notification_requests_total{integration="webhook"} ${requests}
alertmanager_notification_requests_total{integration="email"} 3
alertmanager_notification_requests_failed_total{integration="webhook"} ${failed}
alertmanager_notification_requests_failed_total{integration="email"} 0
`;

describe('a drill by Alertmanager', () => {
  let state: 'unprocessed' | 'active' | 'suppressed' = 'active';
  let silencedBy: readonly string[] = [];
  /** Seconds after which a receiver is told, and whether it takes it. */
  let groupWait = 10;
  let isTaken = true;

  beforeEach(() => {
    [state, silencedBy, groupWait, isTaken] = ['active', [], 10, true];
    const begun = time.now().monoMs;
    const tried = (): number => (time.now().monoMs - begun >= groupWait * 1_000 ? 1 : 0);
    pages = {
      '/am/api/v2/alerts': () =>
        JSON.stringify(
          bodies.length === 0
            ? []
            : [{ receivers: [{ name: 'pager' }], status: { state, silencedBy, inhibitedBy: [] } }],
        ),
      '/am/metrics': () => counted(7 + tried(), isTaken ? 0 : tried()),
    };
  });
  const run = (given?: Partial<DrillOptions>): Promise<boolean> =>
    drillAlertmanager(new AlertmanagerClient(new URL(`${base}/am/`)), options(given));

  it('has arrived once it is active there and a receiver was told', async () => {
    expect(await run()).toBe(true);
    expect(lines).toEqual([
      'Alertmanager took the page after 0.0 s',
      'Alertmanager lists it as active after 0.0 s, for: pager',
      'Alertmanager delivered a notification after 10.0 s (which, it does not say)',
      'Alertmanager took its end after 0.0 s',
    ]);
  });

  it('ends by itself should the drill be killed, and is ended before', async () => {
    await run();
    const [[firing], [resolved]] = bodies as [[Posted], [Posted]];
    expect(Date.parse(firing.endsAt)).toBeGreaterThan(time.now().wallMs);
    expect(firing.annotations.lasted).toBeUndefined();
    expect(Date.parse(resolved.endsAt)).toBeLessThanOrEqual(time.now().wallMs);
    expect(resolved.labels).toEqual(firing.labels);
    expect(resolved.startsAt).toBe(firing.startsAt);
  });

  it('has not arrived where nobody is told in time, and is ended all the same', async () => {
    groupWait = 3_600;
    expect(await run()).toBe(false);
    expect(lines[2]).toBe(
      'Alertmanager delivered nothing within 60.0 s: group_wait may be longer (--timeout), or its receiver tells nobody',
    );
    expect(bodies).toHaveLength(2);
  });

  it('has not arrived where the receiver refuses', async () => {
    isTaken = false;
    expect(await run()).toBe(false);
    expect(lines[2]).toContain('receivers refused 1 tries');
  });

  it('has not arrived where a silence keeps it from everybody', async () => {
    [state, silencedBy] = ['suppressed', ['5f']];
    expect(await run()).toBe(false);
    expect(lines[1]).toBe('Alertmanager keeps it from pager: a silence (5f)');
  });

  it('waits until Alertmanager has processed it', async () => {
    state = 'unprocessed';
    const given = options();
    const wait = (ms: number): Promise<boolean> => {
      state = 'active';
      return given.wait(ms);
    };
    expect(await run({ wait })).toBe(true);
    expect(lines[1]).toBe('Alertmanager lists it as active after 0.5 s, for: pager');
  });

  // Fixed: it had arrived, by its exit code.
  it('has not arrived where it cannot be seen whether anybody was told, and stands for as long as it is watched elsewhere', async () => {
    delete pages['/am/metrics'];
    const unseen =
      'whether Alertmanager told anybody cannot be seen (it answered HTTP 404 (/metrics)), so this drill has failed: ask whoever is on call whether it came';
    const begun = time.now().monoMs;
    expect(await run()).toBe(false);
    expect(lines[2]).toBe(unseen);
    expect(time.now().monoMs - begun).toBe(60_000);
    expect(bodies).toHaveLength(2);
    lines = [];
    pages['/am/metrics'] = () => counted(7, 0);
    const given = options();
    const wait = (ms: number): Promise<boolean> => {
      delete pages['/am/metrics'];
      return given.wait(ms);
    };
    expect(await run({ wait })).toBe(false);
    expect(lines[2]).toBe(unseen);
  });

  it('whose end is not taken stays open, and says so', async () => {
    const given = options();
    const wait = (ms: number): Promise<boolean> => {
      if (ms === 10_000) status = 500;
      return given.wait(ms);
    };
    expect(await run({ wait })).toBe(false);
    expect(lines[3]).toBe(
      'Alertmanager did not take its end: it answered HTTP 500 (/api/v2/alerts); the page stays open there: close it by hand, or drill again',
    );
  });

  it('names what is no Alertmanager', async () => {
    status = 404;
    expect(await run()).toBe(false);
    expect(lines).toEqual(['Alertmanager did not take the page: it answered HTTP 404 (/api/v2/alerts)']);
    [status, lines] = [200, []];
    pages['/am/api/v2/alerts'] = () => '<html>';
    expect(await run()).toBe(false);
    expect(lines[1]).toContain('what it answered at /api/v2/alerts is no list of alerts');
  });
});
