import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LinkError, rewriteLinks } from '../../src/cli/alert-links.ts';
import { ALERT_RULES_FILE } from '../helpers/alert-rules.ts';
import { FakeCli } from './fake-cli.ts';

const rules = readFileSync(ALERT_RULES_FILE, 'utf8');

describe('rules with links of somebody else', () => {
  const text = rewriteLinks(rules, {
    runbooks: 'https://wiki.lan/runbooks',
    grafana: 'https://wiki.lan:8443/grafana/',
  });
  const lines = text.split('\n');

  it('lead to the given runbooks and to the given Grafana, and nowhere else', () => {
    const links = [...text.matchAll(/https?:\/\/[^/\s]+(?:\/[a-z]+)?/g)].map(([link]) => link);
    expect(new Set(links)).toEqual(new Set(['https://wiki.lan/runbooks', 'https://wiki.lan:8443/grafana']));
    expect(lines).toContain('            https://wiki.lan/runbooks/OpenClawNodeHostZombie.md');
  });

  it.each([
    ['a node host', 'd/openclaw-nodehost?var-job=…&var-instance=…&var-gateway=…&var-node_host=…'],
    ['a node host, whoever sees it', 'd/openclaw-nodehost?var-node_host=…'],
    ['a gateway', 'd/openclaw-nodehost-fleet?var-job=…&var-instance=…&var-gateway=…'],
    ['an exporter', 'd/openclaw-nodehost-fleet?var-job=…&var-instance=…'],
    ['all', 'd/openclaw-nodehost-fleet'],
  ])('open the dashboard at %s', (_, path) => {
    const link = `https://wiki.lan:8443/grafana/${path}`.replaceAll(
      /var-(\w+)=…/g,
      'var-$1={{ $labels.$1 | urlquery }}',
    );
    expect(lines).toContain(`            ${link}`);
  });

  it('are otherwise what ships, to the last comment', () => {
    const changed = lines.filter((line, index) => line !== rules.split('\n')[index]);
    expect(changed.every((line) => /^ +https:\/\/wiki\.lan\S*\//.test(line))).toBe(true);
    expect(lines).toHaveLength(rules.split('\n').length);
  });

  it('are untouched where no base is given', () => {
    expect(rewriteLinks(rules, {})).toBe(rules);
  });

  it('keep a template out of a base', () => {
    const odd = rewriteLinks(rules, { runbooks: 'https://x/{{ .Labels }}' });
    expect(odd).toContain('https://x/%7B%7B%20.Labels%20%7D%7D/OpenClawNodeHostZombie.md');
  });

  it.each([
    ['wiki', /--runbooks wiki: not a URL/],
    ['ftp://wiki/', /not an http or https URL/],
    ['https://wiki/?page=', /neither \? nor #/],
    ['https://wiki/#top', /neither \? nor #/],
  ])('cannot have the base %s', (runbooks, message) => {
    expect(() => rewriteLinks(rules, { runbooks })).toThrow(message);
  });

  it('cannot have a base with a password, which is not repeated', () => {
    const rewrite = (): string => rewriteLinks(rules, { grafana: 'https://me:hunter2@grafana.lan/' });
    expect(rewrite).toThrow(LinkError);
    expect(rewrite).not.toThrow(/hunter2/);
  });
});

describe('alerts', () => {
  let out: string;
  let cli: FakeCli;
  beforeEach(() => {
    out = mkdtempSync(join(tmpdir(), 'alerts-'));
    cli = new FakeCli();
  });
  afterEach(() => {
    rmSync(out, { recursive: true, force: true });
  });

  it('writes the rules and nothing that Prometheus would stumble over, in a directory that it makes and others can read', async () => {
    const directory = join(out, 'a', 'b');
    expect(await cli.run('alerts', '--out', directory, '--runbooks', 'https://wiki.lan/')).toBe(0);
    expect(readdirSync(directory).sort()).toEqual([
      'openclaw-nodehost.recording.rules.yml',
      'openclaw-nodehost.rules.yml',
    ]);
    expect(cli.out).toContain(join(directory, 'openclaw-nodehost.rules.yml'));
    expect(readFileSync(join(directory, 'openclaw-nodehost.rules.yml'), 'utf8')).toBe(
      rewriteLinks(rules, { runbooks: 'https://wiki.lan/' }),
    );
    expect(statSync(directory).mode & 0o005).toBe(0o005);
  });

  it.each([
    [[], /--out <dir>/],
    [['--out', 'x', '--grafana', 'localhost'], /--grafana localhost: not a URL/],
    [['--out', 'x', '--grafanna', 'http://x/'], /unknown option '--grafanna'/],
    [
      ['--out', fileURLToPath(new URL('../../alerts', import.meta.url))],
      /would replace the files that are copied/,
    ],
  ])('%j: writes nothing and says why', async (args, message) => {
    expect(await cli.run('alerts', ...args)).toBe(2);
    expect(cli.out).toBe('');
    expect(cli.err).toMatch(message);
  });

  it.each([
    ['below a file', join(fileURLToPath(ALERT_RULES_FILE), 'sub')],
    // Node's recursive mkdir does not come back from there.
    ['below a directory in which nobody can make one', '/proc/alerts/a'],
  ])('says in one line that it may not write %s', async (_, directory) => {
    expect(await cli.run('alerts', '--out', directory)).toBe(1);
    expect(cli.err.trim().split('\n')).toHaveLength(1);
  });
});
