import { describe, expect, it } from 'vitest';
import { Secret } from '../src/core/model/secret.ts';
import { createTelemetry, type TelemetryOptions } from '../src/telemetry/telemetry.ts';

const AT = Date.parse('2026-11-22T04:41:12.123Z');

function record(options: Partial<TelemetryOptions> = {}) {
  const lines: string[] = [];
  const telemetry = createTelemetry({
    level: 'debug',
    format: 'text',
    nowWallMs: () => AT,
    write: (line) => lines.push(line),
    ...options,
  });
  return { telemetry, lines };
}

const CHANGE = {
  name: 'NodeA',
  from: 'alive',
  to: 'zombie',
  reasons: ['silent'],
  why: 'no attempt for 97 s',
  live: false,
} as const;

describe('a line for people', () => {
  it('has time, level, what happened, and the facts as key=value', () => {
    const { telemetry, lines } = record();
    telemetry.stateChanged(CHANGE);
    expect(lines).toEqual([
      '2026-11-22T04:41:12.123Z WARN  node host "NodeA": alive -> zombie. no attempt for 97 s event=state_changed node_host=NodeA from=alive to=zombie reasons=silent live=false\n',
    ]);
  });

  it('quotes values with blanks in them', () => {
    const { telemetry, lines } = record();
    telemetry.stateChanged({ ...CHANGE, name: 'my "node"' });
    expect(lines[0]).toContain('node_host="my \\"node\\""');
  });

  it('stays one line, and colours nothing, whatever another program called itself', () => {
    const { telemetry, lines } = record();
    telemetry.stateChanged({ ...CHANGE, name: 'a\nb\u001b[31mc\u202e', why: 'x\ny\u009b31m' });
    expect(lines[0]?.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('a line for programs', () => {
  it('is one JSON object with the event’s name', () => {
    const { telemetry, lines } = record({ format: 'json' });
    telemetry.stateChanged(CHANGE);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: '2026-11-22T04:41:12.123Z',
      event: 'state_changed',
      node_host: 'NodeA',
      from: 'alive',
      to: 'zombie',
      reasons: 'silent',
      live: false,
      message: 'node host "NodeA": alive -> zombie. no attempt for 97 s',
    });
  });
});

describe('the level', () => {
  it('hides what is below it', () => {
    const { telemetry, lines } = record({ level: 'warn' });
    telemetry.stopped();
    telemetry.stateChanged({ ...CHANGE, to: 'reconnecting', live: true });
    telemetry.stateChanged(CHANGE);
    expect(lines.length).toBe(1);
  });

  it('of a state that a restart would not help is info', () => {
    const { telemetry, lines } = record();
    telemetry.stateChanged({ ...CHANGE, to: 'blocked', live: true });
    expect(lines[0]).toContain(' INFO ');
  });
});

describe('a source', () => {
  const at = { monoMs: 0, wallMs: AT };
  const fine = { source: 'log', at, durationMs: 1 } as const;
  const denied = { ...fine, error: { kind: 'permission', message: 'permission denied' } } as const;
  const missing = { ...fine, error: { kind: 'not_found', message: 'no such file' } } as const;

  it('that looks again and again makes a line when that changes, not for each look', () => {
    const { telemetry, lines } = record();
    for (const report of [fine, fine, denied, denied, denied, missing, missing, fine, fine, denied]) {
      telemetry.sourceReported(report);
    }
    expect(lines.map((line) => /source log .*? event=(\w+)/.exec(line)?.[0])).toEqual([
      'source log cannot see: permission denied event=source_blind',
      'source log cannot see: no such file event=source_blind',
      'source log can see again event=source_recovered',
      'source log cannot see: permission denied event=source_blind',
    ]);
  });

  it('is remembered apart from the others', () => {
    const { telemetry, lines } = record();
    telemetry.sourceReported(denied);
    telemetry.sourceReported({ ...fine, source: 'process' });
    expect(lines.length).toBe(1);
  });
});

describe('a source that looks at several gateways', () => {
  const at = { monoMs: 0, wallMs: AT };
  const looks = (gateway: string) => ({ source: 'gateway-session', gateway, at, durationMs: 1 }) as const;
  const refused = { kind: 'auth', message: 'token mismatch' } as const;

  it('that one of them refuses is told of once, with which one, however well the others go', () => {
    const { telemetry, lines } = record();
    for (let look = 0; look < 3; look += 1) {
      telemetry.sourceReported({ ...looks('one:1'), error: refused });
      telemetry.sourceReported(looks('two:2'));
    }
    telemetry.sourceReported(looks('one:1'));
    expect(lines.map((line) => /source gateway-session .*/.exec(line)?.[0])).toEqual([
      'source gateway-session cannot see at gateway one:1: token mismatch event=source_blind source=gateway-session gateway=one:1 kind=auth',
      'source gateway-session can see at gateway one:1 again event=source_recovered source=gateway-session gateway=one:1',
    ]);
  });

  it('has sessions of its own with each: every line about one says with whom', () => {
    const { telemetry, lines } = record({ format: 'json' });
    const gateway = 'one:1';
    telemetry.sessionOpened({ gateway, serverVersion: '2026.9.6', protocol: 4 });
    telemetry.sessionClosed({ gateway, code: 1012, reason: 'service restart' });
    telemetry.sessionRefused({ gateway, auth: 'rate_limited', detailCode: 'X', retryInMs: 60_000 });
    const told = lines.map((line) => JSON.parse(line) as { message: string; gateway: string });
    expect(told.map((line) => line.gateway)).toEqual([gateway, gateway, gateway]);
    for (const { message } of told) expect(message).toContain('gateway one:1');
  });
});

describe('a credential', () => {
  it.each([
    ['in a URL', 'cannot reach wss://operator:s3cr3t@gateway.example/x'],
    ['in a query', 'GET /ws?token=s3cr3t&v=4 failed'],
    ['in a header', 'authorization: Bearer s3cr3t.s3cr3t'],
    ['in JSON', '{"token":"s3cr3t","auth":{"password": "s3cr3t"}}'],
    ['as a key=value', 'gateway_token=s3cr3t'],
  ])('%s does not get through', (_where, message) => {
    for (const format of ['text', 'json'] as const) {
      const { telemetry, lines } = record({ format });
      telemetry.gatewayUnreachable({ url: 'ws://gateway', reason: 'other', message });
      telemetry.surprised('somewhere', new Error(message));
      expect(lines.join('')).toContain('[redacted]');
      expect(lines.join('')).not.toContain('s3cr3t');
    }
  });

  it.each(['../../etc/passwd', 'ci-token', 'the secret', "bob's password"])(
    'is not the verdict on a node host named %s',
    (name) => {
      for (const format of ['text', 'json'] as const) {
        const { telemetry, lines } = record({ format });
        telemetry.stateChanged({ name, from: 'alive', to: 'unknown', reasons: [], why: 'why', live: true });
        telemetry.supervisorGaveUp({ name, unit: 'my-token', lastExit: 'exit code 1' });
        const said =
          format === 'json' ? lines.map((line) => (JSON.parse(line) as { message: string }).message) : lines;
        expect(said[0]).toContain(`node host ${JSON.stringify(name)}: alive -> unknown. why`);
        expect(said[1]).toContain(`node host ${JSON.stringify(name)}: my-token will not be started again`);
        expect(lines.join('')).not.toContain('[redacted]');
      }
    },
  );

  it('inside the name of a node host does not get through', () => {
    const { telemetry, lines } = record();
    telemetry.nodeHostFound({ name: 'ws://me:s3cr3t@gateway', scope: 'remote', state: 'alive' });
    telemetry.nodeHostFound({ name: 'token=s3cr3t', scope: 'remote', state: 'alive' });
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('s3cr3t');
  });

  it('that is a Secret does not get through', () => {
    const { telemetry, lines } = record();
    telemetry.surprised('somewhere', new Secret('s3cr3t'));
    expect(lines.join('')).not.toContain('s3cr3t');
  });

  it('is not what OpenClaw calls its refusals, nor the name of a setting', () => {
    const { telemetry, lines } = record();
    telemetry.sessionRefused({
      gateway: 'gw:1',
      auth: 'token_mismatch',
      detailCode: 'AUTH_TOKEN_MISMATCH',
      retryInMs: 60_000,
    });
    telemetry.sourceReported({
      source: 'gateway-session',
      at: { monoMs: 0, wallMs: 0 },
      durationMs: 0,
      error: { kind: 'auth', message: 'Set gateway.token_file or OPENCLAW_GATEWAY_TOKEN' },
    });
    expect(lines.join('')).not.toContain('[redacted]');
    expect(lines[0]).toContain('auth=token_mismatch');
  });
});
