import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readRepositoryYaml, ROOT } from './compose-file.ts';

/*
 * No runner of GitHub is here. What can go wrong without one is tested: a job that waits for one that is not there, a script
 * that no shell takes, a file that has moved, an artifact that nobody made. What actionlint 1.7.12 says of them: nothing.
 */

const STEP = z.looseObject({
  run: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
});
const JOB = z.looseObject({
  'runs-on': z.string(),
  'timeout-minutes': z.number(),
  needs: z.union([z.string(), z.array(z.string())]).default([]),
  steps: z.array(STEP),
});
const WORKFLOW = z.looseObject({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), JOB),
});

const FOLDER = '.github/workflows';
const workflows = readdirSync(join(ROOT, FOLDER)).map(
  (name) => [name, WORKFLOW.parse(readRepositoryYaml(join(FOLDER, name)))] as const,
);

describe.each(workflows)('%s', (_, { jobs }) => {
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('has no job that waits for one that is not there', () => {
    for (const { needs } of Object.values(jobs))
      for (const name of [needs].flat()) expect(Object.keys(jobs)).toContain(name);
  });

  it('has scripts that a shell takes, and that name only what is there', () => {
    for (const { run } of steps) {
      if (run === undefined) continue;
      // Expressions are filled in before a shell sees them.
      const script = run.replaceAll(/\$\{\{.*?\}\}/g, 'filled-in');
      expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' }).stderr, run).toBe('');
      const files = script.match(/(?<![\w/.-])(?:\.ci|test|scripts|deploy|node_modules)\/[\w./-]+/g) ?? [];
      for (const path of files) expect(existsSync(join(ROOT, path)), path).toBe(true);
    }
  });

  it('takes down no artifact that none of its jobs has put up', () => {
    const named = (action: string): unknown[] =>
      steps.filter(({ uses }) => uses?.startsWith(`actions/${action}@`)).map((step) => step.with.name);
    expect(named('upload-artifact')).toEqual(expect.arrayContaining(named('download-artifact')));
  });

  it('names each action by a version', () => {
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
  });
});

const [, release] = workflows.find(([name]) => name === 'release.yml') ?? [];
const releaseSteps = Object.values(release?.jobs ?? {}).flatMap(({ steps }) => steps);

it('a release gives its image what the Dockerfile copies, and what keeps the rest out', () => {
  const uploads = releaseSteps.filter(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
  const paths = uploads.flatMap((step) => String(step.with.path).trim().split('\n'));
  expect(paths).toEqual(expect.arrayContaining(['*.tgz', 'Dockerfile', '.dockerignore']));
  // It is left out unless asked for.
  expect(uploads.map((step) => step.with['include-hidden-files'])).toEqual([true]);
  for (const path of paths.filter((path) => path.includes('ocker')))
    expect(existsSync(join(ROOT, path))).toBe(true);
});

describe('what a tag is released as', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'release-'));
    // Stand-ins that say what they were called with, and what they would be given.
    for (const program of ['npm', 'gh'])
      writeFileSync(join(directory, program), `#!/bin/sh\necho "${program} $*"\n`, { mode: 0o755 });
    for (const name of ['exporter-1.2.3.tgz', 'alerts.tar.gz', 'SHA256SUMS'])
      writeFileSync(join(directory, name), '');
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  /** What a step of the workflow calls for a tag, run as GitHub runs it. */
  function called(command: string, tag: string): string {
    const step = releaseSteps.find(({ run }) => run?.includes(command));
    const { stdout, stderr } = spawnSync('bash', ['-e', '-c', step?.run ?? 'exit 1'], {
      cwd: directory,
      env: { PATH: `${directory}:${process.env.PATH ?? ''}`, GITHUB_REF_NAME: tag, GITHUB_REPOSITORY: 'a/b' },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return stdout.trim();
  }

  it('a version is npm’s `latest`, unless npm has a later one, and GitHub’s', () => {
    expect(called('npm publish', 'v1.2.3')).toBe(
      'npm publish ./exporter-1.2.3.tgz --provenance --access public',
    );
    expect(called('gh release create', 'v1.2.3')).not.toContain('--prerelease');
  });

  it('a prerelease is `next`, and marked as what it is', () => {
    expect(called('npm publish', 'v1.2.3-rc.1')).toBe(
      'npm publish ./exporter-1.2.3.tgz --provenance --access public --tag next',
    );
    expect(called('gh release create', 'v1.2.3-rc.1')).toBe(
      'gh release create v1.2.3-rc.1 --repo a/b --verify-tag --generate-notes --prerelease ./exporter-1.2.3.tgz ./alerts.tar.gz SHA256SUMS',
    );
  });

  it('an image is called `latest`, and by its minor version, as the action does with versions alone', () => {
    const names = releaseSteps.find(({ uses }) => uses?.startsWith('docker/metadata-action@'))?.with;
    expect(Object.keys(names ?? {})).toEqual(['images', 'tags']);
    for (const tag of String(names?.tags).trim().split('\n')) expect(tag).toMatch(/^type=semver,/);
  });
});
