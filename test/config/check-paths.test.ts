import { chmod, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkPaths, type PathCheckOptions, type PathFindings } from '../../src/config/check-paths.ts';
import { realFileSystem, type FileSystem } from '../../src/config/file-system.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paths-'));
});

async function findings(flags: Readonly<Record<string, string>>, fileSystem: FileSystem = realFileSystem) {
  const given = { '--state.dir': join(directory, 'state'), ...flags };
  const loaded = await loadConfig({
    flags: Object.entries(given).map(([flag, value]) => ({ flag, value })),
    environment: { HOME: directory },
    cwd: directory,
  });
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  const { problems, warnings } = await checkPaths(loaded.config, fileSystem, {
    stateDir: true,
    acting: 'problem',
  });
  return { problems: problems.map(formatProblem), warnings: warnings.map(formatProblem) };
}

/** The real file system, but `path` refuses with `code`: tests may run as root, whom nothing refuses. */
function refusing(path: string, code: string): FileSystem {
  return {
    kindOf: async (asked) => realFileSystem.kindOf(asked),
    readText: async (asked) => (asked === path ? { error: code } : realFileSystem.readText(asked)),
    refusalOf: async (asked, access) => (asked === path ? code : realFileSystem.refusalOf(asked, access)),
  };
}

const NOTHING = { problems: [], warnings: [] };

describe('the token file', () => {
  it('with a token and mode 0600 is fine', async () => {
    const path = join(directory, 'token');
    await writeFile(path, 'abc\n', { mode: 0o600 });
    expect(await findings({ '--gateway.token-file': path })).toEqual(NOTHING);
  });

  it('that is missing, empty or a directory is a mistake', async () => {
    const empty = join(directory, 'empty');
    await writeFile(empty, ' \n', { mode: 0o600 });
    const where = 'flag --gateway.token-file: gateway.token_file:';
    const missing = join(directory, 'missing');
    expect((await findings({ '--gateway.token-file': missing })).problems).toEqual([
      `${where} ${missing} does not exist; create it with mode 0600, or correct the path.`,
    ]);
    expect((await findings({ '--gateway.token-file': empty })).problems).toEqual([
      `${where} ${empty} is empty; write the gateway token into it.`,
    ]);
    expect((await findings({ '--gateway.token-file': directory })).problems).toEqual([
      `${where} ${directory} is a directory; name the file with the token in it.`,
    ]);
  });

  it('that we may not read is a mistake', async () => {
    const path = join(directory, 'token');
    await writeFile(path, 'abc\n', { mode: 0o600 });
    expect((await findings({ '--gateway.token-file': path }, refusing(path, 'EACCES'))).problems).toEqual([
      `flag --gateway.token-file: gateway.token_file: ${path} cannot be read (permission denied); make it readable for the user that runs the exporter.`,
    ]);
  });

  it('that everybody may read is a warning', async () => {
    const path = join(directory, 'token');
    await writeFile(path, 'abc\n');
    await chmod(path, 0o644);
    expect(await findings({ '--gateway.token-file': path })).toEqual({
      problems: [],
      warnings: [
        `flag --gateway.token-file: gateway.token_file: ${path} can be read by every user of this machine; run: chmod 600 ${path}`,
      ],
    });
  });

  it('that is the token itself, by mistake, is not shown', async () => {
    const token = '5ec12e7a0b1c2d3e4f5061728394a5b6';
    const { problems } = await findings({ '--gateway.token-file': token });
    expect(problems).toEqual([
      'flag --gateway.token-file: gateway.token_file: the file named there (not shown) does not exist; if that is the token itself: write it into a file and give the file’s path.',
    ]);
  });
});

describe('whom notify names', () => {
  /** What is said of one path, after the key. */
  async function findingsOf(
    key: string,
    value: string,
    notify: PathCheckOptions['acting'],
  ): Promise<PathFindings> {
    const file = join(directory, 'liveness.yml');
    await writeFile(file, `notify:\n  ${key}: ${value}\n`);
    const loaded = await loadConfig({
      flags: [{ flag: '--config.file', value: file }],
      environment: { HOME: directory },
      cwd: directory,
    });
    if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
    return checkPaths(loaded.config, realFileSystem, { stateDir: false, acting: notify });
  }

  async function saidOf(
    key: string,
    value: string,
    notify: PathCheckOptions['acting'] = 'problem',
  ): Promise<readonly string[]> {
    const { problems, warnings } = await findingsOf(key, value, notify);
    return [...problems, ...warnings].map((found) => formatProblem(found).split(`notify.${key}: `)[1] ?? '');
  }

  it.each(['webhook_url_file', 'dead_man_url_file'])('by %s, a file that holds one URL', async (key) => {
    const path = join(directory, 'url');
    expect(await saidOf(key, path)).toEqual([
      `${path} does not exist; create it with mode 0600, or correct the path.`,
    ]);
    const holding = async (text: string): Promise<readonly string[]> => {
      await writeFile(path, text, { mode: 0o600 });
      return saidOf(key, path);
    };
    expect(await holding('https://hooks.example/5ecret\n')).toEqual([]);
    expect(await holding(' \n')).toEqual([`${path} is empty; write the URL into it.`]);
    expect(await holding('https://a/\nhttps://b/\n')).toEqual([
      `${path} holds more than one URL or line; leave one.`,
    ]);
    expect(await holding('ftp://a/5ecret')).toEqual([
      `${path} holds a URL that cannot be called; write one that begins with https:// or http://.`,
    ]);
    expect(await saidOf(key, directory)).toEqual([
      `${directory} is a directory; name the file with the URL in it.`,
    ]);
  });

  it('by a file that everybody may read is a warning', async () => {
    const path = join(directory, 'url');
    await writeFile(path, 'https://hooks.example/5ecret\n');
    await chmod(path, 0o644);
    expect(await saidOf('webhook_url_file', path)).toEqual([
      `${path} can be read by every user of this machine; run: chmod 600 ${path}`,
    ]);
  });

  it('by the address itself, by mistake, is not shown', async () => {
    expect(await saidOf('webhook_url_file', 'https://hooks.example/5ecret')).toEqual([
      'the file named there (not shown) does not exist; if that is the URL itself: write it into a file and give the file’s path.',
    ]);
  });

  it('by a program, which must be there and may be run', async () => {
    const path = join(directory, 'tell');
    expect(await saidOf('program', path)).toEqual([`${path} does not exist; correct the path.`]);
    await writeFile(path, '#!/bin/sh\n', { mode: 0o644 });
    expect(await saidOf('program', path)).toEqual([
      `${path} may not be run (permission denied) by the user that runs the exporter; run: chmod +x ${path}`,
    ]);
    await chmod(path, 0o755);
    expect(await saidOf('program', path)).toEqual([]);
    expect(await saidOf('program', directory)).toEqual([
      `${directory} is a directory; name the program itself.`,
    ]);
  });

  it('is nothing to a command that tells nobody', async () => {
    expect(await saidOf('program', join(directory, 'none'), 'ignored')).toEqual([]);
  });

  it('keeps nobody from watching where it is a mistake, but is told', async () => {
    const path = join(directory, 'none');
    const { problems, warnings } = await findingsOf('program', path, 'warning');
    expect(problems).toEqual([]);
    expect(warnings.map(formatProblem)).toEqual([
      `${directory}/liveness.yml:2: notify.program: ${path} does not exist; correct the path. Until that is mended, nobody is told by it.`,
    ]);
  });
});

describe('what restarts a node host', () => {
  const saidOf = async (program: string, enabled = true): Promise<readonly string[]> => {
    const file = join(directory, 'liveness.yml');
    await writeFile(file, `recovery: { enabled: ${String(enabled)}, command: [${program}, now] }\n`);
    return Object.values(await findings({ '--config.file': file })).flatMap((found) =>
      found.map((text) => text.split('recovery.command: ')[1] ?? ''),
    );
  };

  it('must be there and may be run, where it is asked for and named by its path', async () => {
    const path = join(directory, 'restart');
    expect(await saidOf(path)).toEqual([`${path} does not exist; correct the path.`]);
    expect(await saidOf(path, false)).toEqual([]);
    // Fixed: a misspelt name was found out by the act, and cost one of three.
    expect(await saidOf('sytemctl')).toEqual([
      'there is no sytemctl on the PATH here; correct its name, or give its absolute path.',
    ]);
    expect(await saidOf('sh')).toEqual([]);
    expect(await saidOf('./restart')).toEqual([
      './restart is looked for where the exporter happens to start; give its absolute path.',
    ]);
    await writeFile(path, '#!/bin/sh\n', { mode: 0o755 });
    expect(await saidOf(path)).toEqual([]);
    expect(await saidOf('systemctl')).toEqual([]);
  });

  it('agrees on who acts in a directory that is one', async () => {
    const file = join(directory, 'liveness.yml');
    const lock = join(directory, 'lock');
    await writeFile(file, `recovery: { enabled: true, lock_dir: ${lock} }\n`);
    expect(await findings({ '--config.file': file })).toEqual(NOTHING);
    await writeFile(lock, '');
    expect((await findings({ '--config.file': file })).problems).toEqual([
      `${file}:1: recovery.lock_dir: ${lock} is not a directory; choose another that all exporters of this machine may write to.`,
    ]);
  });

  it('by sudo is a warning: a service may gain no privileges', async () => {
    expect(await saidOf('/usr/bin/sudo')).toEqual([
      expect.stringMatching(/^sudo fails in the service that `service install` makes/),
    ]);
  });
});

describe('our state directory', () => {
  it('need not exist', async () => {
    expect(await findings({ '--state.dir': join(directory, 'a/b/c') })).toEqual(NOTHING);
  });

  it('that is a file, or would be inside of one, is a mistake', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const advice = 'choose another with --state.dir or OPENCLAW_LIVENESS_STATE_DIR.';
    expect((await findings({ '--state.dir': file })).problems).toEqual([
      `flag --state.dir: state.dir: ${file} is not a directory; ${advice}`,
    ]);
    expect((await findings({ '--state.dir': join(file, 'state') })).problems).toEqual([
      `flag --state.dir: state.dir: ${file}/state cannot be read (a part of the path is not a directory); ${advice}`,
    ]);
  });

  const advice = 'choose another with --state.dir or OPENCLAW_LIVENESS_STATE_DIR.';

  it('that cannot be created is a mistake', async () => {
    const found = await findings({ '--state.dir': join(directory, 'a/b') }, refusing(directory, 'EACCES'));
    expect(found).toEqual({
      problems: [
        `flag --state.dir: state.dir: ${directory}/a/b cannot be created in ${directory} (permission denied); ${advice}`,
      ],
      warnings: [],
    });
  });

  it('that is there and cannot be written, or is on a read-only file system, keeps nobody from watching', async () => {
    const loses = 'counters and log positions are lost when the exporter ends';
    expect(await findings({ '--state.dir': directory }, refusing(directory, 'EACCES'))).toEqual({
      problems: [],
      warnings: [
        `flag --state.dir: state.dir: ${directory} cannot be written to (permission denied), so ${loses}; ${advice}`,
      ],
    });
    expect(await findings({ '--state.dir': join(directory, 'a') }, refusing(directory, 'EROFS'))).toEqual({
      problems: [],
      warnings: [
        `flag --state.dir: state.dir: ${directory}/a cannot be created in ${directory} (read-only file system), so ${loses}; ${advice}`,
      ],
    });
  });

  it.skipIf(process.platform !== 'linux')('below /proc is a mistake, also for root', async () => {
    const { problems } = await findings({ '--state.dir': '/proc/no-such/state' });
    expect(problems).toEqual([
      expect.stringMatching(
        /^flag --state\.dir: state\.dir: \/proc\/no-such\/state cannot be created in \/proc \(/,
      ),
    ]);
  });
});

describe('a log', () => {
  it('that does not exist yet is a warning', async () => {
    const path = join(directory, 'node.log');
    expect(await findings({ '--node.log': path })).toEqual({
      problems: [],
      warnings: [
        `flag --node.log: nodes[0].log: ${path} does not exist yet; it is read as soon as it appears.`,
      ],
    });
  });

  it('that is there is fine, also behind a link', async () => {
    const path = join(directory, 'node.log');
    await writeFile(path, '');
    await symlink(path, join(directory, 'link.log'));
    expect(await findings({ '--node.log': join(directory, 'link.log') })).toEqual(NOTHING);
  });

  it('that is a directory, or that we may not read, is a mistake', async () => {
    expect((await findings({ '--node.log': directory })).problems).toEqual([
      `flag --node.log: nodes[0].log: ${directory} is a directory; name the log file in it, or use auto.`,
    ]);
    const path = join(directory, 'node.log');
    await writeFile(path, '');
    expect((await findings({ '--node.log': path }, refusing(path, 'EACCES'))).problems).toEqual([
      `flag --node.log: nodes[0].log: ${path} cannot be read (permission denied); run as the user of the node host, make the file readable, or use none.`,
    ]);
  });
});

describe('a node host', () => {
  it('whose state directory does not exist yet is a warning, since a missing node host is a verdict', async () => {
    const path = join(directory, 'later');
    expect(await findings({ '--node.state-dir': path })).toEqual({
      problems: [],
      warnings: [
        `flag --node.state-dir: nodes[0].state_dir: ${path} does not exist; a node host with this state directory is watched as soon as it runs.`,
      ],
    });
  });

  it('whose pid file does not exist yet is nothing to speak of', async () => {
    expect(await findings({ '--node.pid-file': join(directory, 'node.pid') })).toEqual(NOTHING);
  });

  it('whose state directory is a file, or whose pid file is a directory, is a mistake', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    expect((await findings({ '--node.state-dir': file })).problems).toEqual([
      `flag --node.state-dir: nodes[0].state_dir: ${file} is not a directory; give the node host’s OPENCLAW_STATE_DIR.`,
    ]);
    await mkdir(join(directory, 'pid'));
    expect((await findings({ '--node.pid-file': join(directory, 'pid') })).problems).toEqual([
      `flag --node.pid-file: nodes[0].pid_file: ${directory}/pid is a directory; name the file with the pid in it.`,
    ]);
  });
});
