import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { flagOf, merged, mountsOf, readCompose, ROOT, type ComposeFile } from '../deploy/compose-file.ts';
import { AMTOOL, describeWith, PROMTOOL } from '../helpers/debian-program.ts';

/*
 * The files as a container would see them, laid out below a directory by the mounts that compose.yaml declares, and read
 * by the servers' own tools.
 */

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** Answers with the directory that stands for `/` of the container. */
function laidOut(file: ComposeFile, service: string): string {
  const root = mkdtempSync(join(tmpdir(), 'compose-'));
  directories.push(root);
  for (const { source, target } of mountsOf(file.services[service]!)) {
    cpSync(join(ROOT, source), join(root, target), { recursive: true });
  }
  return root;
}

function check(
  tool: string,
  args: readonly string[],
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, output: `${stdout}${stderr}` };
}

const LINUX = readCompose('compose.yaml');
const FILES = [
  ['compose.yaml', LINUX],
  ['with compose.desktop.yaml', merged(LINUX, readCompose('compose.desktop.yaml'))],
] as const;

describeWith(PROMTOOL, (promtool) => {
  it.each(FILES)('takes what Prometheus would see (%s)', (_, file) => {
    const config = flagOf(file.services.prometheus!, 'config.file')!;
    const { status, output } = check(promtool, [
      'check',
      'config',
      join(laidOut(file, 'prometheus'), config),
    ]);
    expect(output).toMatch(/SUCCESS: .*prometheus\.yml is valid/);
    expect(output).toMatch(/openclaw-nodehost\.rules\.yml[\s\S]*SUCCESS: \d+ rules found/);
    expect(status).toBe(0);
  });

  it('refuses a list of exporters with a mistake in it: it is looked at, too', () => {
    const config = flagOf(LINUX.services.prometheus!, 'config.file')!;
    const root = laidOut(LINUX, 'prometheus');
    writeFileSync(join(root, dirname(config), 'exporters.yml'), '- tragets: [a]\n');
    expect(check(promtool, ['check', 'config', join(root, config)]).status).not.toBe(0);
  });
});

describeWith(AMTOOL, (amtool) => {
  it.each(FILES)('takes what Alertmanager would see (%s)', (_, file) => {
    const config = flagOf(file.services.alertmanager!, 'config.file')!;
    const { status, output } = check(amtool, ['check-config', join(laidOut(file, 'alertmanager'), config)]);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });
});
