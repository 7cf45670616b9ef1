import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Paths of the servers and their tools. */
export interface StackBinaries {
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly amtool: string;
}

/** Debian's names first, then those of everybody else. */
const NAMES: Readonly<Record<keyof StackBinaries, readonly string[]>> = {
  prometheus: ['prometheus'],
  promtool: ['promtool'],
  alertmanager: ['prometheus-alertmanager', 'alertmanager'],
  amtool: ['amtool'],
};

const INSTALL = fileURLToPath(new URL('../../../scripts/install-stack.sh', import.meta.url));

/**
 * The servers on this machine's PATH; where one is missing, those that scripts/install-stack.sh brings. Throws with what
 * to install where it cannot.
 */
export function findStackBinaries(): StackBinaries {
  return search(process.env.PATH ?? '') ?? install();
}

function install(): StackBinaries {
  const result = spawnSync(INSTALL, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const found = result.status === 0 ? search(result.stdout.trim()) : undefined;
  if (found !== undefined) return found;
  throw new Error(
    'Prometheus and Alertmanager are not on the PATH and could not be fetched from Debian. Install them ' +
      '(Debian: apt-get install prometheus prometheus-alertmanager; macOS: brew install prometheus alertmanager).',
  );
}

/** All four in these directories, or `undefined`. */
function search(path: string): StackBinaries | undefined {
  const directories = path.split(delimiter).filter((directory) => directory !== '');
  const find = (names: readonly string[]): string | undefined =>
    names.flatMap((name) => directories.map((directory) => join(directory, name))).find(isExecutable);
  const [prometheus, promtool] = [find(NAMES.prometheus), find(NAMES.promtool)];
  const [alertmanager, amtool] = [find(NAMES.alertmanager), find(NAMES.amtool)];
  if (
    prometheus === undefined ||
    promtool === undefined ||
    alertmanager === undefined ||
    amtool === undefined
  ) {
    return undefined;
  }
  return { prometheus, promtool, alertmanager, amtool };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
