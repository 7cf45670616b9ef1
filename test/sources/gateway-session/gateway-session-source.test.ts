import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/model/secret.ts';
import type { Credential } from '../../../src/sources/gateway-session/credential.ts';
import { GatewaySessionSource } from '../../../src/sources/gateway-session/gateway-session-source.ts';
import type { GatewaySessionOptions } from '../../../src/sources/gateway-session/gateway-session-source.ts';
import type {
  ConnectOutcome,
  GatewayError,
  RequestOutcome,
  SessionClient,
  SessionRequest,
} from '../../../src/sources/gateway-session/session-client.ts';
import { knownSecrets } from '../../../src/sources/known-secrets.ts';
import { capturedAnswers, capturedHello } from '../../helpers/captured-frames.ts';
import { ManualTime, settle } from '../../helpers/manual-time.ts';
import { RecordingSink } from '../../helpers/recording-sink.ts';

const TOKEN = 'tok-3f9c0d7e-very-secret';

const token = (fingerprint: string, value = TOKEN): Credential => ({
  kind: 'token',
  value: new Secret(value),
  origin: '/etc/token',
  fingerprint,
});
const none: Credential = { kind: 'none', why: ['/etc/token does not exist'] };

const opened: ConnectOutcome = { kind: 'opened', hello: capturedHello('2026.9.6') };
const down: ConnectOutcome = {
  kind: 'failed',
  error: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
};
const rejected = (error: Partial<GatewayError>): ConnectOutcome => ({
  kind: 'rejected',
  error: { code: 'INVALID_REQUEST', message: 'unauthorized', ...error },
});
const mismatch = rejected({
  message: `unauthorized: gateway token mismatch (${TOKEN})`,
  details: { code: 'AUTH_TOKEN_MISMATCH' },
});
const roster: RequestOutcome = { kind: 'ok', payload: capturedAnswers('2026.9.6', 'node.list')[0]!.payload };

/** One dial, as the test made it end and as the source drove it. */
class ScriptedClient implements SessionClient {
  readonly request_: SessionRequest;
  readonly asked: { method: string; params: unknown; timeoutMs: number }[] = [];
  closed = false;
  readonly #outcome: ConnectOutcome | 'hangs';
  readonly #answer: (method: string) => Promise<RequestOutcome>;
  readonly #abandoned = Promise.withResolvers<ConnectOutcome>();

  constructor(
    request: SessionRequest,
    outcome: ConnectOutcome | 'hangs',
    answer: (method: string) => Promise<RequestOutcome>,
  ) {
    this.request_ = request;
    this.#outcome = outcome;
    this.#answer = answer;
  }

  connect(): Promise<ConnectOutcome> {
    return this.#outcome === 'hangs' ? this.#abandoned.promise : Promise.resolve(this.#outcome);
  }

  request(method: string, params: unknown, timeoutMs: number): Promise<RequestOutcome> {
    this.asked.push({ method, params, timeoutMs });
    return this.closed ? Promise.resolve({ kind: 'closed' }) : this.#answer(method);
  }

  close(): Promise<void> {
    this.closed = true;
    this.#abandoned.resolve({ kind: 'abandoned' });
    return Promise.resolve();
  }
}

class World {
  readonly time = new ManualTime();
  readonly sink = new RecordingSink();
  readonly dials: ScriptedClient[] = [];
  readonly dialedAtMs: number[] = [];
  readonly warnings: string[] = [];
  credential: Credential = token('a');
  /** How dials end; the last holds for all that follow. */
  outcomes: (ConnectOutcome | 'hangs')[] = [opened];
  answer: (method: string) => Promise<RequestOutcome> = () => Promise.resolve(roster);
  readonly source: GatewaySessionSource;
  readonly #startMs = this.time.now().monoMs;

  constructor(options: Partial<GatewaySessionOptions> = {}) {
    this.source = new GatewaySessionSource({
      gateway: 'gw:1',
      url: 'ws://127.0.0.1:18789',
      credentials: {},
      identityDir: '/nowhere',
      wantProbe: false,
      clock: this.time,
      after: this.time.after,
      sink: this.sink,
      warn: (message) => this.warnings.push(message),
      credentialReader: () => {
        const { credential } = this;
        if ('value' in credential) knownSecrets.learn(credential.value);
        return Promise.resolve(credential);
      },
      loadIdentity: () =>
        Promise.resolve({
          identity: { deviceId: 'd', publicKey: 'p', sign: () => 's' },
          warnings: ['mode tightened'],
        }),
      clientFactory: (request) => {
        const outcome = this.outcomes.length > 1 ? this.outcomes.shift()! : this.outcomes[0]!;
        const client = new ScriptedClient(request, outcome, (method) => this.answer(method));
        this.dials.push(client);
        this.dialedAtMs.push(this.time.now().monoMs - this.#startMs);
        return client;
      },
      ...options,
    });
  }

  async start(): Promise<this> {
    this.source.start();
    await settle();
    return this;
  }

  get client(): ScriptedClient {
    return this.dials.at(-1)!;
  }

  get said(): object[] {
    return this.sink
      .of('gateway-session')
      .map((said) => Object.fromEntries(Object.entries(said).filter(([key]) => key !== 'gateway')));
  }

  kinds(): string[] {
    return this.said.map((observation) => (observation as { kind: string }).kind);
  }

  count(kind: string): number {
    return this.kinds().filter((said) => said === kind).length;
  }
}

const world = (options: Partial<GatewaySessionOptions> = {}): Promise<World> => new World(options).start();

async function worldOf(
  outcomes: World['outcomes'],
  options: Partial<GatewaySessionOptions> = {},
): Promise<World> {
  const made = new World(options);
  made.outcomes = outcomes;
  return made.start();
}

describe('the gateway session', () => {
  it('opens, tells what the hello says, and asks for the roster at once', async () => {
    const { said, sink, client, warnings } = await world();
    expect(said).toEqual([
      {
        kind: 'opened',
        serverVersion: '2026.9.6',
        protocol: 4,
        bootId: 'f7239279-d2c3-493c-8930-0f23f6933792',
        uptimeMs: 533_762,
        connectMs: 0,
      },
      expect.objectContaining({ kind: 'roster', gatewayTsMs: 1_795_313_487_538, rttMs: 0 }),
    ]);
    expect(sink.errors()).toEqual([]);
    expect(sink.reports).toHaveLength(2);
    expect(client.request_.scopes).toEqual(['operator.read']);
    expect(warnings).toEqual(['mode tightened']);
  });

  it('names its gateway in everything that it says: there are several', async () => {
    const { sink } = await world({ gateway: 'second:2' });
    expect(sink.observations.map((observation) => 'gateway' in observation && observation.gateway)).toEqual([
      'second:2',
      'second:2',
    ]);
    expect(sink.reports.map(({ gateway }) => gateway)).toEqual(['second:2', 'second:2']);
  });

  it('asks for the right to write only for the probe', async () => {
    const { client } = await world({ wantProbe: true });
    expect(client.request_.scopes).toEqual(['operator.read', 'operator.write']);
  });

  it('asks for the roster every 5 s, and stays one session', async () => {
    const it_ = await world();
    await it_.time.advance(60_000);
    expect(it_.count('roster')).toBe(13);
    expect(it_.dials).toHaveLength(1);
  });

  it.each(['node.runnerInventory.changed', 'presence', 'node.pair.resolved', 'shutdown'])(
    'asks for the roster at once after %s, once for a burst',
    async (name) => {
      const it_ = await world();
      await it_.time.advance(1_000);
      for (let event = 0; event < 20; event += 1) it_.client.request_.onEvent({ name, payload: {} });
      await it_.time.advance(1_000);
      expect(it_.count('roster')).toBe(3);
    },
  );

  it('asks for the roster when told to', async () => {
    const it_ = await world();
    await it_.time.advance(1_000);
    it_.source.pollNow();
    await settle();
    expect(it_.count('roster')).toBe(2);
  });

  it('passes on that a node host sent its stats', async () => {
    const it_ = await world();
    it_.client.request_.onEvent({ name: 'node.hostStats', payload: { nodeId: 'n', hostStats: {} } });
    it_.client.request_.onEvent({ name: 'node.hostStats', payload: 'nonsense' });
    it_.client.request_.onEvent({ name: 'tick', payload: {} });
    expect(it_.said.at(-1)).toEqual({ kind: 'host-stats', nodeId: 'n' });
    expect(it_.count('host-stats')).toBe(1);
  });

  it('keeps the rows that it understands and counts the others as an error', async () => {
    const it_ = new World();
    const nodes = [{ nodeId: 'a', connected: true }, { nodeId: 7 }];
    it_.answer = () => Promise.resolve({ kind: 'ok', payload: { ts: 1, nodes } });
    await it_.start();
    expect(it_.said.at(-1)).toMatchObject({ kind: 'roster', rows: [{ nodeId: 'a', connected: true }] });
    expect(it_.sink.errors()).toEqual([
      {
        kind: 'parse',
        message: expect.stringMatching(/^1 of the rows of node\.list .*nodes\[1\]\.nodeId/) as string,
      },
    ]);
  });
});

describe('a session that ends', () => {
  it('is told with its code, and dialed again after a second', async () => {
    const it_ = await world();
    await it_.time.advance(60_000);
    it_.client.request_.onClosed({ code: 1012, reason: 'service restart' });
    await it_.time.advance(999);
    expect(it_.said.at(-1)).toEqual({ kind: 'closed', code: 1012, reason: 'service restart' });
    expect(it_.dials).toHaveLength(1);
    expect(it_.dials[0]!.closed).toBe(true);
    await it_.time.advance(1);
    expect(it_.dials).toHaveLength(2);
    expect(it_.kinds().slice(-2)).toEqual(['opened', 'roster']);
  });

  it('is not dialed sooner because HTTP answered while it was still open', async () => {
    const it_ = await world();
    it_.source.gatewayAnswers();
    await it_.time.advance(60_000);
    it_.client.request_.onClosed({ code: 1012, reason: 'service restart' });
    await it_.time.advance(999);
    expect(it_.dials).toHaveLength(1);
  });

  it('is dialed with the credential of that moment', async () => {
    const it_ = await world();
    it_.credential = token('b', 'rotated');
    it_.client.request_.onClosed({ code: 4001, reason: 'gateway auth changed' });
    await it_.time.advance(1_000);
    const { credential } = it_.client.request_;
    expect('value' in credential ? credential.value.reveal() : '').toBe('rotated');
  });

  it('because node.list went unanswered twice in a row is ended by us', async () => {
    const it_ = await world();
    it_.answer = () => Promise.resolve({ kind: 'timeout' });
    await it_.time.advance(5_000);
    expect(it_.kinds().slice(-1)).toEqual(['roster-failed']);
    await it_.time.advance(5_000);
    expect(it_.said.slice(-2)).toEqual([
      { kind: 'roster-failed', reason: 'timeout', message: 'node.list was not answered within 5000 ms' },
      { kind: 'closed', code: 4000, reason: 'node.list went unanswered 2 times in a row' },
    ]);
    expect(it_.client.closed).toBe(true);
    expect(it_.sink.errors().map(({ kind }) => kind)).toEqual(['timeout', 'timeout']);
  });

  it('is not ended by one unanswered node.list between two answered ones', async () => {
    const it_ = await world();
    const answers: RequestOutcome[] = [{ kind: 'timeout' }, roster, { kind: 'timeout' }, roster];
    it_.answer = () => Promise.resolve(answers.shift() ?? roster);
    await it_.time.advance(30_000);
    expect(it_.count('roster-failed')).toBe(2);
    expect(it_.count('closed')).toBe(0);
  });

  it('in the middle of a request is one closing and no failed roster', async () => {
    const it_ = await world();
    const hanging = Promise.withResolvers<RequestOutcome>();
    it_.answer = () => hanging.promise;
    await it_.time.advance(5_000);
    it_.client.request_.onClosed({ code: 1006, reason: '' });
    hanging.resolve({ kind: 'closed' });
    await settle();
    expect(it_.kinds()).toEqual(['opened', 'roster', 'closed']);
  });

  it('without a word from its client is noticed at the next request', async () => {
    const it_ = await world();
    it_.answer = () => Promise.resolve({ kind: 'closed' });
    await it_.time.advance(5_000);
    expect(it_.said.at(-1)).toMatchObject({ kind: 'closed', code: 1006 });
  });
});

describe('a look without a device identity', () => {
  const nobody: Partial<GatewaySessionOptions> = {
    loadIdentity: () => Promise.resolve({ identity: undefined, warnings: [] }),
  };
  const advice = 'start the exporter here once, approve its device';

  it('shows none, and says how to have one where the gateway shows nothing without', async () => {
    const it_ = new World(nobody);
    it_.answer = () =>
      Promise.resolve({
        kind: 'rejected',
        error: { code: 'INVALID_REQUEST', message: 'missing scope: operator.read' },
      });
    await it_.start();
    expect(it_.client.request_.identity).toBeUndefined();
    expect(it_.sink.errors()[0]?.message).toContain(advice);
  });

  it.each(['PAIRING_REQUIRED', 'DEVICE_IDENTITY_REQUIRED'])(
    'says so where it is refused: %s',
    async (code) => {
      const it_ = await worldOf([rejected({ message: 'no', details: { code } })], nobody);
      expect(it_.sink.errors()[0]?.message).toContain(advice);
    },
  );

  it('blames the token where that is refused', async () => {
    const it_ = await worldOf([mismatch], nobody);
    expect(it_.sink.errors()[0]?.message).not.toContain(advice);
  });
});

describe('a gateway that is away', () => {
  it('is dialed after 1, 2, 4, 8, 15, 15 s', async () => {
    const it_ = await worldOf([down]);
    await it_.time.advance(46_000);
    expect(it_.dialedAtMs).toEqual([0, 1_000, 3_000, 7_000, 15_000, 30_000, 45_000]);
    expect(it_.said[0]).toEqual({
      kind: 'failed',
      reason: 'refused',
      message: 'connect ECONNREFUSED 127.0.0.1:1',
    });
    expect(it_.sink.errors()[0]).toEqual({ kind: 'refused', message: 'connect ECONNREFUSED 127.0.0.1:1' });
    expect(it_.dials.every(({ closed }) => closed)).toBe(true);
  });

  it('is dialed at once when it answers HTTP again', async () => {
    const it_ = await worldOf([down, down, down, down, opened]);
    await it_.time.advance(8_000);
    it_.source.gatewayAnswers();
    await settle();
    expect(it_.dialedAtMs).toEqual([0, 1_000, 3_000, 7_000, 8_000]);
    expect(it_.kinds().at(-1)).toBe('roster');
  });

  it('is dialed at once also when it answered HTTP while a dial was just failing', async () => {
    const it_ = new World();
    it_.outcomes = ['hangs', opened];
    await it_.start();
    await it_.time.advance(1_000);
    it_.source.gatewayAnswers();
    await settle();
    expect(it_.dials).toHaveLength(1);
    await it_.dials[0]!.close();
    await settle();
    expect(it_.dialedAtMs).toEqual([0, 1_000]);
  });

  it('is dialed anew when it answers HTTP while a dial has been hanging for 3 s', async () => {
    const it_ = await worldOf(['hangs', opened]);
    await it_.time.advance(3_000);
    it_.source.gatewayAnswers();
    await settle();
    expect(it_.kinds()).toEqual(['failed', 'opened', 'roster']);
    expect(it_.dials[0]!.closed).toBe(true);
  });

  it('that is starting is dialed each half second, and told to be there', async () => {
    const starting = rejected({
      code: 'UNAVAILABLE',
      message: 'gateway starting',
      details: { reason: 'startup-sidecars' },
    });
    const it_ = await worldOf([starting, starting, starting, opened]);
    await it_.time.advance(1_500);
    expect(it_.dialedAtMs).toEqual([0, 500, 1_000, 1_500]);
    expect(it_.said[0]).toEqual({ kind: 'failed', reason: 'closed', message: 'gateway starting' });
  });

  it('whose hello is not understood is a failure and no session', async () => {
    const it_ = await worldOf([{ kind: 'opened', hello: { type: 'hello-ok' } }]);
    expect(it_.said).toEqual([
      { kind: 'failed', reason: 'protocol', message: 'the hello of the gateway was not understood' },
    ]);
    expect(it_.client.closed).toBe(true);
  });

  it('because of what we were told to dial is said to be our configuration', async () => {
    const it_ = await worldOf([{ kind: 'unusable', message: 'Cannot connect over plaintext ws://' }]);
    expect(it_.sink.errors()).toEqual([
      { kind: 'unsupported', message: 'Cannot connect over plaintext ws://' },
    ]);
    // A failure of the gateway it is not: after 20 s that would make it deaf, and page.
    expect(it_.said).toEqual([{ kind: 'no-credential' }]);
  });
});

describe('a credential that was refused', () => {
  it('is tried again after a minute, two, four … ten, whatever HTTP says', async () => {
    const it_ = await worldOf([mismatch]);
    for (let minute = 0; minute < 35; minute += 1) {
      it_.source.gatewayAnswers();
      await it_.time.advance(60_000);
    }
    expect(it_.dialedAtMs.map((ms) => ms / 60_000)).toEqual([0, 1, 3, 7, 15, 25, 35]);
  });

  it('is told with its reason, its code and the wait', async () => {
    const it_ = await worldOf([mismatch]);
    expect(it_.said).toEqual([
      { kind: 'refused', auth: 'token_mismatch', detailCode: 'AUTH_TOKEN_MISMATCH', retryInMs: 60_000 },
    ]);
    expect(it_.sink.errors()).toEqual([
      {
        kind: 'auth',
        message: 'unauthorized: gateway token mismatch ([redacted]). The token came from /etc/token',
      },
    ]);
  });

  it('is tried again once it is another, within the next look at it', async () => {
    const it_ = await worldOf([mismatch, opened]);
    await it_.time.advance(20_000);
    it_.credential = token('b');
    await it_.time.advance(5_000);
    expect(it_.dialedAtMs).toEqual([0, 25_000]);
    expect(it_.kinds()).toEqual(['refused', 'opened', 'roster']);
  });

  it('that changes all the time is tried six times a minute at most', async () => {
    const it_ = await worldOf([mismatch]);
    let version = 0;
    Object.defineProperty(it_, 'credential', { get: () => token(`v${(version += 1)}`) });
    await it_.time.advance(59_999);
    expect(it_.dials).toHaveLength(6);
  });

  it('while the address is locked out is not tried before the gateway said, not even another one', async () => {
    const lockedOut = rejected({ details: { code: 'AUTH_RATE_LIMITED' }, retryAfterMs: 300_000 });
    const it_ = await worldOf([lockedOut, opened]);
    it_.credential = token('b');
    it_.source.gatewayAnswers();
    await it_.time.advance(299_999);
    expect(it_.dials).toHaveLength(1);
    expect(it_.said).toEqual([
      { kind: 'refused', auth: 'rate_limited', detailCode: 'AUTH_RATE_LIMITED', retryInMs: 300_000 },
    ]);
    await it_.time.advance(1);
    expect(it_.dials).toHaveLength(2);
  });

  it('for want of pairing says what to do', async () => {
    const it_ = await worldOf([
      rejected({ message: 'pairing required', details: { code: 'PAIRING_REQUIRED' } }),
    ]);
    expect(it_.said).toMatchObject([{ kind: 'refused', auth: 'pairing_required', retryInMs: 60_000 }]);
    expect(it_.sink.errors()[0]?.message).toContain('openclaw devices approve');
  });

  it('that is gone altogether ends the wait: there is nothing to log in with', async () => {
    const it_ = await worldOf([mismatch]);
    it_.credential = none;
    await it_.time.advance(15_000);
    expect(it_.kinds()).toEqual(['refused', 'no-credential']);
  });
});

describe('without a credential', () => {
  it('nothing is dialed, it is said at once and every 30 s, with where it was looked for', async () => {
    const it_ = new World();
    it_.credential = none;
    await it_.start();
    await it_.time.advance(95_000);
    expect(it_.kinds()).toEqual(Array(4).fill('no-credential'));
    expect(it_.sink.errors()).toHaveLength(4);
    expect(it_.sink.errors()[0]).toEqual({
      kind: 'auth',
      message:
        'nothing to log in to the gateway with: /etc/token does not exist. Set gateway.token_file or OPENCLAW_GATEWAY_TOKEN; operator.read is enough',
    });
    expect(it_.dials).toEqual([]);
  });

  it('the session opens within 5 s of one appearing', async () => {
    const it_ = new World();
    it_.credential = none;
    await it_.start();
    await it_.time.advance(12_000);
    it_.credential = token('a');
    await it_.time.advance(3_000);
    expect(it_.dialedAtMs).toEqual([15_000]);
    expect(it_.kinds().at(-1)).toBe('roster');
  });
});

describe('a roster that we may not have', () => {
  it.each([
    ['2026.4', { code: 'INVALID_REQUEST', message: 'missing scope: operator.read' }],
    [
      '2026.9',
      { code: 'FORBIDDEN', message: 'missing scope: operator.read', details: { code: 'MISSING_SCOPE' } },
    ],
  ])('is an auth error with what to do, and is asked for once a minute: %s', async (_version, error) => {
    const it_ = new World();
    it_.answer = () => Promise.resolve({ kind: 'rejected', error });
    await it_.start();
    await it_.time.advance(59_000);
    expect(it_.client.asked).toHaveLength(1);
    expect(it_.said.at(-1)).toMatchObject({ kind: 'roster-failed', reason: 'auth' });
    expect(it_.sink.errors()).toEqual([
      {
        kind: 'auth',
        message: expect.stringMatching(/missing scope: operator\.read.*openclaw devices approve/) as string,
      },
    ]);
    await it_.time.advance(6_000);
    expect(it_.client.asked).toHaveLength(2);
    expect(it_.count('closed')).toBe(0);
  });

  it('for another reason is a failure like any other', async () => {
    const it_ = new World();
    it_.answer = () => Promise.resolve({ kind: 'rejected', error: { code: 'UNAVAILABLE', message: 'busy' } });
    await it_.start();
    expect(it_.said.at(-1)).toEqual({ kind: 'roster-failed', reason: 'other', message: 'busy' });
    await it_.time.advance(5_000);
    expect(it_.client.asked).toHaveLength(2);
  });

  it('because nobody understands it is an error of parsing', async () => {
    const it_ = new World();
    it_.answer = () => Promise.resolve({ kind: 'ok', payload: 'nonsense' });
    await it_.start();
    expect(it_.said.at(-1)).toMatchObject({ kind: 'roster-failed', reason: 'protocol' });
    expect(it_.sink.errors()).toMatchObject([{ kind: 'parse' }]);
  });
});

describe('an invoke', () => {
  it('goes to the gateway with a key of its own, and time for the way back', async () => {
    const it_ = await world({ wantProbe: true });
    const invoke = (): Promise<object> => it_.source.invoke('n', 'system.which', { bins: ['sh'] }, 3_000);
    expect(await invoke()).toEqual({ kind: 'answered' });
    await invoke();
    const asked = it_.client.asked.filter(({ method }) => method === 'node.invoke');
    expect(asked[0]).toMatchObject({
      timeoutMs: 5_000,
      params: { nodeId: 'n', command: 'system.which', params: { bins: ['sh'] }, timeoutMs: 3_000 },
    });
    const keys = asked.map(({ params }) => (params as { idempotencyKey: string }).idempotencyKey);
    expect(new Set(keys).size).toBe(2);
  });

  it('without a session is unavailable at once', async () => {
    const it_ = await worldOf([down]);
    expect(await it_.source.invoke('n', 'system.which', {}, 3_000)).toMatchObject({ kind: 'unavailable' });
  });
});

describe('stopping', () => {
  const situations: [string, (it_: World) => Promise<void>][] = [
    ['while the session is open', () => Promise.resolve()],
    [
      'while a dial hangs',
      async (it_) => {
        it_.outcomes = ['hangs'];
        it_.client.request_.onClosed({ code: 1006, reason: '' });
        await it_.time.advance(1_000);
      },
    ],
    [
      'during a backoff',
      async (it_) => {
        it_.client.request_.onClosed({ code: 1006, reason: '' });
        await it_.time.advance(500);
      },
    ],
    [
      'during the wait after a refusal',
      async (it_) => {
        it_.outcomes = [mismatch];
        it_.client.request_.onClosed({ code: 1006, reason: '' });
        await it_.time.advance(20_000);
      },
    ],
    [
      'without a credential',
      async (it_) => {
        it_.credential = none;
        it_.client.request_.onClosed({ code: 1006, reason: '' });
        await it_.time.advance(20_000);
      },
    ],
  ];

  it.each(situations)(
    '%s leaves no timer and no session, and nothing more is said',
    async (_when, bringAbout) => {
      const it_ = await world();
      await bringAbout(it_);
      await Promise.all([it_.source.stop(), it_.source.stop()]);
      const saidBefore = it_.said.length;
      expect(it_.time.pending).toBe(0);
      expect(it_.dials.every(({ closed }) => closed)).toBe(true);
      await it_.time.advance(600_000);
      expect(it_.said).toHaveLength(saidBefore);
    },
  );

  it('before anything happened, and starting twice, do no harm; a new start opens again', async () => {
    const it_ = new World();
    await it_.source.stop();
    it_.source.start();
    it_.source.start();
    await settle();
    expect(it_.dials).toHaveLength(1);
    await it_.source.stop();
    await it_.start();
    expect(it_.count('opened')).toBe(2);
  });

  it('does not wait for a request that hangs', async () => {
    const it_ = await world();
    const hanging = Promise.withResolvers<RequestOutcome>();
    it_.answer = () => hanging.promise;
    it_.source.pollNow();
    await it_.time.advance(1_000);
    const stopped = it_.source.stop();
    // The client's contract: closing it ends what is under way.
    hanging.resolve({ kind: 'closed' });
    await stopped;
    expect(it_.count('closed')).toBe(0);
  });
});

it('nothing that is said anywhere contains the token, however often the gateway repeats it', async () => {
  const it_ = new World();
  it_.outcomes = [
    mismatch,
    { kind: 'failed', error: new Error(`bad ${TOKEN}`) },
    { kind: 'not-upgraded', httpStatus: 502, message: `proxy says ${TOKEN}` },
    { kind: 'closed-early', code: 1008, reason: `no ${TOKEN}` },
    { kind: 'unusable', message: `ws://x?token=${TOKEN}` },
    opened,
  ];
  it_.answer = () => Promise.resolve({ kind: 'rejected', error: { code: 'X', message: `sorry ${TOKEN}` } });
  await it_.start();
  await it_.time.advance(300_000);
  it_.client.request_.onClosed({ code: 1008, reason: `bye ${TOKEN}` });
  await settle();
  expect(it_.kinds()).toEqual(
    expect.arrayContaining(['refused', 'failed', 'opened', 'roster-failed', 'closed']),
  );
  const everything = JSON.stringify([it_.sink.observations, it_.sink.reports, it_.warnings]);
  expect(everything).toContain('[redacted]');
  expect(everything).not.toContain(TOKEN);
});

it.each([
  ['in the clear', (secret: string) => secret],
  ['in a URL', encodeURIComponent],
  ['in base64', (secret: string) => Buffer.from(secret).toString('base64')],
])(
  'nor does it contain the token %s where a name, a version, a code or a refusal does',
  async (_form, encode) => {
    const secret = 'tök/3f9c+0d7e=very&secret';
    const said = encode(secret);
    const it_ = new World();
    it_.credential = token('a', secret);
    const hello = { protocol: 4, server: { version: `2026.9.6-${said}`, bootId: said } };
    it_.outcomes = [
      rejected({ message: `Basic ${said}`, details: { code: `AUTH_${said}` } }),
      { kind: 'opened', hello },
    ];
    const row = {
      connected: true,
      displayName: `Node ${said}`,
      clientId: said,
      version: said,
      platform: said,
    };
    it_.answer = (method) =>
      Promise.resolve(
        method === 'node.list'
          ? {
              kind: 'ok',
              payload: {
                ts: 1,
                nodes: [
                  { ...row, nodeId: 'a' },
                  { ...row, nodeId: said },
                ],
              },
            }
          : { kind: 'rejected', error: { code: 'UNAVAILABLE', message: `no route for ${said}` } },
      );
    await it_.start();
    await it_.time.advance(60_000);
    const invoked = await it_.source.invoke('a', 'system.which', {}, 1_000);
    expect(it_.kinds()).toEqual(['refused', 'opened', 'roster']);
    const everything = JSON.stringify([it_.sink.observations, it_.sink.reports, it_.warnings, invoked]);
    expect(everything).toContain('Node [redacted]');
    expect(everything).toContain('no route for [redacted]');
    expect(everything).toContain('holds our credential');
    expect(everything).not.toContain(JSON.stringify(said).slice(1, -1));
  },
);
