import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeSnapshot } from '../../src/core/index.ts';
import { programChannel, webhookChannel, type Channel } from '../../src/notify/channel.ts';
import { DeadMan } from '../../src/notify/dead-man.ts';
import { keptOutboxes } from '../../src/notify/kept-outboxes.ts';
import { Notifier } from '../../src/notify/notifier.ts';
import { ManualTicker, ManualTime, settle } from '../helpers/manual-time.ts';
import { aNode, aSnapshot, aZombie } from '../helpers/snapshots.ts';

interface Alert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fingerprint: string;
}
interface Received {
  readonly version: string;
  readonly status: string;
  readonly receiver: string;
  readonly truncatedAlerts: number;
  readonly alerts: readonly Alert[];
}

const ENVIRONMENT = { PATH: process.env.PATH };
let directory = '';
let server: Server;
let received: Received[] = [];
let status = 200;
let calls = 0;
const stops: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notify-'));
  received = [];
  status = 200;
  calls = 0;
  server = createServer((request, response) => {
    calls += 1;
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (status === 200 && body !== '') received.push(JSON.parse(body) as Received);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  await writeFile(
    join(directory, 'url'),
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook-5ecret\n`,
  );
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

const urlFile = (): string => join(directory, 'url');

interface Running {
  nodes: readonly NodeSnapshot[];
  readonly failures: string[];
  /** Deliveries, as they are counted. */
  readonly counted: string[];
  seconds(count: number): Promise<void>;
  whyUntold(): Promise<string | undefined>;
  stop(): Promise<void>;
}

async function start(channel: Channel, time = new ManualTime()): Promise<Running> {
  const ticker = new ManualTicker();
  const failures: string[] = [];
  const counted: string[] = [];
  const running = { nodes: [] as readonly NodeSnapshot[] };
  const notifier = new Notifier({
    channels: [channel],
    settings: { groupWaitMs: 5_000, repeatMs: 4 * 3_600_000 },
    context: () => ({ exporter: 'studio', externalUrl: 'http://studio:9789' }),
    snapshot: () => aSnapshot({ nodes: running.nodes }),
    isWarm: () => true,
    clock: time,
    ticker,
    telemetry: {
      notified: () => undefined,
      notNotified: ({ why }) => failures.push(why),
    },
    kept: keptOutboxes(directory),
    count: (name, outcome) => counted.push(`${name} ${outcome}`),
  });
  await notifier.start();
  stops.push(() => notifier.stop());
  return Object.assign(running, {
    failures,
    counted,
    seconds: async (count: number) => {
      for (let second = 0; second < count; second += 1) {
        await time.advance(1_000);
        await ticker.beat();
        await notifier.settled();
      }
    },
    whyUntold: () => notifier.whyUntold(),
    stop: () => notifier.stop(),
  });
}

describe('a webhook', () => {
  it('is told as by Alertmanager of a zombie, and of its end with how long it lasted', async () => {
    const running = await start(webhookChannel(urlFile()));
    running.nodes = [aZombie({ name: 'mac', since: new ManualTime().now() })];
    await running.seconds(60);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      version: '4',
      status: 'firing',
      truncatedAlerts: 0,
      externalURL: 'http://studio:9789',
      alerts: [
        {
          status: 'firing',
          labels: {
            alertname: 'OpenClawNodeHostZombie',
            severity: 'critical',
            node_host: 'mac',
            exporter: 'studio',
          },
          annotations: { runbook_url: 'http://studio:9789/runbooks/OpenClawNodeHostZombie.md' },
          endsAt: '0001-01-01T00:00:00Z',
        },
      ],
    });
    running.nodes = [aNode({ name: 'mac' })];
    await running.seconds(30);
    expect(received).toHaveLength(2);
    const [first, last] = received.map(({ alerts }) => alerts[0]);
    expect(received[1]?.status).toBe('resolved');
    expect(last?.status).toBe('resolved');
    expect(last?.fingerprint).toBe(first?.fingerprint);
    expect(Date.parse(last?.endsAt ?? '')).toBeGreaterThan(Date.parse(last?.startsAt ?? ''));
    expect(last?.annotations.lasted).toMatch(/^\d/);
  });

  it('is told once, also where the exporter is restarted meanwhile', async () => {
    const time = new ManualTime();
    const first = await start(webhookChannel(urlFile()), time);
    first.nodes = [aZombie({ name: 'mac' })];
    await first.seconds(60);
    await first.stop();
    const second = await start(webhookChannel(urlFile()), time);
    second.nodes = [aZombie({ name: 'mac' })];
    await second.seconds(120);
    expect(received).toHaveLength(1);
    second.nodes = [];
    await second.seconds(30);
    expect(received.map(({ status: told }) => told)).toEqual(['firing', 'resolved']);
  });

  // Fixed: an end that nobody took had the time of the restart, and so did how long it had lasted.
  it('is told when it ended, also where the exporter is restarted before anybody took that', async () => {
    const time = new ManualTime();
    const first = await start(webhookChannel(urlFile()), time);
    first.nodes = [aZombie({ name: 'mac', since: time.now() })];
    await first.seconds(60);
    status = 500;
    first.nodes = [aNode({ name: 'mac' })];
    await first.seconds(30);
    const endedAtMs = time.now().wallMs - 29_000;
    await first.stop();
    status = 200;
    const second = await start(webhookChannel(urlFile()), time);
    second.nodes = [aNode({ name: 'mac' })];
    await second.seconds(30);
    expect(received.at(-1)?.status).toBe('resolved');
    expect(Date.parse(received.at(-1)?.alerts[0]?.endsAt ?? '')).toBe(endedAtMs);
    expect(received.at(-1)?.alerts[0]?.annotations.lasted).toBe('1m1s');
  });

  // Fixed: one that a reload stopped while it still read its file went on beside its successor.
  it('is not told by one that was stopped before it had begun', async () => {
    const ticker = new ManualTicker();
    const notifier = new Notifier({
      channels: [webhookChannel(urlFile())],
      settings: { groupWaitMs: 5_000, repeatMs: 4 * 3_600_000 },
      context: () => ({ exporter: 'studio', externalUrl: '' }),
      snapshot: () => aSnapshot(),
      isWarm: () => true,
      clock: new ManualTime(),
      ticker,
      telemetry: { notified: () => undefined, notNotified: () => undefined },
      kept: keptOutboxes(directory),
      count: () => undefined,
    });
    const started = notifier.start();
    await notifier.stop();
    await started;
    expect(ticker.intervalsMs).toEqual([]);
  });

  it('that answers 500 is tried again, and nobody reads its address', async () => {
    status = 500;
    const running = await start(webhookChannel(urlFile()));
    running.nodes = [aZombie({ name: 'mac' })];
    await running.seconds(60);
    expect(running.failures.length).toBeGreaterThan(1);
    expect(running.failures[0]).toBe('it answered HTTP 500');
    status = 200;
    await running.seconds(60);
    expect(received).toHaveLength(1);
    expect(running.counted).toEqual([...running.failures.map(() => 'webhook failed'), 'webhook delivered']);
  });

  it('that is not there, or whose file is not there, is a failure in words', async () => {
    const port = (server.address() as AddressInfo).port;
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    expect(await webhookChannel(urlFile()).send('{}')).toEqual({
      ok: false,
      why: 'nobody listens there (ECONNREFUSED)',
    });
    expect(await webhookChannel(join(directory, 'none')).send('{}')).toEqual({
      ok: false,
      why: `${join(directory, 'none')} cannot be read (ENOENT)`,
    });
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await webhookChannel(pipe).send('{}')).toEqual({
      ok: false,
      why: `${pipe} cannot be read (not a regular file)`,
    });
    server.listen(port, '127.0.0.1');
  });

  it.each([
    ['no-address', 'holds no URL; write one that begins with https:// or http://'],
    ['ftp://a/5ecret', 'holds a URL that cannot be called; write one that begins with https:// or http://'],
    ['am:9093/5ecret', 'holds a URL that cannot be called; write one that begins with https:// or http://'],
    ['http://a/5ecret\nhttp://b/', 'holds more than one URL or line; leave one'],
    [
      'http://u:5ecret@a/',
      'holds a URL with a user or a password before its host, which cannot be called; name one without',
    ],
    ['\n', 'is empty; write the URL into it'],
  ])('whose file holds %j is not called, and says so', async (text, why) => {
    await writeFile(urlFile(), text);
    expect(await webhookChannel(urlFile()).send('{}')).toEqual({ ok: false, why: `${urlFile()} ${why}` });
  });

  it('that cannot be called says why without its address', async () => {
    const { port } = server.address() as AddressInfo;
    const whyOf = async (url: string): Promise<string> => {
      await writeFile(urlFile(), url);
      const sent = await webhookChannel(urlFile()).send('{}');
      return sent.ok ? '' : sent.why;
    };
    expect(await whyOf('http://127.0.0.1:22/5ecret')).toBe('it cannot be called (bad port)');
    expect(await whyOf(`https://127.0.0.1:${port}/5ecret`)).toBe(
      'it does not speak TLS; http:// instead? (ERR_SSL_WRONG_VERSION_NUMBER)',
    );
  });

  it('that redirects is not followed, and says what to do', async () => {
    server.removeAllListeners('request').on('request', (_request, response: ServerResponse) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await webhookChannel(urlFile()).send('{}')).toEqual({
      ok: false,
      why: 'it redirects (HTTP 302): name the address that it leads to',
    });
  });
});

describe('a program', () => {
  it('reads the message from its standard input', async () => {
    const program = join(directory, 'tell');
    await writeFile(program, `#!/bin/sh\ncat > ${join(directory, 'told')}\n`, { mode: 0o755 });
    expect(await programChannel(program, ENVIRONMENT).send('{"a":1}')).toEqual({ ok: true });
    expect(await readFile(join(directory, 'told'), 'utf8')).toBe('{"a":1}');
  });

  it('that fails, or is not there, is a failure in words', async () => {
    const program = join(directory, 'fail');
    await writeFile(program, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    expect(await programChannel(program, ENVIRONMENT).send('x'.repeat(1_000_000))).toEqual({
      ok: false,
      why: 'it ended with status 3',
    });
    const whyOf = async (path: string): Promise<string> => {
      const sent = await programChannel(path, ENVIRONMENT).send('{}');
      return sent.ok ? '' : sent.why;
    };
    const none = join(directory, 'none');
    expect(await whyOf(none)).toBe(`there is no program ${none}, or not the one that its first line names`);
    expect(await whyOf(join(program, 'none'))).toContain('ENOTDIR');
    await writeFile(program, '#!/no/such/shell\n');
    expect(await whyOf(program)).toContain('or not the one that its first line names');
    await chmod(program, 0o644);
    expect(await whyOf(program)).toBe(`${program} may not be run: chmod +x ${program}`);
  });

  it('that fails is quoted with the last that it said, on one line and without a secret', async () => {
    const program = join(directory, 'fail');
    const said =
      'echo first >&2; printf "cannot reach https://u:5ecret@pager/ \\033[31mnow\\n\\n" >&2; exit 3';
    await writeFile(program, `#!/bin/sh\n${said}\n`, { mode: 0o755 });
    expect(await programChannel(program, ENVIRONMENT).send('{}')).toEqual({
      ok: false,
      why: 'it ended with status 3: cannot reach https://[redacted]@pager/ \\u001b[31mnow',
    });
  });
});

describe('whoever cannot be told', () => {
  it('is known before there is anything to tell, where nothing could be sent', async () => {
    const program = join(directory, 'tell');
    const told = await start(programChannel(program, ENVIRONMENT));
    expect(await told.whyUntold()).toBe(`the program cannot be told: ${program} cannot be run (ENOENT)`);
    await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
    expect(await told.whyUntold()).toBeUndefined();
    const called = await start(webhookChannel(urlFile()));
    expect(await called.whyUntold()).toBeUndefined();
    await writeFile(urlFile(), '');
    expect(await called.whyUntold()).toMatch(/^the webhook cannot be told: .* is empty/);
  });

  it('is one who does not take what pages, until it is taken or over', async () => {
    const exporter = await start(webhookChannel(urlFile()));
    status = 503;
    exporter.nodes = [aZombie()];
    await exporter.seconds(30);
    expect(await exporter.whyUntold()).toBe('the webhook does not take what pages');
    status = 200;
    await exporter.seconds(60);
    expect(received).toHaveLength(1);
    expect(await exporter.whyUntold()).toBeUndefined();
    // Its end is something to tell; what nobody was told of is not.
    status = 503;
    exporter.nodes = [];
    await exporter.seconds(30);
    expect(await exporter.whyUntold()).toBe('the webhook does not take what pages');
    status = 200;
    await exporter.seconds(60);
    status = 503;
    exporter.nodes = [aZombie()];
    await exporter.seconds(30);
    exporter.nodes = [];
    await exporter.seconds(1);
    expect(await exporter.whyUntold()).toBeUndefined();
  });
});

describe('the dead man’s URL', () => {
  it('is called every minute while the exporter is well and can tell, and not while it is not or cannot', async () => {
    let isWell = true;
    const counted: string[] = [];
    const failures: string[] = [];
    const withheld: string[] = [];
    let untold: string | undefined;
    const ticker = new ManualTicker();
    const deadMan = new DeadMan({
      urlFile: urlFile(),
      isWell: () => isWell,
      whyUntold: () => Promise.resolve(untold),
      ticker,
      telemetry: {
        deadManNotCalled: ({ why }) => failures.push(why),
        deadManWithheld: ({ why }) => withheld.push(why),
      },
      count: (outcome) => counted.push(outcome),
    });
    deadMan.start();
    stops.push(() => {
      deadMan.stop();
    });
    expect(ticker.intervalsMs).toEqual([60_000]);
    await ticker.beat();
    await ticker.beat();
    expect(calls).toBe(2);
    isWell = false;
    await ticker.beat();
    expect(calls).toBe(2);
    isWell = true;
    untold = 'the webhook does not take what pages';
    await ticker.beat();
    await ticker.beat();
    expect([calls, withheld]).toEqual([2, [untold]]);
    untold = undefined;
    status = 404;
    await ticker.beat();
    await ticker.beat();
    await settle();
    expect(failures).toEqual(['it answered HTTP 404']);
    expect(counted).toEqual(['delivered', 'delivered', 'failed', 'failed']);
  });
});
