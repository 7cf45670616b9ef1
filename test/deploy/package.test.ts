import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { alertRules } from '../helpers/alert-rules.ts';

const PACKED = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);

describe('the package', () => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const paths = PACKED.parse(JSON.parse(output))[0].files.map(({ path }) => path);

  it('has what somebody provisions, and not the programs that generate it', () => {
    expect(paths.filter((path) => path.startsWith('dashboards/')).sort()).toEqual([
      'dashboards/fleet.json',
      'dashboards/node-host.json',
    ]);
    expect(paths.filter((path) => path.startsWith('alerts/')).sort()).toEqual([
      'alerts/alertmanager.example.yml',
      'alerts/openclaw-nodehost.recording.rules.yml',
      'alerts/openclaw-nodehost.rules.yml',
    ]);
    expect(paths).toContain('deploy/prometheus/prometheus.yml');
  });

  it('names a script that it lacks only where the reader is told to be in a checkout', () => {
    const sections = paths
      .filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md')
      .flatMap((path) =>
        readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
          .replaceAll(/<!--[\s\S]*?-->/g, '')
          .split(/^#+ /m)
          .map((section) => ({ path, section })),
      )
      .filter(({ section }) => /npm (?:ci && |run )|node (?:scripts|test|src)\//.test(section));
    expect(sections.length).toBeGreaterThan(0);
    const untold = sections.filter(({ section }) => !section.includes('checkout'));
    expect(untold.map(({ path, section }) => `${path}: ${section.split('\n', 1).join('')}`)).toEqual([]);
  });

  it('has no pictures', () => {
    expect(paths.filter((path) => /\.(?:png|svg|jpe?g)$/.test(path))).toEqual([]);
  });

  it('has the runbook of each alert, which the exporter serves', () => {
    const wanted = alertRules().map(({ alert }) => `docs/runbooks/${alert}.md`);
    expect(wanted.filter((path) => !paths.includes(path))).toEqual([]);
  });
});

const LOCK = z.object({ packages: z.record(z.string(), z.object({ resolved: z.string().optional() })) });

const DEPENDENCIES = z.record(z.string(), z.string());
const MANIFEST = z.object({
  dependencies: DEPENDENCIES,
  optionalDependencies: DEPENDENCIES,
  devDependencies: DEPENDENCIES,
});

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));

describe('OpenTelemetry', () => {
  const { dependencies, optionalDependencies, devDependencies } = MANIFEST.parse(read('package.json'));
  const ofOtel = (all: Record<string, string>): [string, string][] =>
    Object.entries(all).filter(([name]) => name.startsWith('@opentelemetry/'));

  it('can be left out by who installs, and never by who develops', () => {
    expect(ofOtel(dependencies)).toEqual([]);
    expect(ofOtel(optionalDependencies).length).toBeGreaterThan(10);
    expect(ofOtel(devDependencies)).toEqual(ofOtel(optionalDependencies));
  });
});

describe('npm ci', () => {
  it('works with npm 9 of Debian 12, which takes a lock for missing where an override names an alias', () => {
    expect(read('package.json')).not.toHaveProperty('overrides');
  });

  it('takes each package from the registry of who installs', () => {
    const resolved = Object.values(LOCK.parse(read('package-lock.json')).packages).flatMap(
      (entry) => entry.resolved ?? [],
    );
    expect(resolved).toEqual([]);
  });
});
