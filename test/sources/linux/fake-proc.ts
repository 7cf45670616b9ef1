import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One process as its files in /proc show it. */
export interface FakeProcess {
  readonly pid: number;
  readonly stat: string;
  readonly taskStatus: string;
  readonly cmdline: string;
  readonly environ: string;
  readonly cgroup: string;
  readonly cwd: string;
  readonly fds: Readonly<Record<string, string>>;
}

export interface Recording {
  readonly openclaw: string;
  readonly uptime: string;
  readonly processes: readonly FakeProcess[];
  readonly net: Readonly<Record<string, string>>;
}

/** What /proc showed of a real launcher and its node host. */
export function recording(version: '2026.4.15' | '2026.9.6'): Recording {
  const path = new URL(`../../fixtures/proc/${version}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as Recording;
}

/** The recorded launcher and node host. */
export function launcherAndHost(version: '2026.4.15' | '2026.9.6'): [FakeProcess, FakeProcess] {
  const [launcher, host] = recording(version).processes;
  return [launcher!, host!];
}

export interface StatChanges {
  readonly pid?: number;
  readonly name?: string;
  readonly state?: string;
  readonly parentPid?: number;
  readonly startTicks?: number;
}

/** The process with another stat line; a new pid is put in the status file as well. */
export function changed(process: FakeProcess, changes: StatChanges & Partial<FakeProcess>): FakeProcess {
  const { name, state, parentPid, startTicks, ...files } = changes;
  const [, oldName = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(process.stat) ?? [];
  const fields = rest.split(' ');
  if (state !== undefined) fields[0] = state;
  if (parentPid !== undefined) fields[1] = String(parentPid);
  if (startTicks !== undefined) fields[19] = String(startTicks);
  const pid = changes.pid ?? process.pid;
  return { ...process, ...files, pid, stat: `${pid} (${name ?? oldName}) ${fields.join(' ')}` };
}

/** The environment with some variables set, or taken away. */
export function withEnvironment(
  process: FakeProcess,
  variables: Readonly<Record<string, string | undefined>>,
): FakeProcess {
  const kept = process.environ
    .split('\0')
    .filter((pair) => pair !== '' && !((pair.split('=')[0] ?? '') in variables));
  const added = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  return { ...process, environ: [...kept, ...added].map((pair) => `${pair}\0`).join('') };
}

/** A tree of files that looks like /proc. */
export class FakeProc {
  readonly root = mkdtempSync(join(tmpdir(), 'fake-proc-'));

  constructor({ uptimeSeconds = 1952.16 }: { uptimeSeconds?: number } = {}) {
    this.setUptime(uptimeSeconds);
  }

  setUptime(seconds: number): void {
    writeFileSync(join(this.root, 'uptime'), `${seconds.toFixed(2)} 3014.09\n`);
  }

  put(...processes: readonly FakeProcess[]): void {
    for (const process of processes) {
      this.remove(process.pid);
      const folder = this.path(process.pid);
      mkdirSync(join(folder, 'task', String(process.pid)), { recursive: true });
      mkdirSync(join(folder, 'fd'));
      writeFileSync(join(folder, 'stat'), process.stat);
      writeFileSync(join(folder, 'task', String(process.pid), 'status'), process.taskStatus);
      writeFileSync(join(folder, 'cmdline'), process.cmdline);
      writeFileSync(join(folder, 'environ'), process.environ);
      writeFileSync(join(folder, 'cgroup'), process.cgroup);
      symlinkSync(process.cwd, join(folder, 'cwd'));
      symlinkSync('../net', join(folder, 'net'));
      for (const [fd, target] of Object.entries(process.fds)) symlinkSync(target, join(folder, 'fd', fd));
    }
  }

  putNet(tables: Readonly<Record<string, string>>): void {
    mkdirSync(join(this.root, 'net'), { recursive: true });
    for (const [name, text] of Object.entries(tables)) writeFileSync(join(this.root, 'net', name), text);
  }

  openSocket(pid: number, { fd, inode }: { fd: number; inode: number }): void {
    symlinkSync(`socket:[${inode}]`, this.path(pid, 'fd', String(fd)));
  }

  closeDescriptor(pid: number, fd: number): void {
    rmSync(this.path(pid, 'fd', String(fd)));
  }

  remove(pid: number): void {
    if (existsSync(this.path(pid))) rmSync(this.path(pid), { recursive: true });
  }

  removeFile(pid: number, name: string): void {
    rmSync(this.path(pid, name), { recursive: true });
  }

  /** No bits at all: even the superuser's reader is refused where tests run as an ordinary user. */
  forbid(pid: number, name: string): void {
    chmodSync(this.path(pid, name), 0);
  }

  path(pid: number, ...names: readonly string[]): string {
    return join(this.root, String(pid), ...names);
  }

  /** Removes the tree. */
  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
