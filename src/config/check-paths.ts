import { createReadStream } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../runtime/error-parts.ts';
import type { Config } from './config.ts';
import { formatOrigin, DEFAULT_ORIGIN } from './origin.ts';
import { looksLikeCredential, type ConfigProblem } from './problem.ts';

/** What we need to know of the file system. A failed call gives its error code (`ENOENT`, `EACCES`, …). */
export interface FileSystem {
  kindOf(path: string): Promise<FileFacts | { readonly error: string }>;
  readText(path: string): Promise<{ readonly text: string } | { readonly error: string }>;
  /** `undefined` when it is allowed. */
  refusalOf(path: string, access: 'read' | 'write'): Promise<string | undefined>;
}

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'other';
  readonly readableByOthers: boolean;
}

export interface PathFindings {
  /** The exporter must not start. */
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Which checks apply: a command that writes nothing needs no directory to write to. */
export interface PathCheckOptions {
  readonly stateDir: boolean;
}

type Finding =
  { readonly severity: 'problem' | 'warning'; readonly key: string; readonly message: string } | undefined;

/** Looks at every path that was configured, without creating anything. What may appear later is no problem. */
export async function checkPaths(
  config: Config,
  fs: FileSystem,
  options: PathCheckOptions,
): Promise<PathFindings> {
  const findings = await Promise.all([
    checkTokenFile(config.gateway.tokenFile, 'gateway.token_file', fs),
    ...config.gateways.map(({ tokenFile }, index) =>
      checkTokenFile(tokenFile, `gateways[${index}].token_file`, fs),
    ),
    options.stateDir ? checkStateDir(config.state.dir, fs) : undefined,
    ...config.nodes.flatMap((node, index) => {
      const prefix = `nodes[${index}]`;
      return [
        node.log.kind === 'file' ? checkLog(node.log.path, `${prefix}.log`, fs) : undefined,
        node.locator.kind === 'state-dir' && node.locator.explicit
          ? checkNodeStateDir(node.locator.path, `${prefix}.state_dir`, fs)
          : undefined,
        node.locator.kind === 'pid-file'
          ? checkPidFile(node.locator.path, `${prefix}.pid_file`, fs)
          : undefined,
      ];
    }),
  ]);
  const collect = (severity: 'problem' | 'warning'): ConfigProblem[] =>
    findings.flatMap((finding) => {
      if (finding?.severity !== severity) return [];
      const origin = config.origins[finding.key] ?? DEFAULT_ORIGIN;
      return [{ where: formatOrigin(origin), key: finding.key, message: finding.message }];
    });
  return { problems: collect('problem'), warnings: collect('warning') };
}

async function checkTokenFile(path: string | undefined, key: string, fs: FileSystem): Promise<Finding> {
  if (path === undefined) return undefined;
  const problem = (message: string): Finding => ({ severity: 'problem', key, message });
  const shown = looksLikeCredential(path.slice(path.lastIndexOf('/') + 1))
    ? 'the file named there (not shown)'
    : path;
  const facts = await fs.kindOf(path);
  if ('error' in facts) {
    const hint =
      shown === path
        ? 'create it with mode 0600, or correct the path'
        : 'if that is the token itself: write it into a file and give the file’s path';
    return problem(`${shown} ${explainRefusal(facts.error)}; ${hint}.`);
  }
  if (facts.kind === 'directory')
    return problem(`${shown} is a directory; name the file with the token in it.`);
  const read = await fs.readText(path);
  if ('error' in read) {
    return problem(
      `${shown} ${explainRefusal(read.error)}; make it readable for the user that runs the exporter.`,
    );
  }
  if (read.text.trim() === '') return problem(`${shown} is empty; write the gateway token into it.`);
  if (!facts.readableByOthers) return undefined;
  return {
    severity: 'warning',
    key,
    message: `${shown} can be read by every user of this machine; run: chmod 600 ${shown}`,
  };
}

/** A path that is wrong is a problem; a disk that takes nothing now is not: the exporter watches without keeping. */
async function checkStateDir(dir: string, fs: FileSystem): Promise<Finding> {
  const finding = (severity: 'problem' | 'warning', message: string): Finding => ({
    severity,
    key: 'state.dir',
    message: `${message}; choose another with --state.dir or OPENCLAW_LIVENESS_STATE_DIR.`,
  });
  let nearest = dir;
  for (;;) {
    const facts = await fs.kindOf(nearest);
    if ('error' in facts) {
      const parent = dirname(nearest);
      if (facts.error !== 'ENOENT' || parent === nearest)
        return finding('problem', `${nearest} ${explainRefusal(facts.error)}`);
      nearest = parent;
      continue;
    }
    if (facts.kind !== 'directory') {
      return finding(
        'problem',
        nearest === dir
          ? `${dir} is not a directory`
          : `${dir} cannot be created: ${nearest} is not a directory`,
      );
    }
    const refusal = await fs.refusalOf(nearest, 'write');
    if (refusal === undefined) return undefined;
    const why = explainCode(refusal);
    const isThere = nearest === dir;
    const what = isThere ? `${dir} cannot be written to` : `${dir} cannot be created in ${nearest}`;
    const mayPass = refusal !== KEEPS_NO_FILES && (isThere || refusal === 'EROFS');
    return mayPass
      ? finding('warning', `${what} (${why}), so counters and log positions are lost when the exporter ends`)
      : finding('problem', `${what} (${why})`);
  }
}

async function checkLog(path: string, key: string, fs: FileSystem): Promise<Finding> {
  const facts = await fs.kindOf(path);
  if ('error' in facts) {
    if (facts.error === 'ENOENT') {
      return {
        severity: 'warning',
        key,
        message: `${path} does not exist yet; it is read as soon as it appears.`,
      };
    }
    return { severity: 'problem', key, message: `${path} ${explainRefusal(facts.error)}; ${LOG_HINT}.` };
  }
  if (facts.kind === 'directory') {
    return {
      severity: 'problem',
      key,
      message: `${path} is a directory; name the log file in it, or use auto.`,
    };
  }
  const refusal = await fs.refusalOf(path, 'read');
  if (refusal === undefined) return undefined;
  return { severity: 'problem', key, message: `${path} ${explainRefusal(refusal)}; ${LOG_HINT}.` };
}

const LOG_HINT = 'run as the user of the node host, make the file readable, or use none';

async function checkNodeStateDir(path: string, key: string, fs: FileSystem): Promise<Finding> {
  const facts = await fs.kindOf(path);
  if ('error' in facts) {
    // A node host that was never started has none; which process belongs to it is told by its environment.
    const message = `${path} ${explainRefusal(facts.error)}; a node host with this state directory is watched as soon as it runs.`;
    return { severity: 'warning', key, message };
  }
  if (facts.kind === 'directory') return undefined;
  return {
    severity: 'problem',
    key,
    message: `${path} is not a directory; give the node host’s OPENCLAW_STATE_DIR.`,
  };
}

async function checkPidFile(path: string, key: string, fs: FileSystem): Promise<Finding> {
  const facts = await fs.kindOf(path);
  if ('error' in facts) {
    if (facts.error === 'ENOENT') return undefined;
    return {
      severity: 'problem',
      key,
      message: `${path} ${explainRefusal(facts.error)}; make it readable for the user that runs the exporter.`,
    };
  }
  if (facts.kind !== 'directory') return undefined;
  return { severity: 'problem', key, message: `${path} is a directory; name the file with the pid in it.` };
}

/** Far more than any of the files that we read has. */
const MAX_FILE_BYTES = 16 * 2 ** 20;
/** What we say of /proc, whose own answers mislead: root is told that it may write there. */
const KEEPS_NO_FILES = 'ENOTSUP';
/** As `statfs` gives it. */
const PROC_SUPER_MAGIC = 0x9fa0;

const CODE_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'read-only file system',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'name too long',
  EISDIR: 'it is a directory',
  EFBIG: `larger than ${MAX_FILE_BYTES / 2 ** 20} MiB`,
  [KEEPS_NO_FILES]: 'the kernel’s own, which keeps no files',
};

/** An error code in words, to be put in brackets. */
export function explainCode(code: string): string {
  return CODE_WORDS[code] ?? code;
}

/** An error code in words, after the name of a path: `does not exist`. */
export function explainRefusal(code: string): string {
  return code === 'ENOENT' ? 'does not exist' : `cannot be read (${explainCode(code)})`;
}

/** The real file system. */
export const realFileSystem: FileSystem = {
  async kindOf(path) {
    try {
      const found = await stat(path);
      const kind = found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other';
      return { kind, readableByOthers: (found.mode & 0o004) !== 0 };
    } catch (error: unknown) {
      return { error: codeOf(error) ?? String(error) };
    }
  },
  async readText(path) {
    try {
      const chunks: Buffer[] = [];
      // Not the whole of it: some files, /dev/zero for one, have no end.
      for await (const chunk of createReadStream(path, { end: MAX_FILE_BYTES })) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      return bytes.length > MAX_FILE_BYTES ? { error: 'EFBIG' } : { text: bytes.toString('utf8') };
    } catch (error: unknown) {
      return { error: codeOf(error) ?? String(error) };
    }
  },
  async refusalOf(path, wanted) {
    try {
      await access(path, wanted === 'read' ? constants.R_OK : constants.W_OK | constants.X_OK);
      const isProc = wanted === 'write' && (await statfs(path)).type === PROC_SUPER_MAGIC;
      return isProc ? KEEPS_NO_FILES : undefined;
    } catch (error: unknown) {
      return codeOf(error) ?? String(error);
    }
  },
};
