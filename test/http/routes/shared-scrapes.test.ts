import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SharedScrapes } from '../../../src/http/routes/shared-scrapes.ts';
import type { ExpositionFormat, RenderMetrics } from '../../../src/ports/exposition.ts';

const TEXT = { format: 'text', isCompressed: false } as const;
const ZIPPED = { format: 'text', isCompressed: true } as const;
const OPENMETRICS = { format: 'openmetrics', isCompressed: false } as const;

const STAYS = new AbortController().signal;

interface Begun {
  readonly format: ExpositionFormat;
  readonly signal: AbortSignal | undefined;
  readonly finish: (text: string) => void;
  readonly fail: (error: Error) => void;
}

/** Renderings that end when the test says so. */
function renderingsByHand(): { readonly begun: readonly Begun[]; readonly render: RenderMetrics } {
  const begun: Begun[] = [];
  return {
    begun,
    render: (format, signal) =>
      new Promise((resolve, reject) => {
        begun.push({
          format,
          signal,
          finish: (text) => {
            resolve(Buffer.from(text));
          },
          fail: reject,
        });
      }),
  };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

describe('scrapes at the same moment', () => {
  it('share one rendering, and one compression of it', async () => {
    const { begun, render } = renderingsByHand();
    const scrapes = new SharedScrapes(render);
    const plain = Array.from({ length: 20 }, () => scrapes.exposition(TEXT, STAYS));
    const zipped = Array.from({ length: 20 }, () => scrapes.exposition(ZIPPED, STAYS));
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
    const { begun, render } = renderingsByHand();
    const scrapes = new SharedScrapes(render);
    const text = scrapes.exposition(TEXT, STAYS);
    const openMetrics = scrapes.exposition(OPENMETRICS, STAYS);
    await turns(5);
    expect(begun.map(({ format }) => format)).toEqual(['text']);
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
    const scrapes = new SharedScrapes(() => Promise.resolve(Buffer.from('one')));
    const answeredIn = await Promise.all(
      Array.from({ length: 10 }, () => scrapes.exposition(TEXT, STAYS).then(() => turn)),
    );
    isDone = true;
    expect(new Set(answeredIn).size).toBe(10);
  });
});

describe('a scrape that comes while one is rendered', () => {
  it('is not given what was taken before it asked; all that come meanwhile share the next', async () => {
    const { begun, render } = renderingsByHand();
    const scrapes = new SharedScrapes(render);
    const early = scrapes.exposition(TEXT, STAYS);
    await turns(2);
    const late = [scrapes.exposition(TEXT, STAYS), scrapes.exposition(TEXT, STAYS)];
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
    const { begun, render } = renderingsByHand();
    const scrapes = new SharedScrapes(render);
    const gone = new AbortController();
    const left = scrapes.exposition(TEXT, gone.signal);
    const stayed = scrapes.exposition(TEXT, STAYS);
    await turns(2);
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(begun[0]?.signal?.aborted).toBe(false);
    begun[0]?.finish('one');
    expect((await stayed).toString()).toBe('one');
  });

  it('as the last one ends the rendering, and makes room for the next even where it hangs', async () => {
    const { begun, render } = renderingsByHand();
    const scrapes = new SharedScrapes(render);
    const gone = new AbortController();
    const left = scrapes.exposition(TEXT, gone.signal);
    await turns(2);
    const next = scrapes.exposition(TEXT, STAYS);
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(begun[0]?.signal?.reason).toMatchObject({ message: 'gone' });
    await turns(5);
    begun[1]?.finish('next');
    expect((await next).toString()).toBe('next');
  });

  it('before its rendering has begun costs none', async () => {
    const { begun, render } = renderingsByHand();
    const scrapes = new SharedScrapes(render);
    const gone = new AbortController();
    const left = scrapes.exposition(TEXT, gone.signal);
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(scrapes.exposition(TEXT, gone.signal)).rejects.toThrow('gone');
    await turns(5);
    expect(begun).toHaveLength(0);
  });
});

describe('a rendering that fails', () => {
  it('fails for all that share it, and for nobody after them', async () => {
    const { begun, render } = renderingsByHand();
    const scrapes = new SharedScrapes(render);
    const failed = Promise.allSettled([scrapes.exposition(TEXT, STAYS), scrapes.exposition(ZIPPED, STAYS)]);
    await turns(2);
    begun[0]?.fail(new Error('broken'));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = scrapes.exposition(TEXT, STAYS);
    await turns(5);
    begun[1]?.finish('next');
    expect((await next).toString()).toBe('next');
  });
});
