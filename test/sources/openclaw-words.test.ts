import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../src/core/index.ts';
import { interpretConnectFailure } from '../../src/sources/gateway-session/interpret-connect.ts';
import { ReferenceClient } from '../../src/sources/gateway-session/reference-client.ts';
import type { ConnectOutcome } from '../../src/sources/gateway-session/session-client.ts';
import { parseLine } from '../../src/sources/log/parse-line.ts';
import { CERTIFICATE_FAILURES, REASON_BY_CODE } from '../../src/sources/network-failure.ts';
import { classifyFailure } from '../../src/sources/openclaw-words.ts';

/** What a node host's log says of an attempt that ended with this message, as `reason` or `reason/auth`. */
function byLog(message: string): string {
  const event = parseLine(`node host gateway connect failed: ${message}`);
  if (event?.kind !== 'connect-failed') return String(event?.kind);
  return event.auth === undefined ? event.reason : `${event.reason}/${event.auth}`;
}

/** What we say of an attempt of our own that ended like this. */
function byOurselves(outcome: Exclude<ConnectOutcome, { kind: 'opened' }>): string {
  const failure = interpretConnectFailure(outcome);
  return failure.kind === 'failed' ? failure.reason : failure.kind;
}

const failedWith = (code: string, message: string): Exclude<ConnectOutcome, { kind: 'opened' }> => ({
  kind: 'failed',
  error: Object.assign(new Error(message), { code }),
});

/** The text that Node gives with a code of its own, where it is not `connect CODE address`. */
const TEXTS: Readonly<Record<string, string>> = {
  ...CERTIFICATE_FAILURES,
  ENOTFOUND: 'getaddrinfo ENOTFOUND gw.example',
  ENODATA: 'queryA ENODATA gw.example',
  EAI_AGAIN: 'getaddrinfo EAI_AGAIN gw.example',
  EAI_FAIL: 'getaddrinfo EAI_FAIL gw.example',
  EAI_NONAME: 'getaddrinfo EAI_NONAME gw.example',
  EPROTO:
    'write EPROTO 40AD895DDF7F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:77:',
  ERR_SSL_WRONG_VERSION_NUMBER:
    '40E7D9F4E87F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/openssl/ssl/record/ssl3_record.c:354:',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    '40E7D9F4E87F0000:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1605:SSL alert number 116',
  ERR_TLS_CERT_ALTNAME_INVALID:
    "Hostname/IP does not match certificate's altnames: Host: a.example. is not in the cert's altnames: DNS:b.example",
  ERR_TLS_HANDSHAKE_TIMEOUT: 'TLS handshake timeout',
  HPE_INVALID_CONSTANT: 'Parse Error: Expected HTTP/, RTSP/ or ICE/',
  WS_ERR_INVALID_OPCODE: 'Invalid WebSocket frame: invalid opcode 3',
};
/** Of an attempt that meets several addresses: its message is empty in a log. */
const NO_TEXT = new Set(['ERR_SOCKET_CONNECTION_TIMEOUT']);
const CODES = [
  ...new Set([...Object.keys(REASON_BY_CODE), ...Object.keys(CERTIFICATE_FAILURES), ...Object.keys(TEXTS)]),
].filter((code) => !NO_TEXT.has(code));

describe('a node host’s failed attempt and one of our own are classified alike', () => {
  it.each(CODES)('that fails with %s', (code) => {
    const message = TEXTS[code] ?? `connect ${code} 10.0.0.9:18789`;
    expect(byLog(message)).toBe(byOurselves(failedWith(code, message)));
    expect(byLog(message)).not.toBe('other');
  });

  it.each(Object.entries(CERTIFICATE_FAILURES))('%s, which says "%s", is tls', (code, message) => {
    expect(byLog(message)).toBe('tls');
    expect(
      byLog(`${message}; if the root CA is installed locally, try running Node.js with --use-system-ca`),
    ).toBe('tls');
    expect(byOurselves(failedWith(code, message))).toBe('tls');
  });

  it.each([
    ['ECONNREFUSED', 'refused'],
    ['EHOSTUNREACH', 'refused'],
    ['ENETUNREACH', 'refused'],
    ['EPERM', 'refused'],
    ['ECONNRESET', 'closed'],
    ['ETIMEDOUT', 'timeout'],
    ['ENOTFOUND', 'dns'],
    // Only the resolver failed, and that heals by itself; a restart meets it again for as long as it lasts.
    ['EAI_AGAIN', 'dns'],
    ['EAI_FAIL', 'dns'],
    ['EPROTO', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ])('%s is %s', (code, reason) => {
    expect(byLog(TEXTS[code] ?? `connect ${code} 10.0.0.9:18789`)).toBe(reason);
  });

  it.each([
    [400, 'http_4xx'],
    [401, 'http_4xx'],
    [403, 'http_4xx'],
    [404, 'http_4xx'],
    [407, 'http_4xx'],
    [426, 'http_4xx'],
    [502, 'http_5xx'],
    [302, 'protocol'],
  ])('that meets HTTP %i is %s, in the words of every version', (status, reason) => {
    expect(byLog(`gateway rejected websocket upgrade (HTTP ${status}): <html>nginx</html>`)).toBe(reason);
    expect(byLog(`gateway rejected websocket upgrade (HTTP ${status})`)).toBe(reason);
    expect(byLog(`Unexpected server response: ${status}`)).toBe(reason);
    expect(byLog(`Failed to establish tunnel to gw:443 via http://proxy:3128/: HTTP/1.1 ${status} No`)).toBe(
      reason,
    );
    expect(byOurselves({ kind: 'not-upgraded', httpStatus: status, message: '' })).toBe(reason);
  });

  it('that meets HTTP 429 is locked out: there is nothing to do but to wait', () => {
    expect(byLog('Unexpected server response: 429')).toBe('http_4xx/rate_limited');
    expect(interpretConnectFailure({ kind: 'not-upgraded', httpStatus: 429, message: '' })).toMatchObject({
      kind: 'refused',
      auth: 'rate_limited',
    });
  });

  it.each([
    ['Opening handshake has timed out', 'timeout'],
    ['gateway connect challenge timeout (waited 10003ms, limit 10000ms)', 'timeout'],
    ['gateway connect challenge missing nonce', 'protocol'],
    ['gateway tls fingerprint mismatch', 'tls'],
    ['gateway tls fingerprint unavailable', 'tls'],
    ['gateway tls fingerprint must be a SHA-256 fingerprint', 'tls'],
    ['SECURITY ERROR: Cannot connect to "gw.example" over plaintext ws://. Both credentials …', 'tls'],
    ['socket hang up', 'closed'],
    // Nobody spoke of a certificate: a tunnel whose other end is down does just this.
    ['Client network socket disconnected before secure TLS connection was established', 'closed'],
    ['Invalid Sec-WebSocket-Accept header', 'protocol'],
  ])('that says "%s" is %s', (message, reason) => {
    expect(byLog(message)).toBe(reason);
    expect(byOurselves({ kind: 'failed', error: new Error(message) })).toBe(reason);
  });

  it.each([
    ['unauthorized: gateway token mismatch (provide gateway auth token)', 'token_mismatch'],
    ['unauthorized: device token scope mismatch (re-pair or approve scope upgrade)', 'scope_mismatch'],
    ['unauthorized: setup code invalid, expired, revoked, or already used', 'bootstrap_token_invalid'],
    ['role upgrade pending approval (requestId: r-1)', 'pairing_required'],
    ['device metadata change pending approval (requestId: r-1)', 'pairing_required'],
    ['device auth invalid', 'device_auth_invalid'],
    ['protocol mismatch', 'protocol_mismatch'],
  ])('that is refused in the words "%s" is %s', (message, auth) => {
    expect(classifyFailure(message).auth).toBe(auth);
    expect(
      interpretConnectFailure({ kind: 'rejected', error: { code: 'INVALID_REQUEST', message } }),
    ).toMatchObject({ kind: 'refused', auth });
  });

  it('whatever a proxy’s page or a host’s name says', () => {
    expect(byLog('gateway rejected websocket upgrade (HTTP 502): certificate has expired')).toBe('http_5xx');
    expect(byLog('gateway closed (1006): self-signed certificate')).toBe('closed');
    expect(byLog('getaddrinfo ENOTFOUND certificate.example')).toBe('dns');
    expect(byLog("Hostname/IP does not match certificate's altnames: Host: pairing required")).toBe('tls');
  });
});

const pem = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/web/${name}`, import.meta.url), 'utf8');

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** How a dial with OpenClaw's own client ends, and what it says; the node hosts of 2026.9 print just this. */
async function dial(
  url: string,
  tlsFingerprint?: string,
): Promise<{ outcome: ConnectOutcome; said: string }> {
  const client = new ReferenceClient({
    url,
    credential: { kind: 'token', value: new Secret('tok-3f9c0d7e'), origin: 'here', fingerprint: 'f' },
    identity: undefined,
    scopes: ['operator.read'],
    connectDeadlineMs: 5_000,
    onEvent: () => undefined,
    onClosed: () => undefined,
    ...(tlsFingerprint === undefined ? {} : { tlsFingerprint }),
  });
  onTestFinished(() => client.close());
  const outcome = await client.connect();
  switch (outcome.kind) {
    case 'failed':
      return { outcome, said: outcome.error.message };
    case 'not-upgraded':
      return { outcome, said: outcome.message };
    default:
      throw new Error(`it ended as ${outcome.kind}`);
  }
}

describe('what really happens on a wire is classified alike', () => {
  it.each([
    [
      'a certificate that signed itself',
      { cert: pem('self-signed.pem'), key: pem('self-signed.key') },
      undefined,
    ],
    ['one of an unknown authority', { cert: pem('server.pem'), key: pem('server.key') }, undefined],
    [
      'one of an unknown authority that is shown',
      { cert: pem('server.pem') + pem('ca.pem'), key: pem('server.key') },
      undefined,
    ],
    ['another fingerprint', { cert: pem('server.pem'), key: pem('server.key') }, 'ab'.repeat(32)],
  ])('%s', async (_what, certificate, fingerprint) => {
    const port = await listening(
      createTlsServer(certificate, (socket) => socket.on('error', () => undefined)),
    );
    const { outcome, said } = await dial(`wss://127.0.0.1:${port}`, fingerprint);
    expect([byLog(said), byOurselves(outcome as never)]).toEqual(['tls', 'tls']);
  });

  it('TLS spoken to a plain port', async () => {
    const port = await listening(createServer());
    const { outcome, said } = await dial(`wss://127.0.0.1:${port}`);
    expect([byLog(said), byOurselves(outcome as never)]).toEqual(['tls', 'tls']);
  });

  it('a tunnel whose other end is down, spoken to with TLS and without', async () => {
    const port = await listening(createTcpServer((socket) => socket.destroy()));
    for (const scheme of ['ws', 'wss']) {
      const { outcome, said } = await dial(`${scheme}://127.0.0.1:${port}`);
      expect([byLog(said), byOurselves(outcome as never)]).toEqual(['closed', 'closed']);
    }
  });

  it.each([403, 407])('a proxy that answers HTTP %i', async (status) => {
    const server = createServer();
    server.on('upgrade', (_request, socket) => {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 9\r\nconnection: close\r\n\r\nforbidden`);
    });
    const { outcome, said } = await dial(`ws://127.0.0.1:${await listening(server)}`);
    expect([byLog(said), byOurselves(outcome as never)]).toEqual(['http_4xx', 'http_4xx']);
  });
});
