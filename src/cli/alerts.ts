import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDirectory } from '../runtime/make-directory.ts';
import { LinkError, rewriteLinks, type LinkBases } from './alert-links.ts';
import type { CliDependencies } from './dependencies.ts';
import { EXIT } from '../runtime/exit-code.ts';

/** In the package and in a checkout alike. */
const SHIPPED = fileURLToPath(new URL('../../alerts/', import.meta.url));

export interface AlertsRequest extends LinkBases {
  /** A directory. */
  readonly out: string;
}

/** Prometheus is another user. */
const READABLE = 0o755;

/**
 * Writes the rules that ship into a directory of Prometheus, with links to the operator's own runbooks and Grafana, and
 * nothing else that Prometheus could take for rules. Returns the exit code.
 */
export async function alerts(
  { out, ...bases }: AlertsRequest,
  { stdout, stderr }: Pick<CliDependencies, 'stdout' | 'stderr'>,
): Promise<number> {
  try {
    for (const path of await copyRules(out, bases)) stdout.write(`${path}\n`);
    return EXIT.ok;
  } catch (error: unknown) {
    const isMistake = error instanceof LinkError;
    if (!isMistake && !(error instanceof Error && 'syscall' in error)) throw error;
    stderr.write(`openclaw-liveness-exporter: ${error.message}\n`);
    return isMistake ? EXIT.configuration : EXIT.failed;
  }
}

/** @throws LinkError, or the system's error where a file cannot be written */
async function copyRules(out: string, bases: LinkBases): Promise<readonly string[]> {
  if (resolve(out) === resolve(SHIPPED)) {
    throw new LinkError(`--out ${out}: would replace the files that are copied`);
  }
  const names = (await readdir(SHIPPED)).filter((name) => name.endsWith('.rules.yml'));
  const files = await Promise.all(
    names.map(async (name) => ({
      path: join(out, name),
      text: rewriteLinks(await readFile(join(SHIPPED, name), 'utf8'), bases),
    })),
  );
  await makeDirectory(resolve(out), READABLE);
  for (const { path, text } of files) await writeFile(path, text);
  return files.map(({ path }) => path);
}
