import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LinkError, rewriteLinks, SHIPPED_GRAFANA, SHIPPED_RUNBOOKS } from '../../scripts/alert-links.ts';
import { ALERT_RULES_FILE } from '../helpers/alert-rules.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/alerts.ts', import.meta.url));
/** A tenth of it is enough on a busy machine. */
const RUN_TIMEOUT_MS = 10_000;
const rules = readFileSync(ALERT_RULES_FILE, 'utf8');

describe('rules with links of somebody else', () => {
  it('lead to the given runbooks and to the given Grafana, and nowhere else', () => {
    const text = rewriteLinks(rules, {
      runbooks: 'https://wiki.lan/runbooks',
      grafana: 'https://wiki.lan:8443/grafana/',
    });
    const links = [...text.matchAll(/https?:\/\/[^/\s]+(?:\/[a-z]+)?/g)].map(([link]) => link);
    expect(new Set(links)).toEqual(new Set(['https://wiki.lan/runbooks', 'https://wiki.lan:8443/grafana']));
    expect(text).toContain('runbook_url: https://wiki.lan/runbooks/OpenClawNodeHostZombie.md\n');
    expect(text).toContain(
      'https://wiki.lan:8443/grafana/d/openclaw-nodehost?var-job={{ $labels.job | urlquery }}',
    );
  });

  it('are otherwise what ships, to the last comment', () => {
    const text = rewriteLinks(rules, { runbooks: 'https://wiki.lan/', grafana: 'https://grafana.lan/' });
    expect(text).not.toBe(rules);
    const back = text
      .replaceAll('https://wiki.lan/', SHIPPED_RUNBOOKS)
      .replaceAll('https://grafana.lan/', SHIPPED_GRAFANA);
    expect(back).toBe(rules);
  });

  it('are untouched where no base is given', () => {
    expect(rewriteLinks(rules, { runbooks: undefined, grafana: undefined })).toBe(rules);
  });

  it('keep a template out of a base', () => {
    const text = rewriteLinks(rules, { runbooks: 'https://x/{{ .Labels }}', grafana: undefined });
    expect(text).toContain('https://x/%7B%7B%20.Labels%20%7D%7D/OpenClawNodeHostZombie.md');
  });

  it.each([
    ['wiki', /--runbooks wiki: not a URL/],
    ['ftp://wiki/', /not an http or https URL/],
    ['https://wiki/?page=', /neither \? nor #/],
    ['https://wiki/#top', /neither \? nor #/],
  ])('cannot have the base %s', (runbooks, message) => {
    expect(() => rewriteLinks(rules, { runbooks, grafana: undefined })).toThrow(message);
  });

  it('cannot have a base with a password, which is not repeated', () => {
    const rewrite = (): string =>
      rewriteLinks(rules, { runbooks: undefined, grafana: 'https://me:hunter2@grafana.lan/' });
    expect(rewrite).toThrow(LinkError);
    expect(rewrite).not.toThrow(/hunter2/);
  });
});

describe('npm run alerts', () => {
  let out: string;
  beforeEach(() => {
    out = mkdtempSync(join(tmpdir(), 'alerts-'));
  });
  afterEach(() => {
    rmSync(out, { recursive: true, force: true });
  });

  function run(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], {
      encoding: 'utf8',
      timeout: RUN_TIMEOUT_MS,
    });
    return { status, stdout, stderr };
  }

  it('writes the rules and nothing that Prometheus would stumble over, in a folder that it makes', () => {
    const folder = join(out, 'a', 'b');
    const { status, stdout } = run('--out', folder, '--runbooks', 'https://wiki.lan/');
    expect(status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual([
      'openclaw-nodehost.recording.rules.yml',
      'openclaw-nodehost.rules.yml',
    ]);
    expect(stdout).toContain(join(folder, 'openclaw-nodehost.rules.yml'));
    expect(readFileSync(join(folder, 'openclaw-nodehost.rules.yml'), 'utf8')).toBe(
      rewriteLinks(rules, { runbooks: 'https://wiki.lan/', grafana: undefined }),
    );
  });

  it.each([
    [[], /--out <dir> is missing/],
    [['--out', 'x', '--grafana', 'localhost'], /--grafana localhost: not a URL/],
    [['--out', 'x', '--grafanna', 'http://x/'], /Unknown option '--grafanna'/],
    [
      ['--out', fileURLToPath(new URL('../../alerts', import.meta.url))],
      /would replace the files that are copied/,
    ],
  ])('%j: writes nothing and says why', (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    ['below a file', join(SCRIPT, 'sub')],
    // Node's recursive mkdir does not come back from there.
    ['below a folder in which nobody can make one', '/proc/alerts/a'],
  ])('says in one line that it may not write %s', (_, folder) => {
    const { status, stderr } = run('--out', folder);
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
