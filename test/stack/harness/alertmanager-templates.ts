import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A program and what it is given. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** What a machine lets us do. */
export interface Machine {
  readonly isRoot: boolean;
  readonly exists: (path: string) => boolean;
  /** Runs it and answers with its complaint; `undefined` where it has none. */
  readonly complaintOf: (command: Command) => string | undefined;
  /** Copies a file, and makes its directory. */
  readonly copy: (from: string, to: string) => void;
}

/** Below a directory for data, as in `/usr/share` and in a package that was unpacked. */
const TEMPLATES = 'prometheus/alertmanager/default.tmpl';
const SHARE = '/usr/share';

/** Mounts nothing but a view: the package's data over the machine's, for the program that follows and for nobody else. */
const SHOW_SHARE = `mount -t overlay -o lowerdir="$0":${SHARE} overlay ${SHARE} && exec "$@"`;

/**
 * How to start Alertmanager so that it finds its default templates. Debian's build reads them from `/usr/share` and from
 * nowhere else, whatever its configuration says, and does not start without them; other builds have them inside. One
 * that was only unpacked gets its own by a mount that nobody else sees; root who may not mount, as in a plain container,
 * has the file put into its place.
 *
 * @throws where neither can be done, with what to do about it
 */
export function withTemplates(
  binary: string,
  args: readonly string[],
  machine: Machine = THIS_MACHINE,
): Command {
  const plain: Command = { command: binary, args };
  const share = join(dirname(dirname(binary)), 'share');
  const own = join(share, TEMPLATES);
  const wanted = join(SHARE, TEMPLATES);
  if (machine.exists(wanted) || !machine.exists(own)) return plain;

  const complaint = machine.complaintOf(withShare(share, { command: 'true', args: [] }, machine));
  if (complaint === undefined) return withShare(share, plain, machine);
  if (machine.isRoot) {
    machine.copy(own, wanted);
    return plain;
  }
  throw new Error(
    `Debian's Alertmanager does not start without ${wanted}, and showing it the one of ${binary} was refused ` +
      `(${complaint}). Do as root: apt-get install prometheus-alertmanager, or install -D ${own} ${wanted}`,
  );
}

function withShare(share: string, { command, args }: Command, { isRoot }: Machine): Command {
  // Who is not root may mount only as the root of a namespace of its own.
  const namespaces = isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  const lower = share.replaceAll(/[\\:,]/g, String.raw`\$&`);
  return { command: 'unshare', args: [...namespaces, 'sh', '-c', SHOW_SHARE, lower, command, ...args] };
}

const THIS_MACHINE: Machine = {
  isRoot: process.geteuid?.() === 0,
  exists: existsSync,
  complaintOf: ({ command, args }) => {
    const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (error !== undefined) return error.message;
    return status === 0 ? undefined : stderr.trim();
  },
  copy: (from, to) => {
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  },
};
