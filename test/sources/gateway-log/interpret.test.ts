import { readdirSync, readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Caller, GatewayRecord } from '../../../src/core/index.ts';
import { GatewayLogInterpreter } from '../../../src/sources/gateway-log/interpret.ts';

const CAPTURES = new URL('../../fixtures/captures/', import.meta.url);

function interpreter(): GatewayLogInterpreter {
  return new GatewayLogInterpreter({ scrub: (text) => text, disguise: (address) => `<${address.length}>` });
}

/** What the lines of a log say, without what says nothing. */
function told(lines: readonly string[], reader = interpreter()): { record: GatewayRecord; port?: number }[] {
  return lines.flatMap((line) => {
    const found = reader.read(line);
    if (found === null || !('record' in found)) return [];
    return [{ record: found.record, ...(found.port !== undefined && { port: found.port }) }];
  });
}

function capture(name: string): string[] {
  return readFileSync(new URL(name, CAPTURES), 'utf8').split('\n');
}

const LOCAL = '<9>';
const APP: Caller = {
  role: 'node',
  instanceId: '11111111-2222-3333-4444-555555555555',
  displayName: "Ana's MacBook",
  version: '2026.3.8-beta.1',
  platform: 'macos',
  from: LOCAL,
};
const NAMED_APP: Caller = { ...APP, clientId: 'openclaw-macos' };
const PROXIED = { from: '<11>', fromElsewhere: true } as const;

function refused(
  auth: GatewayRecord & { kind: 'refused' } extends { auth: infer A } ? A : never,
  caller: Caller,
) {
  return { kind: 'refused', auth, caller, times: 1 } as const;
}

function unpaired(caller: Caller, requestId: string) {
  return { ...refused('pairing_required', caller), pairing: { requestId, cause: 'not-paired' } } as const;
}

/** Who asks for a pairing is known by his device alone. */
function device(deviceId: string, rest: Partial<Caller> = {}): Caller {
  return { role: 'unknown', deviceId, from: LOCAL, ...rest };
}

const DEVICE_4 = 'a551d1974fb92f75e40b124ea499eea9de46ad81738e986fbac8006ac022cb5a';
const DEVICE_9 = '627509e14055e4e2573f7ae971b739e3a0b87afe661148acfcd39f2c8b0d7387';

const WITHHELD_FROM = '7d1b283250da634129abe4c4bfaa7e85ece239be64432a66f3b7893e8104ab26';
const ATTIC: Caller = {
  role: 'node',
  clientId: 'node-host',
  displayName: 'Attic',
  version: '2026.9.6',
  platform: 'linux',
};

/** A wrong token, the same by a proxy, a device that is not approved (three times), no token, a wrong token. */
const REFUSALS = (id: string, missing: number, requestId: string): GatewayRecord[] => [
  { kind: 'starting' },
  { kind: 'ready' },
  refused('token_mismatch', NAMED_APP),
  refused('token_mismatch', { ...NAMED_APP, ...PROXIED }),
  unpaired(device(id, PROXIED), requestId),
  unpaired(device(id, PROXIED), requestId),
  unpaired(device(id), requestId),
  ...Array.from({ length: missing }, () => refused('token_missing', NAMED_APP)),
  refused('token_mismatch', NAMED_APP),
  { kind: 'stopping', signal: 'SIGTERM' },
];

const EXPECTED: Readonly<Record<string, readonly GatewayRecord[]>> = {
  'gateway-jsonl-app-refused.jsonl': Array.from({ length: 3 }, () => refused('token_mismatch', NAMED_APP)),
  '2026.4.15/gateway-console-app-refused.log': [refused('token_mismatch', APP)],
  '2026.9.6/gateway-console-app-refused.log': [refused('token_mismatch', NAMED_APP)],
  '2026.4.15/gateway-console-token-regenerated.log': [{ kind: 'token-regenerated', isSaved: true }],
  '2026.9.6/gateway-console-token-regenerated.log': [{ kind: 'token-regenerated', isSaved: false }],
  // All of its commands are allowed by the second start: nothing is said of them before it is let in again.
  '2026.9.6/gateway-console-withheld-once.log': [
    { kind: 'starting' },
    { kind: 'ready' },
    { kind: 'paired', deviceId: WITHHELD_FROM },
    { kind: 'commands-withheld', deviceId: WITHHELD_FROM, commands: 9 },
    { kind: 'attached', caller: ATTIC },
    { kind: 'stopping', signal: 'SIGTERM' },
    { kind: 'detached', caller: ATTIC, code: 1012 },
    { kind: 'starting' },
    { kind: 'ready' },
    { kind: 'attached', caller: ATTIC },
  ],
  '2026.4.15/gateway-jsonl-refusals.jsonl': REFUSALS(DEVICE_4, 4, '3058657b-5936-4f31-bb3f-33fd9f5a9764'),
  // It leaves out what repeats within 30 s.
  '2026.9.6/gateway-jsonl-refusals.jsonl': REFUSALS(DEVICE_9, 1, 'edbec5c6-cb9a-4754-bed8-5409db922f49'),
};

describe('a gateway’s log', () => {
  it.each(Object.entries(EXPECTED))('%s says just this', (name, expected) => {
    expect(told(capture(name)).map(({ record }) => record)).toEqual(expected);
  });

  it('has an expectation for every capture of one', () => {
    const present = ['', '2026.4.15/', '2026.9.6/'].flatMap((folder) =>
      readdirSync(new URL(folder, CAPTURES))
        .filter((name) => /^gateway-(?!console-verbose)/.test(name))
        .map((name) => folder + name),
    );
    expect(present.sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it('says of each connection at which port the gateway was dialled', () => {
    const ports = told(capture('2026.4.15/gateway-jsonl-refusals.jsonl')).map(({ port }) => port);
    expect(new Set(ports)).toEqual(new Set([25_632, undefined]));
  });

  it('points at the port of a gateway of 2026.4 once in a start', () => {
    const reader = interpreter();
    const found = capture('2026.4.15/gateway-jsonl-refusals.jsonl').map((line) => reader.read(line));
    expect(found.filter((it) => it !== null && !('record' in it))).toEqual([{ port: 25_632 }]);
  });

  it.each(['2026.4.15', '2026.9.6'])(
    'of %s tells, where it is verbose, who attached and how it ended',
    (version) => {
      const records = told(capture(`${version}/gateway-console-verbose-ws.log`)).map(({ record }) => record);
      const attached = records.filter((record) => record.kind === 'attached');
      const detached = records.filter((record) => record.kind === 'detached');
      expect(new Set(attached.map(({ caller }) => caller.clientId))).toEqual(new Set(['node-host']));
      expect(attached.map(({ caller }) => caller.displayName)).toContain('NodeA');
      expect(detached.length).toBeGreaterThan(0);
      for (const { caller } of detached)
        expect(attached.map((record) => record.caller)).toContainEqual(caller);
    },
  );
});

const CONN = '6bb5d31b-98f9-4efc-9af3-b057cc09070b';

function ws(message: string, fields?: object): string {
  return JSON.stringify({
    0: '{"subsystem":"gateway/ws"}',
    1: fields ?? message,
    ...(fields && { 2: message }),
    time: '2026-11-27T10:12:49.313+00:00',
  });
}

function closing(rest: string, fields: object): string {
  return ws(
    `closed before connect conn=${CONN} peer=10.1.2.3:36004->10.0.0.1:18789 remote=10.1.2.3 fwd=n/a origin=n/a host=gw ua=n/a code=1008 reason=${rest}`,
    fields,
  );
}

const REQUEST = 'edbec5c6-cb9a-4754-bed8-5409db922f49';
const MISSING = { cause: 'unauthorized', authReason: 'token_missing', role: 'node', remoteAddr: '10.1.2.3' };

describe('one line', () => {
  it('counts the refusals that the gateway left out before it', () => {
    const [one] = told([closing('n/a phase=auth_credentials_received suppressed=7', MISSING)]);
    expect(one?.record).toMatchObject({ kind: 'refused', auth: 'token_missing', times: 8 });
  });

  it('believes no count that a client wrote into the reason of its close', () => {
    const [one] = told([closing('x suppressed=9999 phase=auth_credentials_received', MISSING)]);
    expect(one?.record).toMatchObject({ times: 1 });
  });

  it.each([
    ['nobody was refused: it went away by itself', { handshake: 'pending' }],
    ['a gateway that starts sends everybody away', { cause: 'startup-sidecars-pending' }],
    ['its session was shut because the token was rotated', { cause: 'gateway-auth-rotated' }],
  ])('is no refusal where %s', (_, fields) => {
    expect(told([closing('n/a phase=ws_upgrade_started', fields)])).toEqual([]);
  });

  it.each([
    ['token_missing_config', 'token_not_configured'],
    ['tailscale_whois_failed', 'tailscale'],
    ['trusted_proxy_missing_header_x-user', 'identity_header_required'],
    ['device_token_mismatch', 'device_token_mismatch'],
    ['something new', 'other'],
  ])('calls %s %s', (authReason, auth) => {
    const [one] = told([closing('n/a phase=x', { ...MISSING, authReason })]);
    expect(one?.record).toMatchObject({ auth });
  });

  it.each(['not-paired', 'role-upgrade', 'something new'])('tells what is to be approved: %s', (reason) => {
    const fields = { cause: 'pairing-required', deviceId: DEVICE_9, requestId: REQUEST, reason };
    const [one] = told([closing('pairing required phase=auth_validated', fields)]);
    const cause = reason === 'something new' ? {} : { cause: reason };
    expect(one?.record).toMatchObject({ pairing: { requestId: REQUEST, ...cause } });
  });

  it('never makes a command of what is no id of a request', () => {
    const requestId = '$(reboot)-5c6b-9754-bed8-5409db922f49';
    const fields = { cause: 'pairing-required', deviceId: DEVICE_9, requestId, reason: 'not-paired' };
    const [one] = told([closing('pairing required phase=auth_validated', fields)]);
    expect(one?.record).toMatchObject({ pairing: { cause: 'not-paired' } });
    expect(JSON.stringify(one)).not.toContain('reboot');
  });

  it.each([
    [`device pairing auto-approved device=${DEVICE_4} role=node`, { kind: 'paired', deviceId: DEVICE_4 }],
    [`device pairing approved device=${DEVICE_9} role=operator`, { kind: 'paired', deviceId: DEVICE_9 }],
    ['received SIGUSR1; restarting', { kind: 'stopping', signal: 'SIGUSR1' }],
    ['ready (5 plugins: acpx, browser, device-pair; 4.5s)', { kind: 'ready' }],
    ['gateway ready', { kind: 'ready' }],
  ])('of a gateway: %s', (message, record) => {
    const file = JSON.stringify({ 0: '{"subsystem":"gateway"}', 1: message, time: '2026-11-27T10:12:49Z' });
    const console = `2026-11-27T10:12:49.313+00:00 [gateway] ${message.replace(/^gateway /, '')}`;
    expect(told([file, console])).toEqual([{ record }, { record }]);
  });

  it('tells how many commands the configuration withholds', () => {
    const message = `node command surface withheld node=${DEVICE_9} commands=system.run,camera.snap`;
    const file = JSON.stringify({ 0: '{"subsystem":"gateway/node-connect"}', 1: message });
    const console = `2026-11-27T10:12:49.313+00:00 [node-connect] ${message}`;
    const record = { kind: 'commands-withheld', deviceId: DEVICE_9, commands: 2 };
    expect(told([file, console])).toEqual([{ record }, { record }]);
  });

  it('tells of a handshake that took too long', () => {
    const line = ws(`handshake timeout conn=${CONN} peer=10.1.2.3:1->10.0.0.1:18789 remote=10.1.2.3`);
    expect(told([line])).toEqual([{ record: { kind: 'handshake-timeout' }, port: 18_789 }]);
  });

  it('tells that 2026.4 has stopped writing', () => {
    const line = JSON.stringify({
      time: '2026-11-27T10:12:49.313+00:00',
      level: 'warn',
      subsystem: 'logging',
      message:
        'log file size cap reached; suppressing writes file=/tmp/openclaw/x.log maxFileBytes=524288000',
    });
    expect(told([line])).toEqual([{ record: { kind: 'log-full' } }]);
  });

  it('of another subsystem says nothing, whatever it quotes', () => {
    const quoted =
      'auth token was missing. Generated a new token and saved it to config (gateway.auth.token).';
    const lines = ['cron', 'gateway/health-monitor', 'node-host', 'gateway/ws'].map((subsystem) =>
      JSON.stringify({ 0: JSON.stringify({ subsystem }), 1: quoted, time: '2026-11-27T10:12:49Z' }),
    );
    expect(told(lines)).toEqual([]);
  });

  it('never says more of an address than which are alike', () => {
    const line = closing('n/a phase=x', {
      ...MISSING,
      forwardedFor: '203.0.113.77',
      endpoint: '10.1.2.3:36004->10.0.0.1:18789',
      userAgent: 'secret-agent',
      origin: 'https://secret.example',
    });
    const said = JSON.stringify(told([line]));
    for (const secret of ['203.0.113', '10.1.2.3', '10.0.0.1', 'secret']) expect(said).not.toContain(secret);
  });

  it('of any kind is read without an error, and in time', () => {
    const words = fc.constantFrom(
      'closed before connect ',
      'unauthorized ',
      ' conn=',
      CONN,
      ' client=',
      ' reason=',
      '← connect ',
      '→ close ',
      ' host=',
      ' phase=a',
      '"',
      '\\',
      '[ws] ',
      'x'.repeat(900),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        told([ws(text), ws(text, { cause: text }), `2026-11-26T21:06:43.886+00:00 [ws] ${text}`, text]);
      }),
    );
  });
});
