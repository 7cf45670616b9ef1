import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { LogEvent } from '../../../src/core/model/observation.ts';
import type { AuthReason, FailureReason } from '../../../src/core/model/vocabulary.ts';
import { MAX_KEPT_CHARS, parseLine, parseScrubbed } from '../../../src/sources/log/parse-line.ts';

const CAPTURES = new URL('../../fixtures/captures/', import.meta.url);

/** What each line of a capture says, in order; lines that say nothing are left out, as the source does. */
function eventsOf(capture: string): LogEvent[] {
  return readFileSync(new URL(capture, CAPTURES), 'utf8')
    .split('\n')
    .map(parseLine)
    .filter((event) => event !== null);
}

function failed(reason: FailureReason, message: string, auth?: AuthReason): LogEvent {
  return {
    kind: 'connect-failed',
    reason,
    ...(auth === undefined ? {} : { auth }),
    echoesClose: message.startsWith('gateway closed'),
    message,
  };
}

function closed(code: number, reason = ''): LogEvent {
  return { kind: 'closed', code, reason };
}

function times(count: number, ...events: LogEvent[]): LogEvent[] {
  return Array.from({ length: count }, () => events).flat();
}

const OTHER: LogEvent = { kind: 'other' };
const CONNECTED: LogEvent = { kind: 'connected', url: 'ws://127.0.0.1:18789' };
const REFUSED_ATTEMPT = (address: string): LogEvent[] => [
  failed('refused', `connect ECONNREFUSED ${address}`),
  closed(1006),
];
const PLAINTEXT =
  'SECURITY ERROR: Cannot connect to "nosuch.invalid" over plaintext ws://. Both credentials and chat data would be exposed to network interception. Use wss:// for remote URLs. Safe defaults: keep gateway.bind=loopback and connect via SSH tunnel (ssh -N -L 18789:127.0.0.1:18789 user@gateway-host), or use Tailscale Serve/Funnel. Break-glass (trusted private networks only): set OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1. Run `openclaw doctor --fix` for guidance.';
const TLS_TO_PLAIN = (id: string): string =>
  `write EPROTO ${id}:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:77:`;
const TOKEN_MISMATCH = 'unauthorized: gateway token mismatch (provide gateway auth token)';
const RATE_LIMITED = 'unauthorized: too many failed authentication attempts (retry later)';

const EXPECTED: Readonly<Record<string, readonly LogEvent[]>> = {
  '2026.4.15/stderr-1012-then-exit.log': [closed(1012, 'service restart')],
  '2026.4.15/stderr-dns.log': [failed('tls', PLAINTEXT)],
  '2026.4.15/stderr-http502.log': [failed('http_5xx', 'Unexpected server response: 502'), closed(1006)],
  '2026.4.15/stderr-no-challenge.log': [
    failed('timeout', 'gateway connect challenge timeout (waited 10003ms, limit 10000ms)'),
    closed(1008, 'connect challenge timeout'),
  ],
  '2026.4.15/stderr-pairing-required.log': [
    failed('pairing', 'pairing required', 'pairing_required'),
    closed(1008, 'connect failed'),
  ],
  '2026.4.15/stderr-rate-limited.log': [
    failed('auth', RATE_LIMITED, 'rate_limited'),
    closed(1008, 'connect failed'),
  ],
  '2026.4.15/stderr-refused.log': REFUSED_ATTEMPT('127.0.0.1:19999'),
  '2026.4.15/stderr-role-upgrade.log': [
    failed('pairing', 'pairing required', 'pairing_required'),
    closed(1008, 'connect failed'),
  ],
  '2026.4.15/stderr-terminate.log': [closed(1006), failed('closed', 'gateway closed (1006):')],
  '2026.4.15/stderr-tick-timeout-then-exit.log': [closed(4000, 'tick timeout')],
  '2026.4.15/stderr-tls-to-plain.log': [failed('tls', TLS_TO_PLAIN('40AD895DDF7F0000')), closed(1006)],
  '2026.4.15/stderr-try-again.log': [
    closed(1013, 'try again later'),
    failed('closed', 'gateway closed (1013): try again later'),
  ],
  '2026.4.15/stderr-wrong-token.log': [
    failed('auth', TOKEN_MISMATCH, 'token_mismatch'),
    closed(1008, TOKEN_MISMATCH),
  ],

  '2026.9.6/stderr-dns.log': [failed('tls', PLAINTEXT)],
  '2026.9.6/stderr-http502.log': times(
    5,
    failed('http_5xx', 'gateway rejected websocket upgrade (HTTP 502)'),
    closed(1006),
  ),
  '2026.9.6/stderr-no-challenge.log': [
    failed('timeout', 'gateway connect challenge timeout (waited 15001ms, limit 15000ms)'),
    closed(1008, 'connect challenge timeout'),
    failed('timeout', 'gateway connect challenge timeout (waited 14999ms, limit 15000ms)'),
    closed(1008, 'connect challenge timeout'),
    closed(1005),
  ],
  '2026.9.6/stderr-pairing-required.log': [
    failed('pairing', 'device pairing required (requestId: req-1)', 'pairing_required'),
    { kind: 'paused', code: 1008, auth: 'pairing_required', disposition: 'waiting' },
    closed(1008, 'pairing required'),
  ],
  '2026.9.6/stderr-rate-limited.log': [
    failed('auth', RATE_LIMITED, 'rate_limited'),
    { kind: 'paused', code: 1008, auth: 'rate_limited', disposition: 'waiting' },
    closed(1008, 'connect failed'),
  ],
  '2026.9.6/stderr-refused.log': times(5, ...REFUSED_ATTEMPT('127.0.0.1:19999')),
  '2026.9.6/stderr-restart-and-approval.log': [
    CONNECTED,
    { kind: 'awaiting-approval' },
    OTHER,
    ...times(32, { kind: 'awaiting-approval' }),
    closed(1006),
    CONNECTED,
    closed(1012, 'service restart'),
    ...times(4, ...REFUSED_ATTEMPT('127.0.0.1:18789')),
    CONNECTED,
    OTHER,
    closed(1005),
  ],
  '2026.9.6/stderr-role-upgrade.log': [
    failed('pairing', 'role upgrade pending approval (requestId: req-1)', 'pairing_required'),
    { kind: 'paused', code: 1008, auth: 'pairing_required', disposition: 'waiting' },
    closed(1008, 'connect failed'),
  ],
  '2026.9.6/stderr-silent-tcp.log': [
    failed('timeout', 'Opening handshake has timed out'),
    closed(1006),
    failed('timeout', 'Opening handshake has timed out'),
    closed(1006),
    closed(1006),
  ],
  '2026.9.6/stderr-terminate.log': times(5, closed(1006)),
  '2026.9.6/stderr-tls-to-plain.log': times(5, failed('tls', TLS_TO_PLAIN('405D4E49F67F0000')), closed(1006)),
  '2026.9.6/stderr-try-again.log': times(5, closed(1013, 'try again later')),
  '2026.9.6/stderr-wrong-token.log': [
    failed('auth', TOKEN_MISMATCH, 'token_mismatch'),
    { kind: 'paused', code: 1008, auth: 'token_mismatch', disposition: 'exiting' },
    closed(1008, TOKEN_MISMATCH),
  ],
  '2026.9.6/stderr-zombie-after-1012.log': [CONNECTED, OTHER, closed(1012, 'service restart')],
};

describe('the captures of real node hosts', () => {
  it.each(Object.entries(EXPECTED))('%s says exactly this', (capture, expected) => {
    expect(eventsOf(capture)).toEqual(expected);
  });

  it('none is left out', () => {
    const present = ['2026.4.15', '2026.9.6'].flatMap((version) =>
      readdirSync(new URL(version, CAPTURES))
        .filter((name) => /^stderr-.*\.log$/.test(name))
        .map((name) => `${version}/${name}`),
    );
    expect(present.sort()).toEqual(Object.keys(EXPECTED).sort());
  });
});

function reasonOf(message: string): string {
  const event = parseLine(`node host gateway connect failed: ${message}`);
  if (event?.kind !== 'connect-failed') return String(event?.kind);
  return event.auth === undefined ? event.reason : `${event.reason}/${event.auth}`;
}

describe('a failed attempt is told by its text', () => {
  it.each([
    ['connect ECONNREFUSED 127.0.0.1:18789', 'refused'],
    ['connect EHOSTUNREACH 10.0.0.9:18789', 'refused'],
    ['connect ENETUNREACH 10.0.0.9:18789 - Local (0.0.0.0:0)', 'refused'],
    ['read ECONNRESET', 'closed'],
    ['socket hang up', 'closed'],
    ['write EPIPE', 'closed'],
    ['connect ETIMEDOUT 10.0.0.9:18789', 'timeout'],
    ['gateway request timeout for connect', 'timeout'],
    ['getaddrinfo ENOTFOUND gateway.example', 'dns'],
    ['getaddrinfo EAI_AGAIN gateway.example', 'dns'],
    // A host name made by a joker is not a refused credential.
    ['getaddrinfo ENOTFOUND pairing required', 'dns'],
    ['self-signed certificate in certificate chain', 'tls'],
    [
      "Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's altnames: DNS:b",
      'tls',
    ],
    ['gateway tls fingerprint mismatch', 'tls'],
    ['gateway tls fingerprint requires wss:// gateway url', 'tls'],
    // A tunnel whose other end is down does this: no word of a certificate.
    ['Client network socket disconnected before secure TLS connection was established', 'closed'],
    ['Unexpected server response: 401', 'http_4xx'],
    ['Unexpected server response: 302', 'protocol'],
    ['gateway rejected websocket upgrade (HTTP 429): {"error":"slow down"}', 'http_4xx/rate_limited'],
    ['gateway rejected websocket upgrade (HTTP 503): unauthorized: gateway token mismatch', 'http_5xx'],
    ['gateway rejected websocket upgrade (HTTP unknown)', 'protocol'],
    ['gateway connect challenge missing nonce', 'protocol'],
    ['gateway connect challenge timestamp invalid', 'protocol'],
    ['invalid connect params: at /client/id: must be equal to constant', 'protocol'],
    ['gateway closed (1008): ', 'closed'],
    ['gateway closed (1008): unauthorized: gateway token mismatch', 'closed/token_mismatch'],
    ['protocol mismatch', 'protocol/protocol_mismatch'],
    ['client version mismatch', 'protocol/client_version_mismatch'],
    ['unauthorized: gateway token missing (provide gateway auth token)', 'auth/token_missing'],
    [
      'unauthorized: gateway token not configured on gateway (set gateway.auth.token)',
      'auth/token_not_configured',
    ],
    ['unauthorized: gateway password missing (provide gateway auth password)', 'auth/password_missing'],
    ['unauthorized: gateway password mismatch (provide gateway auth password)', 'auth/password_mismatch'],
    [
      'unauthorized: gateway password not configured on gateway (set gateway.auth.password)',
      'auth/password_not_configured',
    ],
    [
      'unauthorized: bootstrap token invalid or expired (scan a fresh setup code)',
      'auth/bootstrap_token_invalid',
    ],
    [
      'unauthorized: setup code invalid, expired, revoked, or already used (create a new code; review `openclaw devices list`)',
      'auth/bootstrap_token_invalid',
    ],
    ['unauthorized: device token mismatch (rotate/reissue device token)', 'auth/device_token_mismatch'],
    [
      'unauthorized: device token rejected (pair/repair this device, or provide gateway token)',
      'auth/device_token_mismatch',
    ],
    ['unauthorized: device token scope mismatch (re-pair or approve scope upgrade)', 'auth/scope_mismatch'],
    [
      'unauthorized: tailscale identity missing (use Tailscale Serve auth or gateway token/password)',
      'auth/tailscale',
    ],
    [
      'gateway rejected this node: trusted-proxy identity-header authentication is required and no usable machine credential was accepted; run `openclaw doctor` on the Gateway',
      'auth/identity_header_required',
    ],
    [
      'operator role policies require a verified user identity for this authentication method; reconnect through the trusted proxy or Tailscale, or use the shared gateway token/password',
      'auth/verified_user_required',
    ],
    ['pairing required: device is not approved yet (requestId: r-1)', 'pairing/pairing_required'],
    ['scope upgrade pending approval (requestId: r-1)', 'pairing/pairing_required'],
    ['device metadata change pending approval (requestId: r-1)', 'pairing/pairing_required'],
    ['device identity required', 'auth/device_identity_required'],
    ['device identity mismatch', 'auth/device_auth_invalid'],
    ['device signature expired', 'auth/device_auth_invalid'],
    ['device signature invalid', 'auth/device_auth_invalid'],
    ['device nonce required', 'auth/device_auth_invalid'],
    ['device nonce mismatch', 'auth/device_auth_invalid'],
    ['device public key invalid', 'auth/device_auth_invalid'],
    ['unauthorized', 'auth/other'],
    ['something nobody has seen yet', 'other'],
  ])('%s → %s', (message, expected) => {
    expect(reasonOf(message)).toBe(expected);
  });

  it('no text at all is Node refusing to choose among several refused addresses', () => {
    expect(parseLine('node host gateway connect failed: ')).toEqual(failed('refused', ''));
    expect(parseLine('node host gateway connect failed:')).toEqual(failed('refused', ''));
  });

  it('a node host that is stopped while it connects has not failed', () => {
    expect(parseLine('node host gateway connect failed: gateway client stopped')).toEqual(OTHER);
  });
});

describe('a paused node host', () => {
  const paused = (rest: string): LogEvent | null =>
    parseLine(`node host gateway reconnect paused after close (1008): ${rest}`);

  it('is read from the end of the line, whatever the close reason contains', () => {
    expect(
      paused(
        'try detail=AUTH_TOKEN_MISSING; waiting for operator action detail=AUTH_RATE_LIMITED; exiting for supervisor restart',
      ),
    ).toEqual({ kind: 'paused', code: 1008, auth: 'rate_limited', disposition: 'exiting' });
  });

  it('without a detail is classified by the close reason', () => {
    expect(paused('pairing required; waiting for operator action')).toEqual({
      kind: 'paused',
      code: 1008,
      auth: 'pairing_required',
      disposition: 'waiting',
    });
    expect(paused('no close reason; waiting for operator action')).toMatchObject({ auth: 'other' });
  });

  it('cut short by a line break in the close reason waits, as far as anybody can tell', () => {
    expect(paused('first half')).toEqual({
      kind: 'paused',
      code: 1008,
      auth: 'other',
      disposition: 'waiting',
    });
  });

  it('knows every detail code by the shared table', () => {
    expect(paused('x detail=DEVICE_AUTH_NONCE_MISMATCH; waiting for operator action')).toMatchObject({
      auth: 'device_auth_invalid',
    });
    expect(paused('x detail=SOMETHING_NEW; waiting for operator action')).toMatchObject({ auth: 'other' });
  });
});

describe('the other lines', () => {
  it('a rejection for good keeps its type', () => {
    expect(
      parseLine(
        'node host gateway permanently rejected connection (proxy_attribution_required): configure gateway.trustedProxies; exiting',
      ),
    ).toEqual({ kind: 'rejected', type: 'proxy_attribution_required' });
  });

  it('a close without a reason is a close, with or without the space that journald trims', () => {
    expect(parseLine('node host gateway closed (1006): ')).toEqual(closed(1006));
    expect(parseLine('node host gateway closed (1006):')).toEqual(closed(1006));
  });

  it('colour, CR and the prefixes of consoles do not hide a line', () => {
    const line = 'node host gateway closed (4000): tick timeout';
    const event = closed(4000, 'tick timeout');
    expect(parseLine(`\u001b[31m${line}\u001b[39m\r`)).toEqual(event);
    expect(parseLine(`2026-11-22T01:43:09.896+00:00 ${line}`)).toEqual(event);
    expect(parseLine(`2026-11-22T01:43:09.896Z [node-host] ${line}`)).toEqual(event);
    expect(parseLine(`[openclaw] \u001b[2m${line}\u001b[22m`)).toEqual(event);
    expect(parseLine(`2026-11-22 01:43:09,896  ${line}`)).toEqual(event);
    expect(parseLine(`2026-11-22T01:43:09+0000 [openclaw]  ${line}`)).toEqual(event);
  });

  it('links, titles and character sets of a terminal do not hide a line either', () => {
    const line = 'node host gateway closed (4000): tick timeout';
    const event = closed(4000, 'tick timeout');
    expect(parseLine(`\u001b]0;title\u0007\u001b[1;31m${line}\u001b(B\u001b[m`)).toEqual(event);
    expect(parseLine(line.replace('tick', '\u001b]8;;http://a/?b=c\u001b\\tick\u001b]8;;\u001b\\'))).toEqual(
      event,
    );
    expect(parseLine(`\u009b31m${line}\u009b0m`)).toEqual(event);
  });

  it('a sequence in the gateway’s words that has no end does not hide how the line ends', () => {
    expect(
      parseLine(
        'node host gateway reconnect paused after close (1008): \u001b]0;x detail=AUTH_TOKEN_MISMATCH; exiting for supervisor restart',
      ),
    ).toEqual({ kind: 'paused', code: 1008, auth: 'token_mismatch', disposition: 'exiting' });
  });

  it('blank lines, the logger’s repetition and the launcher’s words say nothing', () => {
    expect(parseLine('')).toBeNull();
    expect(parseLine(' \t\r')).toBeNull();
    expect(parseLine('\u001b[0m')).toBeNull();
    expect(parseLine('gateway connect failed: GatewayClientRequestError: pairing required')).toBeNull();
    expect(
      parseLine('\u001b[31mgateway connect failed: Error: gateway closed (1006): \u001b[39m'),
    ).toBeNull();
    expect(
      parseLine(
        'openclaw: updated node did not reconnect within five minutes; restoring the previous runtime.',
      ),
    ).toBeNull();
  });

  it.each([
    'node host PATH: /usr/bin:/bin',
    'node host stats publish failed: GatewayClientRequestError: node pairing changed while invocation was active',
    '[node-host] advertised commands: system.run, system.which',
    'node auto-update restarting into 2026.9.7',
    '{"level":"info","message":"node host gateway connected: ws://a"}',
    'he said: node host gateway connected: ws://a',
    'he said: 2026-11-22T01:43:09Z node host gateway closed (1006): ',
    'he said gateway connect failed: x',
    'he said openclaw: x',
    'node host said: node host gateway closed (1006): x',
    'node host said: node host gateway reconnect paused after close (1008): x; waiting for operator action',
    'node host said: node host gateway permanently rejected connection (x): y',
  ])('%s only shows that something ran', (line) => {
    expect(parseLine(line)).toEqual(OTHER);
  });

  it('what an operator has to approve is said in the middle of a line', () => {
    const line = 'node host note: node capability surface is awaiting operator approval (run this)';
    expect(parseLine(line)).toEqual({ kind: 'awaiting-approval' });
    expect(parseLine(line.replace('node host note: ', ''))).toEqual(OTHER);
  });

  it('a URL is kept without what may be a secret in it', () => {
    expect(parseLine('node host gateway connected: wss://me:pw@gw.example:443/oc?token=abc#x')).toEqual({
      kind: 'connected',
      url: 'wss://gw.example:443/oc',
    });
  });
});

describe('what is kept of a line', () => {
  const reasonOfClose = (reason: string, scrub = (text: string): string => text): string => {
    const event = parseScrubbed(`node host gateway closed (1008): ${reason}`, scrub);
    return event?.kind === 'closed' ? event.reason : String(event?.kind);
  };

  it('is 500 characters of a text at most, and where there were more it ends in …', () => {
    expect(reasonOfClose('x'.repeat(MAX_KEPT_CHARS))).toBe('x'.repeat(MAX_KEPT_CHARS));
    expect(reasonOfClose('x'.repeat(MAX_KEPT_CHARS + 1))).toBe(`${'x'.repeat(MAX_KEPT_CHARS - 1)}…`);
    const url = `ws://gw/${'x'.repeat(MAX_KEPT_CHARS)}`;
    expect(parseLine(`node host gateway connected: ${url}`)).toMatchObject({
      url: `${url.slice(0, MAX_KEPT_CHARS - 1)}…`,
    });
  });

  it('comes of the first 4,096 characters', () => {
    const start = 'node host gateway reconnect paused after close (1008): ';
    const end = '; exiting for supervisor restart';
    const ofLength = (chars: number): LogEvent | null =>
      parseLine(`${start}${'x'.repeat(chars - start.length - end.length)}${end}`);
    expect(ofLength(4_096)).toMatchObject({ disposition: 'exiting' });
    expect(ofLength(4_097)).toMatchObject({ disposition: 'waiting' });
  });

  it('is not the user and the password of a proxy', () => {
    expect(reasonOfClose('by HTTP://me:pw@proxy:3128, then wss://you@gw')).toBe(
      'by HTTP://proxy:3128, then wss://gw',
    );
    // A path has an @ of its own, and so has a text.
    expect(reasonOfClose('at wss://gw/a@b, by x@y')).toBe('at wss://gw/a@b, by x@y');
  });

  it('is read as it stands, and kept without the credentials that are known', () => {
    const scrub = (text: string): string => text.replaceAll('secret', '*');
    expect(reasonOfClose('secret', scrub)).toBe('*');
    expect(parseScrubbed('node host gateway connect failed: secret', scrub)).toMatchObject({ message: '*' });
    expect(
      parseScrubbed('node host gateway permanently rejected connection (secret): x', scrub),
    ).toMatchObject({ type: '*' });
    // Where it dials has to stay what it is, also where its name is somebody's password.
    expect(parseScrubbed('node host gateway connected: wss://secret:1/secret', scrub)).toMatchObject({
      url: 'wss://secret:1/*',
    });
    expect(parseScrubbed('node host gateway connected: secret', scrub)).toMatchObject({ url: '*' });
    // The address of a gateway stays as it is, whatever it is called.
    expect(parseScrubbed('node host gateway connected: wss://gw.secret:1/secret', scrub)).toMatchObject({
      url: 'wss://gw.secret:1/*',
    });
    expect(reasonOfClose('  service restart  ')).toBe('service restart');
    expect(reasonOfClose('unauthorized: secret', () => '')).toBe('');
  });

  it('of a URL has neither a query nor a fragment, whichever comes first, and the address as it was written', () => {
    const urlOf = (url: string): unknown => parseLine(`node host gateway connected: ${url}`);
    expect(urlOf('WSS://me@GW.example#a?b')).toEqual({ kind: 'connected', url: 'WSS://GW.example' });
    expect(urlOf('ws://gw/a@b?c')).toEqual({ kind: 'connected', url: 'ws://gw/a@b' });
  });
});
