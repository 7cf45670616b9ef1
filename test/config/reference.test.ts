import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { formatReference, readThresholdReasons } from '../../scripts/configuration-reference.ts';
import { ALL_SETTINGS, CONFIG_FILE, THRESHOLD_SETTINGS } from '../../src/config/settings.ts';

const REFERENCE = new URL('../../docs/configuration.md', import.meta.url);
const THRESHOLDS = new URL('../../src/core/model/thresholds.ts', import.meta.url);

async function reference(): Promise<string> {
  const options = await resolveConfig(REFERENCE);
  return format(formatReference(await readFile(THRESHOLDS, 'utf8')), { ...options, parser: 'markdown' });
}

describe('docs/configuration.md', () => {
  it('is what the settings say (vitest -u writes it)', async () => {
    await expect(await reference()).toMatchFileSnapshot('../../docs/configuration.md');
  });

  it('names every key, flag and variable', async () => {
    const text = await reference();
    for (const { key, flag, variable } of [...ALL_SETTINGS, { ...CONFIG_FILE, key: '' }]) {
      expect(text).toContain(key.replace('thresholds.', ''));
      expect(text).toContain(flag ?? '');
      expect(text).toContain(variable ?? '');
    }
  });

  it('has a reason for every threshold, from the comment beside its default', async () => {
    const reasons = readThresholdReasons(await readFile(THRESHOLDS, 'utf8'));
    const without = THRESHOLD_SETTINGS.filter(({ key }) => (reasons.get(key) ?? '') === '').map(
      ({ key }) => key,
    );
    expect(without).toEqual([]);
  });
});
