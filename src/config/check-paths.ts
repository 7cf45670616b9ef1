import { basename, dirname, isAbsolute, join } from 'node:path';
import { whyNotCallable } from '../runtime/callable-url.ts';
import type { Config } from './config.ts';
import { explainCode, explainRefusal, KEEPS_NO_FILES, type FileSystem } from './file-system.ts';
import { searchPath } from './load.ts';
import { problemIn } from './origin.ts';
import { looksLikeCredential, type ConfigProblem } from './problem.ts';
import { loadWebConfig } from './web/load-web-config.ts';

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

/** What is wrong with what is at a path. */
type Check = (path: string, fs: FileSystem) => Promise<Finding>;

/** A key, the path that it names, if it names one that matters now, and how to look at it. */
type Named = readonly [key: string, path: string | undefined, check: Check];

/**
 * Looks at every path that was configured, and into the web config file and what it names, without creating anything. What
 * may appear later is no problem.
 */
export async function checkPaths(
  config: Config,
  fs: FileSystem,
  options: PathCheckOptions,
): Promise<PathFindings> {
  const { gateway, gateways, state, nodes } = config;
  const named: readonly Named[] = [
    ['gateway.token_file', gateway.tokenFile, checkToken],
    ...gateways.map(({ tokenFile }, index): Named => [
      `gateways[${index}].token_file`,
      tokenFile,
      checkToken,
    ]),
    ...namedByActing(config, options.acting),
    ['state.dir', options.stateDir ? state.dir : undefined, checkStateDir],
    ...nodes.flatMap(({ log, locator }, index): readonly Named[] => {
      const isDirectory = locator.kind === 'state-dir' && locator.explicit;
      return [
        [`nodes[${index}].log`, log.kind === 'file' ? log.path : undefined, checkLog],
        [`nodes[${index}].state_dir`, isDirectory ? locator.path : undefined, checkNodeStateDir],
        [`nodes[${index}].pid_file`, locator.kind === 'pid-file' ? locator.path : undefined, checkPidFile],
      ];
    }),
  ];
  const [web, ...findings] = await Promise.all([
    checkWebConfig(config, fs),
    ...named.map(async ([key, path, check]) => ({
      key,
      finding: path === undefined ? path : await check(path, fs),
    })),
  ]);
  const collect = (severity: 'problem' | 'warning'): ConfigProblem[] =>
    findings.flatMap(({ key, finding }) =>
      finding?.severity === severity ? [problemIn(config, key, finding.message)] : [],
    );
  return {
    problems: [...collect('problem'), ...web.problems],
    warnings: [...collect('warning'), ...web.warnings],
  };
}

async function checkWebConfig({ web }: Config, fs: FileSystem): Promise<PathFindings> {
  if (web.configFile === undefined) return { problems: [], warnings: [] };
  const loaded = await loadWebConfig(web.configFile, fs, Date.now());
  return loaded.ok
    ? { problems: [], warnings: loaded.warnings }
    : { problems: loaded.problems, warnings: [] };
}

function namedByActing(
  { notify: { webhookUrlFile, program, deadManUrlFile }, recovery }: Config,
  acting: PathCheckOptions['acting'],
): readonly Named[] {
  if (acting === 'ignored') return [];
  const softened =
    (check: Check, done: 'told' | 'restarted'): Check =>
    async (path, fs) => {
      const finding = await check(path, fs);
      return finding?.severity === 'problem' && acting === 'warning'
        ? warning(`${finding.message} Until that is mended, nobody is ${done} by it.`)
        : finding;
    };
  const [restarts] = recovery.enabled ? (recovery.command ?? []) : [];
  const lockDir = recovery.enabled ? recovery.lockDir : undefined;
  return [
    ['recovery.command', restarts, softened(checkRestart, 'restarted')],
    ['recovery.lock_dir', lockDir, softened(checkLockDir, 'restarted')],
    ['notify.webhook_url_file', webhookUrlFile, softened(checkAddress, 'told')],
    ['notify.program', program, softened(checkProgram, 'told')],
    ['notify.dead_man_url_file', deadManUrlFile, softened(checkAddress, 'told')],
  ];
}

const GAINS_PRIVILEGES: ReadonlySet<string> = new Set(['sudo', 'doas', 'su', 'pkexec']);

async function checkRestart(program: string, fs: FileSystem): Promise<Finding> {
  if (GAINS_PRIVILEGES.has(basename(program)))
    return warning(
      `${basename(program)} fails in the service that \`service install\` makes, which may gain no privileges; name what the exporter’s own user may run.`,
    );
  if (!program.includes('/')) return checkName(program, fs);
  return isAbsolute(program)
    ? checkProgram(program, fs)
    : problem(`${program} is looked for where the exporter happens to start; give its absolute path.`);
}

/** A name without a slash is looked for where the exporter runs, which may not be here: a warning. */
async function checkName(program: string, fs: FileSystem): Promise<Finding> {
  const refusals = await Promise.all(
    searchPath().map((directory) => fs.refusalOf(join(directory, program), 'run')),
  );
  return refusals.includes(undefined)
    ? undefined
    : warning(`there is no ${program} on the PATH here; correct its name, or give its absolute path.`);
}

/** A file that holds what nobody else should know. */
interface Secret {
  readonly name: string;
  /** Whether somebody wrote it where its file should be named; such a path is never shown. */
  readonly isIn: (path: string) => boolean;
  /** What is wrong with what the file holds, without telling it. */
  readonly mistakeIn: (text: string) => string | undefined;
}

const checkToken = secretFile({
  name: 'token',
  isIn: (path) => looksLikeCredential(path.slice(path.lastIndexOf('/') + 1)),
  mistakeIn: (text) => (text.trim() === '' ? 'is empty; write the gateway token into it' : undefined),
});

const checkAddress = secretFile({
  name: 'URL',
  // One of the two slashes is lost where a path is made absolute.
  isIn: (path) => /https?:\//.test(path),
  mistakeIn: whyNotCallable,
});

function secretFile({ name, isIn, mistakeIn }: Secret): Check {
  return async (path, fs) => {
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
    if ('error' in read) return problem(`${shown} ${explainRefusal(read.error)}; ${READABLE}.`);
    const mistake = mistakeIn(read.text);
    if (mistake !== undefined) return problem(`${shown} ${mistake}.`);
    if (!facts.readableByOthers) return undefined;
    return warning(`${shown} can be read by every user of this machine; run: chmod 600 ${shown}`);
  };
}

const READABLE = 'make it readable for the user that runs the exporter';

async function checkProgram(path: string, fs: FileSystem): Promise<Finding> {
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
const checkStateDir: Check = (dir, fs) =>
  checkDirectory(dir, fs, {
    hint: 'choose another with --state.dir or OPENCLAW_LIVENESS_STATE_DIR',
    without: 'counters and log positions are lost when the exporter ends',
  });

const checkLockDir: Check = (dir, fs) =>
  checkDirectory(dir, fs, {
    hint: 'choose another that all exporters of this machine may write to',
    without: 'nobody is restarted',
  });

/** @param words what to do, and what is missing where the directory takes nothing now */
async function checkDirectory(
  dir: string,
  fs: FileSystem,
  { hint, without }: { readonly hint: string; readonly without: string },
): Promise<Finding> {
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
      ? warning(`${what} (${why}), so ${without}; ${hint}.`)
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
    return facts.error === 'ENOENT'
      ? undefined
      : problem(`${path} ${explainRefusal(facts.error)}; ${READABLE}.`);
  }
  return facts.kind === 'directory'
    ? problem(`${path} is a directory; name the file with the pid in it.`)
    : undefined;
}
