import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { parseWebConfig } from '../../src/config/web/parse-web-config.ts';

const EXAMPLES = fileURLToPath(new URL('../../docs/examples/', import.meta.url));
const FILES = await readdir(EXAMPLES);
const isWebConfig = (file: string): boolean => file.startsWith('web-config');

describe('docs/examples', () => {
  it.each(FILES.filter((file) => !isWebConfig(file)))('%s is a valid configuration', async (file) => {
    const flags = [{ flag: '--config.file', value: file }];
    const loaded = await loadConfig({ flags, environment: { HOME: '/home/user' }, cwd: EXAMPLES });
    expect(loaded).toMatchObject({ ok: true });
  });

  it.each(FILES.filter(isWebConfig))('%s is a valid web config', async (file) => {
    const text = await readFile(`${EXAMPLES}${file}`, 'utf8');
    expect(parseWebConfig(`/etc/${file}`, text)).toMatchObject({ ok: true, warnings: [] });
  });
});
