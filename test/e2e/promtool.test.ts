import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createPrometheusExporter } from '../../src/exporters/prometheus.ts';
import type { ExpositionFormat } from '../../src/ports/exposition.ts';
import { createSelfMetrics } from '../../src/exporters/self-metrics.ts';
import { describeWith, PROMTOOL } from '../helpers/debian-program.ts';
import { aRichSnapshot } from '../helpers/rich-snapshot.ts';
import { aNode, aSnapshot } from '../helpers/snapshots.ts';

/*
 * Prometheus's own tool reads what we write.
 */
let program: string = PROMTOOL.program;

function checkMetrics(text: string): { readonly status: number | null; readonly output: string } {
  const result = spawnSync(program, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (result.error !== undefined) throw result.error;
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

/**
 * Reads OpenMetrics with the parser that a scrape goes through. `check metrics` only knows the text format; making
 * blocks is the one command that reads OpenMetrics, and it wants a timestamp on every sample.
 */
function readOpenMetrics(text: string): SpawnSyncReturns<string> {
  const directory = mkdtempSync(join(tmpdir(), 'promtool-'));
  try {
    const file = join(directory, 'metrics.txt');
    writeFileSync(file, text.replace(/^([^#\n].*)$/gm, '$1 1795316400'));
    return spawnSync(program, ['tsdb', 'create-blocks-from', 'openmetrics', file, join(directory, 'out')], {
      encoding: 'utf8',
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function golden(format: ExpositionFormat): string {
  return readFileSync(new URL(`../exporters/golden/${format}.txt`, import.meta.url), 'utf8');
}

async function wholeScrape(format: ExpositionFormat): Promise<string> {
  const render = createPrometheusExporter({
    snapshot: aRichSnapshot,
    context: () => ({
      version: '1.2.3',
      nodejsVersion: process.version,
      configLastReloadSuccessful: true,
      configLastReloadSuccessMs: 1_795_000_000_000,
    }),
    selfMetrics: createSelfMetrics(),
  });
  return (await render(format)).toString();
}

describeWith(PROMTOOL, (path) => {
  program = path;

  it('finds nothing to say about the golden text exposition', () => {
    expect(checkMetrics(golden('text'))).toEqual({ status: 0, output: '' });
  });

  it('finds nothing to say about a whole scrape, with the metrics of ourselves', async () => {
    expect(checkMetrics(await wholeScrape('text'))).toEqual({ status: 0, output: '' });
  });

  it('does find a mistake when there is one', () => {
    const { status, output } = checkMetrics(
      golden('text').replaceAll('heartbeat_age_seconds', 'heartbeat_age_milliseconds'),
    );
    expect(status).not.toBe(0);
    expect(output).toContain('use base unit "seconds" instead of "milliseconds"');
  });

  it('reads the golden OpenMetrics exposition', () => {
    const result = readOpenMetrics(golden('openmetrics'));
    expect(result.stderr).toBe('');
    expect(result.status).toBe(0);
  });

  it('reads a whole OpenMetrics scrape', async () => {
    const result = readOpenMetrics(await wholeScrape('openmetrics'));
    expect(result.stderr).toBe('');
    expect(result.status).toBe(0);
  });

  it('does refuse OpenMetrics with a mistake in it', () => {
    const result = readOpenMetrics(golden('openmetrics').replace('# EOF\n', ''));
    expect(result.status).not.toBe(0);
  });

  it.each(['text', 'openmetrics'] as const)('reads %s with a node host of a nasty name', async (format) => {
    const names = [
      '"',
      '\\',
      '\n',
      '\r\n',
      '} 1',
      '{a="b"}',
      '# EOF',
      '\u0000',
      '\u2028',
      '\ud800',
      '🦞',
      "'",
      ' ',
    ];
    const nodes = names.map((name, index) => aNode({ name: `${name}${index}` }));
    const render = createPrometheusExporter({
      snapshot: () => aSnapshot({ nodes }),
      context: () => ({
        version: '1',
        nodejsVersion: 'v24',
        configLastReloadSuccessful: true,
        configLastReloadSuccessMs: 1_795_000_000_000,
      }),
      selfMetrics: { families: () => Promise.resolve([]) },
    });
    const exposition = (await render(format)).toString();
    if (format === 'text') expect(checkMetrics(exposition)).toEqual({ status: 0, output: '' });
    else expect(readOpenMetrics(exposition)).toMatchObject({ status: 0, stderr: '' });
  });
});
