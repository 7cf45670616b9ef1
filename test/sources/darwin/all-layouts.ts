import * as layouts from '../../../src/sources/darwin/layouts.ts';
import type { Layout } from '../../../src/sources/darwin/layouts.ts';

/** Every layout that is exported, so that none is forgotten. */
export const LAYOUTS: readonly Layout[] = Object.values(layouts).filter(
  (exported) => typeof exported === 'object',
);
