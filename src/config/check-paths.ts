import { createReadStream } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { basename, dirname, isAbsolute } from 'node:path';
import { whyNotCallable } from '../runtime/callable-url.ts';
import { codeOf } from '../runtime/error-parts.ts';
import type { Config } from './config.ts';
import { problemIn } from './origin.ts';
import { looksLikeCredential, type ConfigProblem } from './problem.ts';

/** What we need to know of the file system. A failed call gives its error code (`ENOENT`, `EACCES`, …). */
export interface FileSystem {
  kindOf(path: string): Promise<FileFacts | { readonly error: string }>;
  readText(path: string): Promise<{ readonly text: string } | { readonly error: string }>;
  /** `undefined` when it is allowed. */
  refusalOf(path: string, access: 'read' | 'write' | 'run'): Promise<string | undefined>;
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

/** Which checks apply: a command that writes nothing needs no directory to write to, and one that tells nobody no address. */
export interface PathCheckOptions {
  readonly stateDir: boolean;
  /**
   * What a mistake in what `notify:` and `recovery:` name is. At the start nobody may be there to mend it, and who watches and
   * cannot tell is better than nobody who watches: a warning.
   */
  readonly acting: 'problem' | 'warning' | 'ignored';
}

/** What is wrong with one path, if anything is. */
type Finding = { readonly severity: 'problem' | 'warning'; readonly message: string } | undefined;

function problem(message: string): Finding {
  return { severity: 'problem', message };
}

function warning(message: string): Finding {
  return { severity: 'warning', message };
}

/** Looks at every path that was configured, without creating anything. What may appear later is no problem. */
export async function checkPaths(
  config: Config,
  fs: FileSystem,
  options: PathCheckOptions,
): Promise<PathFindings> {
  const { gateway, gateways, state, nodes } = config;
  const checks: readonly (readonly [key: string, check: Promise<Finding> | undefined])[] = [
    ['gateway.token_file', checkSecretFile(gateway.tokenFile, TOKEN, fs)],
    ...gateways.map(
      ({ tokenFile }, index) =>
        [`gateways[${index}].token_file`, checkSecretFile(tokenFile, TOKEN, fs)] as const,
    ),
    ...checksOfActing(config, fs, options.acting),
    ['state.dir', options.stateDir ? checkStateDir(state.dir, fs) : undefined],
    ...nodes.flatMap(({ log, locator }, index) => {
      const isNamed = locator.kind === 'state-dir' && locator.explicit;
      return [
        [`nodes[${index}].log`, log.kind === 'file' ? checkLog(log.path, fs) : undefined],
        [`nodes[${index}].state_dir`, isNamed ? checkNodeStateDir(locator.path, fs) : undefined],
        [
          `nodes[${index}].pid_file`,
          locator.kind === 'pid-file' ? checkPidFile(locator.path, fs) : undefined,
        ],
      ] as const;
    }),
  ];
  const findings = await Promise.all(checks.map(async ([key, check]) => ({ key, finding: await check })));
  const collect = (severity: 'problem' | 'warning'): ConfigProblem[] =>
    findings.flatMap(({ key, finding }) =>
      finding?.severity === severity ? [problemIn(config, key, finding.message)] : [],
    );
  return { problems: collect('problem'), warnings: collect('warning') };
}

function checksOfActing(
  { notify: { webhookUrlFile, program, deadManUrlFile }, recovery }: Config,
  fs: FileSystem,
  acting: PathCheckOptions['acting'],
): readonly (readonly [key: string, check: Promise<Finding>])[] {
  if (acting === 'ignored') return [];
  const asked = async (check: Promise<Finding>, done: 'told' | 'restarted'): Promise<Finding> => {
    const finding = await check;
    return finding?.severity === 'problem' && acting === 'warning'
      ? warning(`${finding.message} Until that is mended, nobody is ${done} by it.`)
      : finding;
  };
  const [restarts] = recovery.enabled ? (recovery.command ?? []) : [];
  return [
    ['recovery.command', asked(checkRestart(restarts, fs), 'restarted')],
    ['notify.webhook_url_file', asked(checkSecretFile(webhookUrlFile, ADDRESS, fs), 'told')],
    ['notify.program', asked(checkProgram(program, fs), 'told')],
    ['notify.dead_man_url_file', asked(checkSecretFile(deadManUrlFile, ADDRESS, fs), 'told')],
  ];
}

const GAINS_PRIVILEGES: ReadonlySet<string> = new Set(['sudo', 'doas', 'su', 'pkexec']);

/** A name without a slash is looked for where the exporter runs, which may not be here. */
async function checkRestart(program: string | undefined, fs: FileSystem): Promise<Finding> {
  if (program === undefined) return undefined;
  if (GAINS_PRIVILEGES.has(basename(program)))
    return warning(
      `${basename(program)} fails in the service that \`service install\` makes, which may gain no privileges; name what the exporter’s own user may run.`,
    );
  if (!program.includes('/')) return undefined;
  return isAbsolute(program)
    ? checkProgram(program, fs)
    : problem(`${program} is looked for where the exporter happens to start; give its absolute path.`);
}

/** A file that holds what nobody else should know. */
interface Secret {
  readonly name: string;
  /** Whether somebody wrote it where its file should be named; such a path is never shown. */
  readonly isIn: (path: string) => boolean;
  /** What is wrong with what the file holds, without telling it. */
  readonly mistakeIn: (text: string) => string | undefined;
}

const TOKEN: Secret = {
  name: 'token',
  isIn: (path) => looksLikeCredential(path.slice(path.lastIndexOf('/') + 1)),
  mistakeIn: (text) => (text.trim() === '' ? 'is empty; write the gateway token into it' : undefined),
};

const ADDRESS: Secret = {
  name: 'URL',
  // One of the two slashes is lost where a path is made absolute.
  isIn: (path) => /https?:\//.test(path),
  mistakeIn: whyNotCallable,
};

async function checkSecretFile(
  path: string | undefined,
  { name, isIn, mistakeIn }: Secret,
  fs: FileSystem,
): Promise<Finding> {
  if (path === undefined) return undefined;
  const shown = isIn(path) ? 'the file named there (not shown)' : path;
  const facts = await fs.kindOf(path);
  if ('error' in facts) {
    const hint =
      shown === path
        ? 'create it with mode 0600, or correct the path'
        : `if that is the ${name} itself: write it into a file and give the file’s path`;
    return problem(`${shown} ${explainRefusal(facts.error)}; ${hint}.`);
  }
  if (facts.kind === 'directory')
    return problem(`${shown} is a directory; name the file with the ${name} in it.`);
  const read = await fs.readText(path);
  if ('error' in read) {
    return problem(
      `${shown} ${explainRefusal(read.error)}; make it readable for the user that runs the exporter.`,
    );
  }
  const mistake = mistakeIn(read.text);
  if (mistake !== undefined) return problem(`${shown} ${mistake}.`);
  if (!facts.readableByOthers) return undefined;
  return warning(`${shown} can be read by every user of this machine; run: chmod 600 ${shown}`);
}

async function checkProgram(path: string | undefined, fs: FileSystem): Promise<Finding> {
  if (path === undefined) return undefined;
  const facts = await fs.kindOf(path);
  if ('error' in facts) return problem(`${path} ${explainRefusal(facts.error)}; correct the path.`);
  if (facts.kind === 'directory') return problem(`${path} is a directory; name the program itself.`);
  const refusal = await fs.refusalOf(path, 'run');
  return refusal === undefined
    ? undefined
    : problem(
        `${path} may not be run (${explainCode(refusal)}) by the user that runs the exporter; run: chmod +x ${path}`,
      );
}

/** A path that is wrong is a problem; a disk that takes nothing now is not: the exporter watches without keeping. */
async function checkStateDir(dir: string, fs: FileSystem): Promise<Finding> {
  const hint = 'choose another with --state.dir or OPENCLAW_LIVENESS_STATE_DIR';
  let nearest = dir;
  for (;;) {
    const facts = await fs.kindOf(nearest);
    if ('error' in facts) {
      const parent = dirname(nearest);
      if (facts.error !== 'ENOENT' || parent === nearest)
        return problem(`${nearest} ${explainRefusal(facts.error)}; ${hint}.`);
      nearest = parent;
      continue;
    }
    const isThere = nearest === dir;
    if (facts.kind !== 'directory') {
      const what = isThere ? dir : `${dir} cannot be created: ${nearest}`;
      return problem(`${what} is not a directory; ${hint}.`);
    }
    const refusal = await fs.refusalOf(nearest, 'write');
    if (refusal === undefined) return undefined;
    const why = explainCode(refusal);
    const what = isThere ? `${dir} cannot be written to` : `${dir} cannot be created in ${nearest}`;
    const mayPass = refusal !== KEEPS_NO_FILES && (isThere || refusal === 'EROFS');
    return mayPass
      ? warning(`${what} (${why}), so counters and log positions are lost when the exporter ends; ${hint}.`)
      : problem(`${what} (${why}); ${hint}.`);
  }
}

async function checkLog(path: string, fs: FileSystem): Promise<Finding> {
  const facts = await fs.kindOf(path);
  if ('error' in facts) {
    if (facts.error !== 'ENOENT') return problem(`${path} ${explainRefusal(facts.error)}; ${LOG_HINT}.`);
    return warning(`${path} does not exist yet; it is read as soon as it appears.`);
  }
  if (facts.kind === 'directory')
    return problem(`${path} is a directory; name the log file in it, or use auto.`);
  const refusal = await fs.refusalOf(path, 'read');
  return refusal === undefined ? undefined : problem(`${path} ${explainRefusal(refusal)}; ${LOG_HINT}.`);
}

const LOG_HINT = 'run as the user of the node host, make the file readable, or use none';

async function checkNodeStateDir(path: string, fs: FileSystem): Promise<Finding> {
  const facts = await fs.kindOf(path);
  if ('error' in facts) {
    // A node host that was never started has none; which process belongs to it is told by its environment.
    return warning(
      `${path} ${explainRefusal(facts.error)}; a node host with this state directory is watched as soon as it runs.`,
    );
  }
  if (facts.kind === 'directory') return undefined;
  return problem(`${path} is not a directory; give the node host’s OPENCLAW_STATE_DIR.`);
}

async function checkPidFile(path: string, fs: FileSystem): Promise<Finding> {
  const facts = await fs.kindOf(path);
  if ('error' in facts) {
    if (facts.error === 'ENOENT') return undefined;
    return problem(
      `${path} ${explainRefusal(facts.error)}; make it readable for the user that runs the exporter.`,
    );
  }
  return facts.kind === 'directory'
    ? problem(`${path} is a directory; name the file with the pid in it.`)
    : undefined;
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

/** A directory is written to by whoever may also enter it. */
const MODES = { read: constants.R_OK, write: constants.W_OK | constants.X_OK, run: constants.X_OK } as const;

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
      await access(path, MODES[wanted]);
      const isProc = wanted === 'write' && (await statfs(path)).type === PROC_SUPER_MAGIC;
      return isProc ? KEEPS_NO_FILES : undefined;
    } catch (error: unknown) {
      return codeOf(error) ?? String(error);
    }
  },
};
