import { onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/runtime/json-object.ts';
import { SimulatedGateway } from '../../src/demo/simulated-gateway.ts';
import { ManualTimers } from './manual-timers.ts';
import { WireClient, type Introduction } from './wire-client.ts';

export const TOKEN = 'a-token-of-a-test';

/** What a node host reports of its machine. */
export const HOST_STATS = {
  cpuCount: 2,
  loadAverage: [0.89, 0.76, 0.6],
  memoryTotalBytes: 25_276_502_016,
  memoryFreeBytes: 22_275_567_616,
  diskTotalBytes: 270_553_174_016,
  diskAvailableBytes: 79_831_457_792,
};

/** A simulated gateway whose time the test owns. It is gone when the test is over. */
export class GatewayUnderTest {
  readonly timers = new ManualTimers();
  readonly gateway: SimulatedGateway;
  readonly #clients: WireClient[] = [];

  private constructor() {
    this.gateway = new SimulatedGateway({ token: TOKEN, timers: this.timers });
  }

  static async start(): Promise<GatewayUnderTest> {
    const started = new GatewayUnderTest();
    await started.gateway.start();
    onTestFinished(async () => {
      for (const client of started.#clients) client.end();
      await started.inTime(started.gateway.stop());
    });
    return started;
  }

  dial(): WireClient {
    const client = new WireClient(this.gateway.url);
    this.#clients.push(client);
    return client;
  }

  async connect(who: Partial<Introduction> & Pick<Introduction, 'role'>): Promise<{
    readonly client: WireClient;
    readonly answer: JsonObject;
  }> {
    const client = this.dial();
    const answer = await client.introduce({
      token: TOKEN,
      signedAtMs: this.timers.wallMs(),
      protocols: [4, 4],
      ...who,
    });
    return { client, answer };
  }

  /** An operator who may read and invoke. */
  async operator(): Promise<WireClient> {
    const { client } = await this.connect({ role: 'operator', scopes: ['operator.read', 'operator.write'] });
    return client;
  }

  async node(displayName = 'NodeA'): Promise<WireClient> {
    const { client } = await this.connect({ role: 'node', displayName });
    return client;
  }

  /** Awaits what needs the gateway's time to pass, a grace period for instance. */
  async inTime<T>(work: Promise<T>): Promise<T> {
    const passing = setInterval(() => {
      this.timers.advance(50);
    }, 5);
    try {
      return await work;
    } finally {
      clearInterval(passing);
    }
  }
}

export async function reportHostStats(node: WireClient): Promise<JsonObject> {
  return node.request('node.event', { event: 'node.host.stats', payloadJSON: JSON.stringify(HOST_STATS) });
}
