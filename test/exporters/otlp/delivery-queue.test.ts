import { beforeEach, describe, expect, it } from 'vitest';
import { DeliveryQueue, type Delivery } from '../../../src/exporters/otlp/delivery-queue.ts';

const LIMITS = { delayMs: 1_000, maxQueueSize: 5, maxBatchSize: 2 };

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A queue whose timers are turned by hand and whose collector answers when told. */
class Stand {
  readonly sent: string[] = [];
  dropped = 0;
  #answers: ((delivery: Delivery) => void)[] = [];
  #timer: { readonly ms: number; readonly callback: () => void } | undefined;
  readonly queue = new DeliveryQueue<string>({
    limits: LIMITS,
    send: (batch) => {
      this.sent.push(batch.join(''));
      return new Promise((resolve) => this.#answers.push(resolve));
    },
    after: (ms, callback) => {
      this.#timer = { ms, callback };
      return () => {
        this.#timer = undefined;
      };
    },
    onDropped: (records) => {
      this.dropped += records;
    },
  });

  get waitsMs(): number | undefined {
    return this.#timer?.ms;
  }

  timeIsUp(): void {
    const timer = this.#timer;
    this.#timer = undefined;
    timer?.callback();
  }

  /** Answers the request that is under way, or that begins in this turn of the event loop. */
  async answer(delivery: Delivery): Promise<void> {
    await turn();
    this.#answers.shift()?.(delivery);
    await turn();
  }

  add(records: string): void {
    for (const record of records) this.queue.add(record);
  }
}

describe('the delivery queue', () => {
  let stand: Stand;
  beforeEach(() => {
    stand = new Stand();
  });

  it('waits for company, then sends in the order of arrival, one request at a time', async () => {
    stand.add('a');
    expect(stand.waitsMs).toBe(1_000);
    stand.add('bc');
    stand.timeIsUp();
    expect(stand.sent).toEqual(['ab']);
    stand.add('d');
    expect(stand.waitsMs).toBeUndefined();
    await stand.answer('taken');
    expect(stand.waitsMs).toBe(0);
    stand.timeIsUp();
    expect(stand.sent).toEqual(['ab', 'cd']);
    await stand.answer('taken');
    expect(stand.waitsMs).toBeUndefined();
    expect(stand.dropped).toBe(0);
  });

  it('keeps what was not taken, and tries again ever more seldom', async () => {
    stand.add('a');
    const waits: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      stand.timeIsUp();
      await stand.answer('failed');
      waits.push(stand.waitsMs);
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    stand.add('b');
    expect(stand.waitsMs).toBe(60_000);
    stand.timeIsUp();
    await stand.answer('taken');
    expect(stand.sent.at(-1)).toBe('ab');
    expect(stand.dropped).toBe(0);
    stand.add('c');
    expect(stand.waitsMs).toBe(1_000);
  });

  it('is bounded: the oldest go, and are counted, also those that came back', async () => {
    stand.add('ab');
    stand.timeIsUp();
    stand.add('cdefg');
    expect(stand.queue.size).toBe(5);
    await stand.answer('failed');
    expect(stand.queue.size).toBe(5);
    expect(stand.dropped).toBe(2);
    stand.add('h');
    expect(stand.dropped).toBe(3);
    stand.timeIsUp();
    expect(stand.sent.at(-1)).toBe('de');
  });

  it('does not send again what the collector refuses for good', async () => {
    stand.add('abc');
    stand.timeIsUp();
    await stand.answer('refused');
    expect(stand.dropped).toBe(2);
    stand.timeIsUp();
    expect(stand.sent).toEqual(['ab', 'c']);
  });

  it('sends everything when closed, and takes no more', async () => {
    stand.add('abc');
    const closing = stand.queue.close();
    await stand.answer('taken');
    await stand.answer('taken');
    await closing;
    expect(stand.sent).toEqual(['ab', 'c']);
    stand.add('d');
    expect(stand.queue.size).toBe(0);
    expect(stand.dropped).toBe(1);
  });

  it('ends at the first failure when closed, and counts what is left as lost', async () => {
    stand.add('abc');
    const closing = stand.queue.close();
    await stand.answer('failed');
    await closing;
    expect(stand.sent).toEqual(['ab']);
    expect(stand.dropped).toBe(3);
    expect(stand.waitsMs).toBeUndefined();
  });

  it('that is closed while a request is under way waits for it', async () => {
    stand.add('a');
    stand.timeIsUp();
    stand.add('b');
    const closing = stand.queue.close();
    await stand.answer('taken');
    await stand.answer('taken');
    await closing;
    expect(stand.sent).toEqual(['a', 'b']);
    expect(stand.dropped).toBe(0);
  });
});
