import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';

const EXAMPLES = fileURLToPath(new URL('../../docs/examples/', import.meta.url));

describe('docs/examples', () => {
  it('are all valid', async () => {
    const files = await readdir(EXAMPLES);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const flags = [{ flag: '--config.file', value: file }];
      const loaded = await loadConfig({ flags, environment: { HOME: '/home/user' }, cwd: EXAMPLES });
      expect(loaded, file).toMatchObject({ ok: true });
    }
  });
});
