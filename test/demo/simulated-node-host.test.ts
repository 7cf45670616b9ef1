import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateConnectParams, validateNodeInvokeResultParams } from '@openclaw/gateway-protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseObject, type JsonObject } from '../../src/runtime/json-object.ts';
import { SimulatedNodeHost } from '../../src/demo/simulated-node-host.ts';
import { capturedFrame, capturedLines } from './captured-frames.ts';
import { GatewayUnderTest, TOKEN } from './gateway-under-test.ts';
import { RecordingProxy } from './recording-proxy.ts';
import { shapeDifferences } from './shape.ts';
import { isRunning, until } from './until.ts';

/** Child processes and the reconnect schedule take their time. */
const TIMEOUT = { timeout: 40_000 };

interface HostUnderTest {
  readonly host: SimulatedNodeHost;
  readonly exits: string[];
  lines(): readonly string[];
}

async function startHost(name: string, gatewayPort: number, token = TOKEN): Promise<HostUnderTest> {
  const home = mkdtempSync(join(tmpdir(), 'simulated-node-host-'));
  const logPath = join(home, 'node.log');
  const exits: string[] = [];
  const host = new SimulatedNodeHost({
    name,
    stateDir: join(home, 'state'),
    logPath,
    gatewayPort,
    token,
    onStart: () => undefined,
    onExit: (_pids, how) => exits.push(how),
  });
  onTestFinished(async () => {
    await host.kill();
    rmSync(home, { recursive: true });
  });
  await host.start();
  return { host, exits, lines: () => readFileSync(logPath, 'utf8').split('\n').slice(0, -1) };
}

function pidOf({ host }: HostUnderTest): number {
  const { pid } = host;
  if (pid === undefined) throw new Error(`${host.name} does not run`);
  return pid;
}

/** Ports differ from run to run, and what a young gateway cannot take yet is published again. */
function normalized(lines: readonly string[]): readonly string[] {
  return lines
    .filter((line) => !line.includes('publish failed'))
    .map((line) => line.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:<port>'));
}

/** Refused attempts come in pairs of lines, as many as the outage is long; here they are one. */
function withOneRefusedAttempt(lines: readonly string[]): readonly string[] {
  return lines
    .map((line) => `${line}\n`)
    .join('')
    .replace(/(.*ECONNREFUSED.*\n.*closed \(1006\): \n)\1+/g, '$1')
    .split('\n')
    .slice(0, -1);
}

describe('a simulated node host', () => {
  it(
    'that lives through a gateway restart, and one that lost its timers before it, write what the real ones wrote',
    TIMEOUT,
    async () => {
      const { gateway, ...test } = await prepare();
      const survivor = await startHost('survivor', gateway.port);
      const zombie = await startHost('zombie', gateway.port);
      await until('both are attached', () => gateway.attachedNodes.length === 2);
      zombie.host.loseTimers();
      // An answer that comes after the order shows that the order was heard.
      await test.probe('zombie');

      await test.inTime(gateway.stop());
      await until('the survivor was refused twice', () => count(survivor.lines(), 'ECONNREFUSED') >= 2);
      await gateway.start();
      await until('the survivor is back', () => gateway.attachedNodes.includes('survivor'));
      expect(gateway.attachedNodes).toEqual(['survivor']);
      expect(isRunning(pidOf(zombie))).toBe(true);
      expect(normalized(zombie.lines())).toEqual(
        normalized(capturedLines('2026.9.6', 'stderr-zombie-after-1012.log')),
      );

      await survivor.host.stop();
      expect(survivor.exits).toEqual(['exit code 143']);
      const real = normalized(capturedLines('2026.9.6', 'stderr-restart-and-approval.log')).slice(2);
      expect(withOneRefusedAttempt(normalized(survivor.lines()))).toEqual(withOneRefusedAttempt(real));
    },
  );

  it('says of an unreachable gateway what the real one says, at 1, 2 and 4 s', TIMEOUT, async () => {
    const { gateway, inTime } = await prepare();
    await inTime(gateway.stop());
    const times: number[] = [];
    const host = await startHost('lonely', gateway.port);
    await until('four attempts failed', () => {
      const attempts = count(host.lines(), 'connect failed');
      while (times.length < attempts) times.push(performance.now());
      return attempts >= 4;
    });
    const steps = times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) / 1000));
    expect(steps).toEqual([1, 2, 4]);
    const real = normalized(capturedLines('2026.9.6', 'stderr-refused.log'));
    expect(normalized(host.lines()).slice(0, 6)).toEqual(real.slice(0, 6));
  });

  it('with a wrong token ends, with the last words of the real one', TIMEOUT, async () => {
    const { gateway } = await prepare();
    const host = await startHost('refused', gateway.port, 'not-the-token');
    await until('it has ended', () => host.exits.length > 0);
    expect(host.exits).toEqual(['exit code 1']);
    expect(host.lines()).toEqual(capturedLines('2026.9.6', 'stderr-wrong-token.log'));
  });

  it('sends the frames of the real one', TIMEOUT, async () => {
    const { gateway, probe } = await prepare();
    const proxy = await RecordingProxy.start(gateway.url);
    await startHost('NodeA', proxy.port);
    await until('it is attached', () => gateway.attachedNodes.includes('NodeA'));
    const { payload } = (await probe('NodeA')).payload as JsonObject;
    expect(payload).toEqual({ bins: {} });
    await until('its answer passed', () => proxy.requests('node.invoke.result').length > 0);

    const [connect] = proxy.requests('connect');
    expect(validateConnectParams(connect?.params)).toBe(true);
    expect(validateNodeInvokeResultParams(proxy.requests('node.invoke.result')[0]?.params)).toBe(true);
    for (const method of ['connect', 'node.event']) {
      const real = capturedFrame('2026.9.6', ({ conn, frame }) => conn === 1 && frame.method === method);
      await until(`${method} passed`, () => proxy.requests(method).length > 0);
      expect(shapeDifferences(proxy.requests(method)[0], real), method).toEqual([]);
    }
    expect(shapeDifferences(statsOf(proxy.requests('node.event')[0]), realStats())).toEqual([]);
    const { client, role, minProtocol, maxProtocol } = connect?.params as JsonObject;
    expect({ client, role, minProtocol, maxProtocol }).toMatchObject({
      client: { id: 'node-host', mode: 'node', version: '2026.9.6', displayName: 'NodeA' },
      role: 'node',
      minProtocol: 4,
      maxProtocol: 4,
    });
  });

  it('is the same node after a restart', TIMEOUT, async () => {
    const { gateway, operator } = await prepare();
    const host = await startHost('attic-pi', gateway.port);
    await until('it is attached', () => gateway.attachedNodes.length === 1);
    const before = pidOf(host);
    await host.host.restart();
    expect(pidOf(host)).not.toBe(before);
    await until('it is attached again', () => count(host.lines(), 'connected:') === 2);
    const list = await operator.request('node.list');
    expect((list.payload as { nodes: unknown[] }).nodes).toHaveLength(1);
  });

  it.runIf(process.platform === 'linux')(
    'looks as the real one to whoever looks for it, and stopped when frozen',
    TIMEOUT,
    async () => {
      const { gateway } = await prepare();
      const host = await startHost('build-box', gateway.port);
      await until('it is attached', () => gateway.attachedNodes.length === 1);
      const proc = `/proc/${pidOf(host)}`;
      const state = (): string => /^State:\s+(\S)/m.exec(readFileSync(`${proc}/status`, 'utf8'))?.[1] ?? '';
      expect(readFileSync(`${proc}/comm`, 'utf8').trim()).toBe('openclaw-node');
      expect(readFileSync(`${proc}/cmdline`, 'utf8')).toMatch(/^openclaw-node/);
      const launcher = /^PPid:\s+(\d+)/m.exec(readFileSync(`${proc}/status`, 'utf8'))?.[1] ?? '';
      const commandLine = readFileSync(`/proc/${launcher}/cmdline`, 'utf8').split('\0').join(' ');
      expect(commandLine).toMatch(
        /\/openclaw\.mjs node run --host 127\.0\.0\.1 --port \d+ --display-name build-box/,
      );
      expect(readFileSync(`${proc}/environ`, 'utf8').split('\0')).toContain(
        `OPENCLAW_STATE_DIR=${host.host.place.stateDir}`,
      );
      host.host.freeze();
      await until('it is stopped', () => state() === 'T');
      host.host.continue();
      await until('it runs on', () => state() === 'S');
    },
  );
});

async function prepare(): Promise<{
  gateway: GatewayUnderTest['gateway'];
  operator: Awaited<ReturnType<GatewayUnderTest['operator']>>;
  inTime: GatewayUnderTest['inTime'];
  probe: (name: string) => Promise<JsonObject>;
}> {
  const test = await GatewayUnderTest.start();
  const operator = await test.operator();
  return {
    gateway: test.gateway,
    operator,
    inTime: async (work) => test.inTime(work),
    probe: async (name) => {
      const { nodes } = (await operator.request('node.list')).payload as { nodes: JsonObject[] };
      const nodeId = nodes.find((node) => node.displayName === name)?.nodeId;
      const params = { bins: ['sh'] };
      return operator.request('node.invoke', {
        nodeId,
        command: 'system.which',
        params,
        idempotencyKey: name,
      });
    },
  };
}

function count(lines: readonly string[], word: string): number {
  return lines.filter((line) => line.includes(word)).length;
}

function statsOf(frame: JsonObject | undefined): unknown {
  return parseObject(String((frame?.params as JsonObject | undefined)?.payloadJSON));
}

function realStats(): unknown {
  return statsOf(capturedFrame('2026.9.6', ({ frame }) => frame.method === 'node.event'));
}
