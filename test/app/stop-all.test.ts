import { describe, expect, it, vi } from 'vitest';
import { stopAll } from '../../src/app/stop-all.ts';

function told() {
  const surprises: string[] = [];
  const telemetry = {
    surprised: (where: string, error: unknown) => {
      surprises.push(`${where}: ${String(error)}`);
    },
  };
  return { surprises, telemetry };
}

describe('ending all parts', () => {
  it('waits for each, also after one has failed, and tells of that', async () => {
    const { surprises, telemetry } = told();
    const slow = Promise.withResolvers<undefined>();
    const ended: string[] = [];
    const all = stopAll(
      [
        () => Promise.reject(new Error('late look')),
        () => {
          throw new Error('at once');
        },
        () => undefined,
        () => slow.promise.then(() => void ended.push('slow')),
      ],
      { telemetry },
    ).then(() => void ended.push('all'));
    slow.resolve(undefined);
    await all;
    expect(ended).toEqual(['slow', 'all']);
    expect(surprises.sort()).toEqual(['stopping: Error: at once', 'stopping: Error: late look']);
  });

  it('leaves behind what has not ended after 5 s', async () => {
    vi.useFakeTimers();
    try {
      const all = stopAll([() => new Promise(() => undefined)], told());
      await vi.advanceTimersByTimeAsync(5_000);
      await all;
    } finally {
      vi.useRealTimers();
    }
  });
});
