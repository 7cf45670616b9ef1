import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

/** A program that a suite needs, and the script of ours that brings it. */
export interface DebianProgram {
  readonly program: 'promtool' | 'amtool' | 'alertmanager';
  /** What its file is called: Debian's name first, then that of everybody else. */
  readonly files: readonly string[];
  readonly script: 'install-promtool.sh' | 'install-alertmanager.sh';
}

export const PROMTOOL: DebianProgram = {
  program: 'promtool',
  files: ['promtool'],
  script: 'install-promtool.sh',
};
export const AMTOOL: DebianProgram = {
  program: 'amtool',
  files: ['amtool'],
  script: 'install-alertmanager.sh',
};
export const ALERTMANAGER: DebianProgram = {
  program: 'alertmanager',
  files: ['prometheus-alertmanager', 'alertmanager'],
  script: 'install-alertmanager.sh',
};

/**
 * A suite about a program of a Debian package, which is downloaded and unpacked where it is missing. Where that cannot be
 * done the suite is skipped on a developer's machine, and fails in CI.
 *
 * @param suite gets the path of the program
 */
export function describeWith({ program, files, script }: DebianProgram, suite: (path: string) => void): void {
  const file = fileURLToPath(new URL(`../../scripts/${script}`, import.meta.url));
  const { status, stdout, stderr } = spawnSync('bash', [file], { encoding: 'utf8' });
  const found = files.map((name) => join(stdout.trim(), name)).find((path) => existsSync(path));
  if (status === 0 && found !== undefined) {
    describe(program, () => {
      suite(found);
    });
    return;
  }
  const isRequired = process.env.CI !== undefined && process.env.CI !== '';
  const title = `${program} (skipped: it is not installed; Debian: scripts/${script})`;
  describe.skipIf(!isRequired)(isRequired ? program : title, () => {
    it('is there', () => {
      throw new Error(`scripts/${script} did not bring ${program}:\n${stderr.trim()}`);
    });
  });
}
