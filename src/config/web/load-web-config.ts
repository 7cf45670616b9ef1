import type { WebPolicy } from '../../http/security/web-policy.ts';
import { explainRefusal, type FileSystem } from '../file-system.ts';
import type { ConfigProblem } from '../problem.ts';
import { parseWebConfig } from './parse-web-config.ts';
import { readTlsMaterial, type MaterialProblem, type PemPlace } from './tls-material.ts';

/** Each with the files that were read for it: a change of one of them is a reason to look again. */
export type WebConfigResult =
  | {
      readonly ok: true;
      readonly policy: WebPolicy;
      readonly warnings: readonly ConfigProblem[];
      readonly files: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly files: readonly string[] };

/**
 * Reads a web config file and every file that it names.
 *
 * @param path absolute
 * @param nowMs Unix time in milliseconds, to tell an expired certificate
 */
export async function loadWebConfig(path: string, fs: FileSystem, nowMs: number): Promise<WebConfigResult> {
  const read = await fs.readText(path);
  if ('error' in read) {
    const message = `${path} ${explainRefusal(read.error)}; correct the path, or leave --web.config.file out to serve plain HTTP to everybody.`;
    return { ok: false, problems: [{ where: path, message }], files: [path] };
  }
  const parsed = parseWebConfig(path, read.text);
  if (!parsed.ok) return { ...parsed, files: [path] };
  const { warnings, at } = parsed;
  const { tls, ...rest } = parsed.settings;
  if (tls === undefined) return { ok: true, policy: rest, warnings, files: [path] };
  const files = [path, ...[tls.cert, tls.key, tls.clientCa].flatMap(fileOf)];
  const located = ({ key, message }: MaterialProblem): ConfigProblem =>
    at(['tls_server_config', key], message);
  const material = await readTlsMaterial(tls, fs, nowMs);
  if (!material.ok) return { ok: false, problems: material.problems.map(located), files };
  return {
    ok: true,
    policy: { ...rest, tls: material.policy },
    warnings: [...warnings, ...material.warnings.map(located)],
    files,
  };
}

function fileOf(place: PemPlace | undefined): readonly string[] {
  return place?.kind === 'file' ? [place.path] : [];
}
