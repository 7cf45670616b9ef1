import { afterEach, beforeEach, expect, it } from 'vitest';
import { aNode } from '../../helpers/snapshots.ts';
import { ask, aServerOf } from '../helpers.ts';

const warnings: string[] = [];
const note = (warning: Error): void => {
  warnings.push(`${warning.name}: ${warning.message}`);
};

beforeEach(() => {
  warnings.length = 0;
  process.on('warning', note);
});
afterEach(() => process.off('warning', note));

it.each(['identity', 'gzip'])(
  'a page as %s is served without a warning of Node on our standard error',
  async (encoding) => {
    const { status } = await ask(await aServerOf({ nodes: [aNode()] }), '/', {
      headers: { 'Accept-Encoding': encoding },
    });
    expect(status).toBe(200);
    // Node tells warnings in a turn of their own.
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  },
);
