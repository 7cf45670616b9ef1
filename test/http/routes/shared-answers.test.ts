import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SharedAnswers, type Wanted } from '../../../src/http/routes/shared-answers.ts';

type Asked = Pick<Wanted, 'name' | 'isCompressed'>;
const TEXT: Asked = { name: 'text', isCompressed: false };
const ZIPPED: Asked = { name: 'text', isCompressed: true };
const OPENMETRICS: Asked = { name: 'openmetrics', isCompressed: false };

const STAYS = new AbortController().signal;

interface Begun {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly finish: (text: string) => void;
  readonly fail: (error: Error) => void;
}

/** Scrapes whose renderings end when the test says so. */
function scrapesByHand(): {
  readonly begun: readonly Begun[];
  readonly scrape: (asked: Asked, signal: AbortSignal) => Promise<Buffer>;
} {
  const scrapes = new SharedAnswers();
  const begun: Begun[] = [];
  return {
    begun,
    scrape: ({ name, isCompressed }, waiting) => {
      const make = (signal: AbortSignal): Promise<Buffer> =>
        new Promise((resolve, fail) => {
          const finish = (text: string): void => {
            resolve(Buffer.from(text));
          };
          begun.push({ name, signal, finish, fail });
        });
      return scrapes.answer({ name, isCompressed, make }, waiting);
    },
  };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

describe('scrapes at the same moment', () => {
  it('share one rendering, and one compression of it', async () => {
    const { begun, scrape } = scrapesByHand();
    const plain = Array.from({ length: 20 }, () => scrape(TEXT, STAYS));
    const zipped = Array.from({ length: 20 }, () => scrape(ZIPPED, STAYS));
    await turns(2);
    begun[0]?.finish('one');
    const [first, ...others] = await Promise.all(plain);
    expect(first?.toString()).toBe('one');
    for (const other of others) expect(other).toBe(first);
    const [firstZipped, ...othersZipped] = await Promise.all(zipped);
    expect(gunzipSync(firstZipped ?? Buffer.alloc(0)).toString()).toBe('one');
    for (const other of othersZipped) expect(other).toBe(firstZipped);
    expect(begun).toHaveLength(1);
  });

  it('of two formats are rendered one after the other', async () => {
    const { begun, scrape } = scrapesByHand();
    const text = scrape(TEXT, STAYS);
    const openMetrics = scrape(OPENMETRICS, STAYS);
    await turns(5);
    expect(begun.map(({ name }) => name)).toEqual(['text']);
    begun[0]?.finish('text');
    expect((await text).toString()).toBe('text');
    await turns(5);
    begun[1]?.finish('openmetrics');
    expect((await openMetrics).toString()).toBe('openmetrics');
  });

  it('are answered in turns of the event loop of their own: each answer is large', async () => {
    let turn = 0;
    let isDone = false;
    const count = (): void => {
      turn += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const scrapes = new SharedAnswers();
    const make = (): Buffer => Buffer.from('one');
    const answeredIn = await Promise.all(
      Array.from({ length: 10 }, () => scrapes.answer({ ...TEXT, make }, STAYS).then(() => turn)),
    );
    isDone = true;
    expect(new Set(answeredIn).size).toBe(10);
  });
});

describe('a scrape that comes while one is rendered', () => {
  it('is not given what was taken before it asked; all that come meanwhile share the next', async () => {
    const { begun, scrape } = scrapesByHand();
    const early = scrape(TEXT, STAYS);
    await turns(2);
    const late = [scrape(TEXT, STAYS), scrape(TEXT, STAYS)];
    begun[0]?.finish('before');
    expect((await early).toString()).toBe('before');
    await turns(5);
    expect(begun).toHaveLength(2);
    begun[1]?.finish('after');
    expect((await Promise.all(late)).map(String)).toEqual(['after', 'after']);
  });
});

describe('a scraper that goes away', () => {
  it('takes nothing from those that share with it', async () => {
    const { begun, scrape } = scrapesByHand();
    const gone = new AbortController();
    const left = scrape(TEXT, gone.signal);
    const stayed = scrape(TEXT, STAYS);
    await turns(2);
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(begun[0]?.signal.aborted).toBe(false);
    begun[0]?.finish('one');
    expect((await stayed).toString()).toBe('one');
  });

  it('as the last one ends the rendering, and makes room for the next even where it hangs', async () => {
    const { begun, scrape } = scrapesByHand();
    const gone = new AbortController();
    const left = scrape(TEXT, gone.signal);
    await turns(2);
    const next = scrape(TEXT, STAYS);
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(begun[0]?.signal.reason).toMatchObject({ message: 'gone' });
    await turns(5);
    begun[1]?.finish('next');
    expect((await next).toString()).toBe('next');
  });

  it('before its rendering has begun costs none', async () => {
    const { begun, scrape } = scrapesByHand();
    const gone = new AbortController();
    const left = scrape(TEXT, gone.signal);
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(scrape(TEXT, gone.signal)).rejects.toThrow('gone');
    await turns(5);
    expect(begun).toHaveLength(0);
  });
});

describe('a rendering that fails', () => {
  it('fails for all that share it, and for nobody after them', async () => {
    const { begun, scrape } = scrapesByHand();
    const failed = Promise.allSettled([scrape(TEXT, STAYS), scrape(ZIPPED, STAYS)]);
    await turns(2);
    begun[0]?.fail(new Error('broken'));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = scrape(TEXT, STAYS);
    await turns(5);
    begun[1]?.finish('next');
    expect((await next).toString()).toBe('next');
  });
});
