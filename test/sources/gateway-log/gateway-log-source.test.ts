import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Secret, type Instant, type Observation, type SourceReport } from '../../../src/core/index.ts';
import {
  GatewayLogSource,
  type LoggingGateway,
} from '../../../src/sources/gateway-log/gateway-log-source.ts';
import type { GatewayLogPlace } from '../../../src/sources/gateway-log/places.ts';
import { KnownSecrets } from '../../../src/sources/known-secrets.ts';

const DAY_MS = 86_400_000;
const TOKEN = 'the-token-of-the-gateway-0123456789';

/** A source over real files, on a clock that is moved by hand. */
class Bench {
  readonly observations: Observation[] = [];
  readonly reports: SourceReport[] = [];
  readonly #secrets = new KnownSecrets();
  #look: (() => Promise<void>) | undefined;
  #nowMs = 0;
  source!: GatewayLogSource;
  /** Before any file here: those have the times of the real clock. */
  readonly startWallMs = Date.now() - 1_000;

  constructor() {
    this.#secrets.learn(new Secret(TOKEN));
  }

  get now(): Instant {
    return { monoMs: 1_000_000 + this.#nowMs, wallMs: this.startWallMs + this.#nowMs };
  }

  starts(targets: readonly LoggingGateway[], positions?: Readonly<Record<string, unknown>>): this {
    this.source = new GatewayLogSource({
      gateways: targets,
      ...(positions !== undefined && { positions }),
      clock: { now: () => this.now },
      sink: {
        observe: (observation) => this.observations.push(observation),
        report: (report) => this.reports.push(report),
      },
      ticker: {
        every: (_, look) => {
          this.#look = look;
          return { stop: () => undefined, poke: () => undefined };
        },
      },
      secrets: this.#secrets,
    });
    this.source.start();
    return this;
  }

  async looks(afterMs = 1_000): Promise<this> {
    this.#nowMs += afterMs;
    for (let times = 0; times < 3; times += 1) await this.#look?.();
    return this;
  }

  /** `gateway kind (recency)`, without the gateway's status. */
  get records(): readonly string[] {
    return this.observations.flatMap((it) =>
      it.source === 'gateway-log' && it.kind === 'record'
        ? [`${it.gateway} ${it.record.kind}${it.recency === 'live' ? '' : ` (${it.recency})`}`]
        : [],
    );
  }
}

let directory: string;
let bench: Bench;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gateway-log-'));
  bench = new Bench();
});

afterEach(async () => {
  await bench.source.stop();
  await rm(directory, { recursive: true });
});

function target(port: number, places: readonly GatewayLogPlace[], isGiven = false): LoggingGateway {
  return { gateway: `gw:${port}`, port, places, isGiven };
}

function daily(): GatewayLogPlace {
  return { kind: 'daily', directory, family: 'openclaw' };
}

function dayPath(wallMs: number): string {
  return join(directory, `openclaw-${new Date(wallMs).toLocaleDateString('sv')}.log`);
}

function json(subsystem: string, message: string, fields?: object): string {
  return `${JSON.stringify({ 0: JSON.stringify({ subsystem }), 1: fields ?? message, ...(fields && { 2: message }), time: '2026-11-27T11:00:00Z' })}\n`;
}

function refusal(port: number, name = 'Ana'): string {
  const fields = {
    cause: 'unauthorized',
    authReason: 'token_mismatch',
    role: 'node',
    clientDisplayName: name,
    instanceId: 'i1',
    remoteAddr: '192.0.2.77',
    localPort: port,
    userAgent: 'agent-of-somebody',
  };
  return json('gateway/ws', 'closed before connect conn=x code=1008 reason=n/a phase=x', fields);
}

const REGENERATED = json(
  'gateway',
  'Gateway auth token was missing. Generated a runtime token for this startup without changing config; restart will generate a different token.',
);

describe('the log of a gateway of this machine', () => {
  it('is read as it is written, and says that it can be read', async () => {
    const path = dayPath(bench.startWallMs);
    await writeFile(path, '');
    await bench.starts([target(18_789, [daily()])]).looks();
    await appendFile(path, refusal(18_789) + REGENERATED);
    await bench.looks();
    expect(bench.records).toEqual(['gw:18789 refused', 'gw:18789 token-regenerated']);
    expect(bench.observations).toContainEqual(
      expect.objectContaining({ source: 'gateway-log', kind: 'status', readable: true }),
    );
    expect(bench.reports.at(-1)?.error).toBeUndefined();
  });

  it('that is not there is nobody’s failure, unless somebody said that it is', async () => {
    await bench.starts([target(18_789, [daily()])]).looks();
    expect(bench.reports).toEqual([]);
    expect(bench.observations).toEqual([]);
    await bench.source.stop();
    const path = join(directory, 'given.log');
    await bench.starts([target(18_789, [{ kind: 'file', path }], true)]).looks();
    expect(bench.reports.at(-1)?.error).toMatchObject({ kind: 'not_found' });
  });

  it('is another file after midnight, and nothing is lost', async () => {
    const today = dayPath(bench.startWallMs);
    await writeFile(today, '');
    await bench.starts([target(18_789, [daily()])]).looks();
    await appendFile(today, refusal(18_789));
    const tomorrow = dayPath(bench.startWallMs + DAY_MS);
    await writeFile(tomorrow, refusal(18_789) + refusal(18_789));
    await bench.looks(DAY_MS);
    expect(bench.records).toHaveLength(3);
    await appendFile(tomorrow, refusal(18_789));
    await bench.looks();
    expect(bench.records).toHaveLength(4);
    expect(bench.records.filter((record) => record.includes('history'))).toEqual([]);
  });

  it('counts on over a restart of the exporter, also of another day and where the file was rotated', async () => {
    const today = dayPath(bench.startWallMs);
    await writeFile(today, refusal(18_789));
    await bench.starts([target(18_789, [daily()])]).looks();
    expect(bench.records).toHaveLength(1);
    const positions = JSON.parse(JSON.stringify(bench.source.positions())) as Record<string, unknown>;
    await bench.source.stop();
    await appendFile(today, refusal(18_789));
    await rename(today, `${today}.1`);
    await writeFile(today, refusal(18_789));
    await writeFile(dayPath(bench.startWallMs + DAY_MS), refusal(18_789));
    bench.observations.length = 0;
    await bench.starts([target(18_789, [daily()])], positions).looks(DAY_MS);
    expect(bench.records).toEqual(Array.from({ length: 3 }, () => 'gw:18789 refused (catch-up)'));
  });

  it('that several gateways share is read once, and each is told what is its own', async () => {
    const path = dayPath(bench.startWallMs);
    await writeFile(path, '');
    await bench.starts([target(1, [daily()]), target(2, [daily()])]).looks();
    const of = (port: number): string =>
      json(
        'gateway/canvas',
        `canvas host mounted at http://127.0.0.1:${port}/__openclaw__/canvas/ (root /x)`,
      );
    await appendFile(path, refusal(2) + refusal(3) + refusal(1));
    await appendFile(path, json('gateway', 'starting...') + REGENERATED + of(2));
    await appendFile(path, json('gateway', 'starting...') + of(3));
    await bench.looks();
    expect(bench.records).toEqual([
      'gw:2 refused',
      'gw:1 refused',
      'gw:2 starting',
      'gw:2 token-regenerated',
    ]);
  });

  it('that a stranger writes to as well says of a start whose it is, or nothing', async () => {
    const path = dayPath(bench.startWallMs);
    await writeFile(path, '');
    await bench.starts([target(1, [daily()])]).looks();
    await appendFile(path, refusal(9) + json('gateway', 'starting...') + REGENERATED);
    await bench.looks();
    expect(bench.records).toEqual([]);
  });

  it('that a stranger writes to as well says of an approval whose it is, where one of them alone had refused that device', async () => {
    const path = dayPath(bench.startWallMs);
    await writeFile(path, '');
    await bench.starts([target(1, [daily()])]).looks();
    const device = (first: string): string => first.repeat(64);
    const wants = (deviceId: string, localPort: number): string =>
      json('gateway/ws', 'closed before connect conn=x code=1008 reason=n/a phase=x', {
        cause: 'pairing-required',
        ...{ deviceId, localPort },
      });
    const approved = (deviceId: string): string =>
      json('gateway', `device pairing approved device=${deviceId} role=node`);
    await appendFile(path, wants(device('a'), 1) + wants(device('b'), 9) + wants(device('c'), 1));
    await appendFile(path, wants(device('c'), 9));
    for (const first of 'abcd') await appendFile(path, approved(device(first)));
    await bench.looks();
    expect(bench.records).toEqual(['gw:1 refused', 'gw:1 refused', 'gw:1 paired']);
    expect(bench.observations).toContainEqual(
      expect.objectContaining({ record: { kind: 'paired', deviceId: device('a') } }),
    );
  });

  it('gives away neither a token nor an address nor a header', async () => {
    const path = dayPath(bench.startWallMs);
    await writeFile(path, '');
    await bench.starts([target(18_789, [daily()])]).looks();
    await appendFile(path, refusal(18_789, `My ${TOKEN}`));
    await bench.looks();
    expect(bench.records).toHaveLength(1);
    const said = JSON.stringify([bench.observations, bench.reports]);
    for (const secret of [TOKEN, '192.0.2.77', 'agent-of-somebody']) expect(said).not.toContain(secret);
    expect(JSON.stringify(bench.source.positions())).not.toContain('192.0.2');
  });

  it('tells callers from one address alike over a restart, by nothing that leads to the address', async () => {
    const path = dayPath(bench.startWallMs);
    await writeFile(path, '');
    await bench.starts([target(18_789, [daily()])]).looks();
    await appendFile(path, refusal(18_789));
    await bench.looks();
    const positions = bench.source.positions();
    await bench.source.stop();
    await appendFile(path, refusal(18_789));
    await bench.starts([target(18_789, [daily()])], positions).looks();
    const from = bench.observations.flatMap((it) =>
      it.source === 'gateway-log' && it.kind === 'record' && it.record.kind === 'refused'
        ? [it.record.caller.from]
        : [],
    );
    expect(from).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), from[0]]);
  });
});
