import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** A service manager of our own: the real one, for a user, with nothing in it but our units. */
export interface RealManager {
  /** With this environment `systemctl --user` speaks to it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Where it looks for units, and whose home it serves. */
  readonly home: string;
  readonly configHome: string;
  /** Writes a service and starts it, without waiting for what comes of it. */
  run(unit: string, service: string): void;
  systemctl(...command: readonly string[]): string;
  stop(): Promise<void>;
}

/** Some of Debian's paths are not in everybody's PATH. */
const SYSTEMD = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'].find((path) => existsSync(path));

const GROUPS = '/sys/fs/cgroup';

/**
 * It refuses to run on a machine that was not booted by systemd, and looks for this directory to tell. A machine's boot also
 * makes what takes the place of what a service may not see, and the control group by which a user's manager is known.
 */
const RUN_AS_IF_BOOTED = `mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/systemd/system /run/systemd/inaccessible/dir
: >/run/systemd/inaccessible/reg
mknod /run/systemd/inaccessible/chr c 0 0
for root in ${GROUPS} ${GROUPS}/systemd ${GROUPS}/unified; do
  test -e $root/cgroup.procs || continue
  mkdir -p $root/$1/init.scope && chown -R $2:$2 $root/$1 && echo $$ >$root/$1/init.scope/cgroup.procs
done
as_user="setpriv --reuid $2 --regid $2 --clear-groups --inh-caps=-all"
test $2 != 0 || as_user=
exec $as_user "$0" --user --unit=none.target --log-target=console`;

/**
 * Starts `systemd --user` in a mount namespace of its own; `undefined`, with nothing left behind, where that cannot be.
 *
 * @param userId whose it is. That of root may do to its services what another user's may not.
 */
export async function startRealManager(userId = 0): Promise<RealManager | undefined> {
  if (SYSTEMD === undefined || process.geteuid?.() !== 0) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'manager-'));
  const runtime = join(directory, 'runtime');
  const configHome = join(directory, 'config');
  const units = join(configHome, 'systemd', 'user');
  mkdirSync(runtime);
  chmodSync(runtime, 0o700);
  mkdirSync(units, { recursive: true });
  writeFileSync(join(units, 'none.target'), '[Unit]\nDefaultDependencies=no\n');

  const environment = { PATH: process.env.PATH, XDG_RUNTIME_DIR: runtime };
  const group = basename(directory);
  const ofUser = join(group, `user@${userId}.service`);
  for (const path of [directory, runtime, configHome, join(configHome, 'systemd'), units])
    chownSync(path, userId, userId);
  const command = ['sh', '-c', RUN_AS_IF_BOOTED, SYSTEMD, ofUser, String(userId)];
  const child = spawn('unshare', ['--mount', ...command], {
    env: { ...environment, XDG_CONFIG_HOME: configHome, HOME: directory },
    stdio: 'ignore',
  });
  child.on('error', () => undefined);
  const ended = once(child, 'close').catch(() => undefined);

  const systemctl = (...command: readonly string[]): string =>
    spawnSync('systemctl', ['--user', '--no-pager', ...command], {
      env: environment,
      encoding: 'utf8',
      uid: userId,
      gid: userId,
    }).stdout;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(timer);
    removeGroups(group);
    rmSync(directory, { recursive: true, force: true });
  };

  const isUp = (): boolean => systemctl('show', '--property=Version').startsWith('Version=');
  for (let tries = 0; tries < 50 && child.exitCode === null; tries += 1) {
    if (isUp()) {
      return {
        environment,
        home: directory,
        configHome,
        systemctl,
        stop,
        run(unit, service) {
          writeFileSync(join(units, unit), service);
          systemctl('daemon-reload');
          systemctl('start', '--no-block', unit);
        },
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  return undefined;
}

/** The kernel lets nobody remove their files: only the directories, the innermost first. */
function removeGroups(name: string): void {
  const remove = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true }))
      if (entry.isDirectory()) remove(join(directory, entry.name));
    try {
      rmdirSync(directory);
    } catch {
      // Something in it still ends.
    }
  };
  const roots = existsSync(GROUPS) ? readdirSync(GROUPS).map((controller) => join(GROUPS, controller)) : [];
  for (const root of [GROUPS, ...roots]) {
    const group = join(root, name);
    if (existsSync(group)) remove(group);
  }
}
