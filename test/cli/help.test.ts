import { describe, expect, it } from 'vitest';
import { ALL_SETTINGS, CONFIG_FILE } from '../../src/config/settings.ts';
import { FakeCli } from './fake-cli.ts';

async function helpOf(...argv: readonly string[]): Promise<string> {
  const cli = new FakeCli();
  expect(await cli.run(...argv)).toBe(0);
  expect(cli.err).toBe('');
  return cli.out;
}

describe('--help', () => {
  it('reads like this', async () => {
    await expect(await helpOf('--help')).toMatchFileSnapshot('help.txt');
  });

  it('of check reads like this', async () => {
    await expect(await helpOf('check', '--help')).toMatchFileSnapshot('help-check.txt');
  });

  it('of drill says that it wakes somebody, and by which exit code it arrived', async () => {
    const help = await helpOf('drill', '--help');
    expect(help).toContain('page whoever is on call');
    expect(help).toContain('Exit codes: 0 seen to arrive   1 not, or its end was not   2 nobody to drill');
  });

  it('names every flag, and not the one that nobody should use', async () => {
    const help = await helpOf('--help');
    for (const { flag } of [...ALL_SETTINGS, CONFIG_FILE]) expect(help).toContain(flag ?? '');
    expect(help).not.toMatch(/--gateway\.token\b(?!-file)/);
  });

  it('fits into 80 columns', async () => {
    for (const argv of [
      ['--help'],
      ['check', '--help'],
      ['demo', '--help'],
      ['drill', '--help'],
      ['config', 'check', '--help'],
    ]) {
      const widths = (await helpOf(...argv)).split('\n').map((line) => line.length);
      expect(Math.max(...widths)).toBeLessThanOrEqual(80);
    }
  });
});

describe('--version', () => {
  it('is one line', async () => {
    expect(await helpOf('--version')).toBe('1.2.3\n');
  });
});
