import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseLine } from '../../../src/sources/log/parse-line.ts';
import { Gateway, type Manner } from '../gateway/gateway.ts';
import { Machine } from '../machine.ts';
import { Link, Proxy, Tunnel } from '../network/parts.ts';
import { Path, type PathParts } from '../network/path.ts';
import { Random } from '../random.ts';
import { Timeline } from '../timeline.ts';
import type { Version } from '../version.ts';
import { NodeHost } from './node-host.ts';
import type { SupervisorKind } from './supervisor.ts';

/** A gateway and a node host that dials it; the gateway runs, the node host does not yet. */
function pair(
  version: Version,
  {
    parts = {},
    port = 18_789,
    token = 'right',
    supervisor = 'none',
    isFar = false,
  }: {
    readonly parts?: PathParts;
    readonly port?: number;
    readonly token?: string;
    readonly supervisor?: SupervisorKind;
    readonly isFar?: boolean;
  } = {},
) {
  const timeline = new Timeline();
  const random = new Random('captures');
  const here = new Machine(timeline, {
    name: 'here',
    wallMs: 1_000_000,
    monoMs: 5_000,
    monoStopsInSleep: true,
  });
  const there = new Machine(timeline, {
    name: 'there',
    wallMs: 2_000_000,
    monoMs: 9_000,
    monoStopsInSleep: true,
  });
  const gateway = new Gateway({
    name: 'gw',
    machine: isFar ? there : here,
    version,
    random: random.fork('gateway'),
    token: 'right',
    pairsLocalDevices: true,
  });
  const path = new Path({
    from: here,
    to: gateway,
    host: '127.0.0.1',
    port,
    random: random.fork('path'),
    ...parts,
  });
  const host = new NodeHost({
    id: 'node',
    displayName: 'NodeA',
    version,
    machine: here,
    path,
    supervisor,
    random: random.fork('host'),
    token,
    isLoopback: true,
    hints: {},
    bootMs: [1_000, 1_001],
  });
  gateway.start({ bootMs: 0, startsUpMs: 0 });
  const run = (seconds: number): void => {
    timeline.runUntil(timeline.nowMs + seconds * 1_000);
  };
  run(0.1);
  return {
    timeline,
    here,
    there,
    gateway,
    host,
    run,
    lines: () => host.log.from(0).map(({ text }) => text),
  };
}

/** What the real node host wrote; times and ids that no two runs share are replaced. */
function captured(version: Version, name: string): readonly string[] {
  const url = new URL(`../../fixtures/captures/${version}/stderr-${name}.log`, import.meta.url);
  return readFileSync(url, 'utf8').split('\n').slice(0, -1).map(generalised);
}

function generalised(line: string): string {
  return line
    .replace(/waited \d+ms/, 'waited nms')
    .replace(/openclaw nodes approve [\w-]+/, 'openclaw nodes approve id');
}

const NEW: Version = '2026.9.6';
const OLD: Version = '2026.4.15';

describe('the lines of a node host are those of the real one', () => {
  const treated: readonly (readonly [Version, Manner, string, number])[] = [
    [NEW, 'no-challenge', 'no-challenge', 40],
    [NEW, 'no-upgrade', 'silent-tcp', 36],
    [NEW, 'pairing-required', 'pairing-required', 60],
    [NEW, 'role-upgrade', 'role-upgrade', 60],
    [NEW, 'rate-limited', 'rate-limited', 60],
    [NEW, 'terminates', 'terminate', 20],
    [NEW, 'try-again', 'try-again', 20],
    [OLD, 'no-challenge', 'no-challenge', 60],
    [OLD, 'pairing-required', 'pairing-required', 60],
    [OLD, 'role-upgrade', 'role-upgrade', 60],
    [OLD, 'rate-limited', 'rate-limited', 60],
    [OLD, 'terminates', 'terminate', 60],
    [OLD, 'try-again', 'try-again', 60],
  ];
  it.each(treated)('%s, a gateway that behaves so: %s', (version, manner, capture, seconds) => {
    const { gateway, host, run, lines } = pair(version);
    gateway.behave(manner);
    host.restart();
    run(seconds);
    host.stop();
    expect(lines().map(generalised)).toEqual(captured(version, capture));
  });

  it.each([NEW, OLD])('%s, nobody listens', (version) => {
    const { gateway, host, run, lines } = pair(version, { port: 19_999 });
    gateway.kill();
    host.restart();
    run(20);
    expect(lines()).toEqual(captured(version, 'refused'));
  });

  it.each([NEW, OLD])('%s, a proxy answers 502', (version) => {
    const proxy = new Proxy();
    const { host, run, lines } = pair(version, { parts: { proxy } });
    proxy.answer(502, 'everybody');
    host.restart();
    run(20);
    expect(lines()).toEqual(captured(version, 'http502'));
  });

  it.each([NEW, OLD])('%s, a wrong token', (version) => {
    const { host, run, lines } = pair(version, { token: 'wrong' });
    host.restart();
    run(60);
    expect(lines()).toEqual(captured(version, 'wrong-token'));
    expect(host.runner).toBeUndefined();
  });

  it('2026.9.6, its gateway restarts: one close, attempts at 1, 2, 4 and 8 s, and it is back', () => {
    const { gateway, host, run, lines } = pair(NEW);
    host.restart();
    run(5);
    gateway.stop();
    run(17);
    gateway.start({ bootMs: 0, startsUpMs: 0 });
    run(20);
    host.stop();
    const real = captured(NEW, 'restart-and-approval').filter((line) => !line.includes('publish failed'));
    // The capture begins with an approval, for which the node host was restarted.
    expect(lines()).toEqual(real.slice(2));
  });

  it('2026.9.6 while its commands wait for approval', () => {
    const { gateway, host, run, lines } = pair(NEW);
    gateway.know(host.deviceId, 'NodeA', NEW);
    gateway.withholdCommands(host.deviceId);
    host.restart();
    run(8);
    const real = captured(NEW, 'restart-and-approval').slice(0, 4);
    expect(new Set(lines().map(generalised))).toEqual(new Set(real));
  });

  it('2026.9.6 that has lost its timers', () => {
    const { gateway, host, run, lines } = pair(NEW);
    host.restart();
    run(5);
    host.process!.losesTimers = true;
    gateway.stop();
    run(3);
    gateway.start({ bootMs: 0, startsUpMs: 0 });
    run(3_600);
    const real = captured(NEW, 'zombie-after-1012').filter((line) => !line.includes('plugin tool'));
    expect(lines()).toEqual(real);
    expect(host.runner?.stage.kind).toBe('silent');
  });

  it('2026.4.15, its gateway restarts: one line, and the process ends', () => {
    const { gateway, host, run, lines } = pair(OLD);
    host.restart();
    run(5);
    gateway.stop();
    run(60);
    expect(lines()).toEqual(captured(OLD, '1012-then-exit'));
    expect(host.supervisor.standing).toEqual({ kind: 'stopped' });
  });

  it('2026.4.15 that was stopped for three minutes: on its resume it hangs up by itself', () => {
    const { host, run, lines } = pair(OLD);
    host.restart();
    run(5);
    host.setPlight('stopped');
    run(180);
    host.setPlight('running');
    run(5);
    expect(lines()).toEqual(captured(OLD, 'tick-timeout-then-exit'));
  });

  it('every line is one that the exporter knows', () => {
    const { gateway, host, run, lines } = pair(NEW);
    host.restart();
    run(5);
    gateway.stop();
    run(30);
    for (const line of lines()) expect(parseLine(line)?.kind).toMatch(/connected|connect-failed|closed/);
  });
});

describe('the timing of a node host is that of the real one', () => {
  it('2026.9.6 tries again after 1, 2, 4, 8, 16, 30 and 30 s', () => {
    const { gateway, host, run } = pair(NEW);
    const dials: number[] = [];
    host.onChange(() => {
      const at = host.runner?.lastDialMs;
      if (at !== undefined && dials.at(-1) !== at) dials.push(at);
    });
    gateway.kill();
    host.restart();
    run(130);
    const gaps = dials.slice(1).map((at, index) => Math.round((at - dials[index]!) / 1_000));
    expect(gaps).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  it('2026.9.6 is dropped by its gateway 25 to 50 s after it froze, and sits in CLOSE_WAIT with unread bytes', () => {
    const { gateway, host, run } = pair(NEW);
    host.restart();
    run(5);
    host.setPlight('stopped');
    run(24);
    expect(gateway.sessionOf(host.deviceId)).toBeDefined();
    run(30);
    expect(gateway.sessionOf(host.deviceId)).toBeUndefined();
    expect(host.runner?.connection?.state).toBe('close-wait');
    expect(host.runner?.connection?.unreadBytes).toBeGreaterThan(0);
  });

  it('a frozen 2026.4.15 stays connected for as long as its gateway lives', () => {
    const { gateway, host, run } = pair(OLD);
    host.restart();
    run(5);
    host.setPlight('stopped');
    run(3_600);
    expect(gateway.nodeList().rows.find(({ nodeId }) => nodeId === host.deviceId)?.connected).toBe(true);
  });

  it.each([NEW, OLD])('%s finds out about a lost network 60 to 120 s later, and says 1006', (version) => {
    const link = new Link();
    const { host, run, lines } = pair(version, { parts: { link }, isFar: true });
    host.restart();
    run(5);
    link.setLost(true);
    run(60);
    const before = lines().length;
    run(95);
    expect(
      lines()
        .slice(before)
        .find((line) => line.includes('closed (')),
    ).toBe('node host gateway closed (1006): ');
  });

  it('2026.4.15 sits for ever on a connection that nobody answers, without a line', () => {
    const { host, run, lines } = pair(OLD);
    host.path.swallows = 1;
    host.restart();
    run(7_200);
    expect(lines()).toEqual([]);
    expect(host.runner?.connection?.state).toBe('established');
  });

  it('a dial into a lost network waits for the next SYN, up to 64 s', () => {
    const link = new Link();
    const { host, run } = pair(OLD, { parts: { link }, isFar: true });
    link.setLost(true);
    host.restart();
    run(36);
    link.setLost(false);
    run(25);
    expect(host.runner?.connection?.state).toBe('opening');
    run(10);
    expect(host.runner?.stage.kind).toBe('attached');
  });

  it('a dead tunnel refuses within milliseconds, and cuts what went through it', () => {
    const tunnel = new Tunnel();
    const { host, run, lines } = pair(NEW, { parts: { tunnel, link: new Link() }, isFar: true });
    host.restart();
    run(5);
    tunnel.setUp(false);
    run(1.5);
    expect(lines().slice(1)).toEqual([
      'node host gateway closed (1006): ',
      'node host gateway connect failed: connect ECONNREFUSED 127.0.0.1:18789',
      'node host gateway closed (1006): ',
    ]);
  });

  it('2026.9.6 says nothing while its gateway starts, and is let in', () => {
    const { gateway, host, run, lines } = pair(NEW);
    gateway.kill();
    gateway.start({ bootMs: 0, startsUpMs: 8_000 });
    host.restart();
    run(12);
    expect(lines()).toEqual(['node host gateway connected: ws://127.0.0.1:18789']);
  });

  it('host stats reach the gateway at once and every 60 s', () => {
    const { gateway, here, host, run } = pair(NEW);
    host.restart();
    run(5);
    for (let minute = 0; minute < 5; minute += 1) {
      const row = gateway.nodeList().rows.find(({ nodeId }) => nodeId === host.deviceId);
      expect(here.wallMs - row!.hostStatsUpdatedAtMs!).toBeLessThan(60_000);
      run(60);
    }
  });
});

describe('supervisors', () => {
  it('launchd starts a 2026.4.15 again within a second or two of its exit, and for ever', () => {
    const { gateway, host, run } = pair(OLD, { supervisor: 'launchd' });
    gateway.kill();
    host.restart();
    run(600);
    expect(host.supervisor.restarts).toBeGreaterThan(200);
  });

  it('systemd gives up on a 2026.4.15 after 5 starts in 60 s', () => {
    const { gateway, host, run } = pair(OLD, { supervisor: 'systemd' });
    gateway.kill();
    host.restart();
    run(60);
    expect(host.supervisor.standing.kind).toBe('gave-up');
  });

  it('systemd gives up on a 2026.9.6 with a wrong token after 10 starts in 300 s', () => {
    const { host, run } = pair(NEW, { supervisor: 'systemd', token: 'wrong' });
    host.restart();
    run(300);
    expect(host.supervisor.standing).toEqual({
      kind: 'gave-up',
      because: 'restart-limit',
      lastExit: 'exit status 1',
    });
  });
});

describe('machines', () => {
  it('a timer of a sleeping machine waits: by its own clock it is not late', () => {
    const timeline = new Timeline();
    const machine = new Machine(timeline, { name: 'm', wallMs: 0, monoMs: 0, monoStopsInSleep: true });
    let firedMs = -1;
    machine.after(10_000, () => {
      firedMs = timeline.nowMs;
    });
    timeline.runUntil(4_000);
    machine.suspend();
    timeline.runUntil(64_000);
    machine.resume();
    expect(machine.monoMs).toBe(4_000);
    expect(machine.wallMs).toBe(64_000);
    timeline.runUntil(100_000);
    expect(firedMs).toBe(70_000);
  });
});
