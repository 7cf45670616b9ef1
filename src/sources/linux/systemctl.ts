import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { SystemdUnit } from '../../core/index.ts';
import { runProgram } from '../../runtime/run-program.ts';
import {
  foreignService,
  noAnswer,
  nobodyToAsk,
  programFailed,
  type AskServiceManager,
  type ServiceAnswer,
} from '../supervisor/service-manager.ts';
import { interpretUnit, UNIT_PROPERTIES } from './interpret-unit.ts';

export interface SystemctlOptions {
  /** The program, by name or path. */
  readonly systemctl?: string;
  readonly deadlineMs?: number;
  /** The whole environment of the program, but for its language. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Our own user id; the default asks the system. */
  readonly userId?: number | undefined;
  /** Where systemd-logind keeps whose services outlive their logout. */
  readonly lingerDirectory?: string;
}

const LINGER_DIRECTORY = '/var/lib/systemd/linger';

/** An answer takes 15 ms; a manager that reloads its units makes others wait for a second or two. */
const DEADLINE_MS = 3_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Asks through `systemctl`, without a shell. */
export function createSystemctl(options: SystemctlOptions): AskServiceManager {
  const { systemctl = 'systemctl', deadlineMs = DEADLINE_MS, lingerDirectory = LINGER_DIRECTORY } = options;
  const userId = 'userId' in options ? options.userId : process.geteuid?.();
  const environment = {
    // A service of the system has no such variable, and its user may have a manager all the same.
    ...(userId !== undefined && { XDG_RUNTIME_DIR: `/run/user/${userId}` }),
    ...options.environment,
    LC_ALL: 'C',
  };

  return async (unit, signal) => {
    if (unit.manager !== 'systemd') return foreignService(unit);
    const run = { deadlineMs, environment, maxOutputBytes: MAX_ANSWER_BYTES, signal };
    const answer = await runProgram(systemctl, argumentsFor(unit), run);
    if (answer.kind !== 'ended') return programFailed('systemctl', describe(unit), answer);
    return answer.status === 0
      ? answerOf(unit, answer.output, lingerDirectory)
      : failure(unit, answer.errors.trim() || `exit status ${answer.status}`);
  };
}

function argumentsFor({ unit, user }: SystemdUnit): readonly string[] {
  return [
    ...(user ? ['--user'] : []),
    'show',
    '--no-pager',
    `--property=${UNIT_PROPERTIES.join(',')}`,
    // A unit may be called like an option.
    '--',
    unit,
  ];
}

function answerOf(unit: SystemdUnit, output: string, lingerDirectory: string): ServiceAnswer {
  const reading = interpretUnit(output);
  switch (reading.kind) {
    case 'known': {
      const note = unit.user ? endsAtLogout(lingerDirectory) : undefined;
      return note === undefined ? reading : { ...reading, note };
    }
    case 'no-such-unit':
      return nobodyToAsk(
        'not_found',
        unit.user
          ? `the service manager of the exporter’s user has no unit ${unit.unit}: check its name, or run the exporter as the user of the node host; a unit of the system is named with user_unit: false`
          : `the service manager of this machine has no unit ${unit.unit}: check its name`,
      );
    case 'unreadable':
      return noAnswer('parse', `${describe(unit)}: ${reading.why}`);
    default:
      return reading satisfies never;
  }
}

function failure(unit: SystemdUnit, said: string): ServiceAnswer {
  const message = `systemctl on ${describe(unit)}: ${said.split('\n', 1).join()}`;
  if (/access denied|permission denied|not permitted/i.test(said)) return noAnswer('permission', message);
  // No systemd at all, or none for this user.
  if (/not been booted with systemd|failed to connect to bus/i.test(said))
    return nobodyToAsk('unsupported', message);
  return noAnswer('other', message);
}

/** A user's own services end when the user logs out, unless lingering is on: then a file of that name is there. */
function endsAtLogout(lingerDirectory: string): string | undefined {
  if (!existsSync(dirname(lingerDirectory))) return undefined;
  try {
    const { username } = userInfo();
    if (existsSync(join(lingerDirectory, username))) return undefined;
    return `lingering is off for ${username}: the node host ends when ${username} logs out (loginctl enable-linger ${username})`;
  } catch {
    // A user without a name has no such file either, and nobody could be told whose.
    return undefined;
  }
}

function describe({ unit, user }: SystemdUnit): string {
  return `${user ? 'user' : 'system'} unit ${unit}`;
}

/** The unit that `openclaw node install` makes. */
const INSTALLED_UNIT: SystemdUnit = {
  manager: 'systemd',
  unit: 'openclaw-node.service',
  user: true,
};

/** That unit, where the user with this home directory has it. */
export function installedUnit(home: string): SystemdUnit | undefined {
  const isInstalled = existsSync(join(home, '.config', 'systemd', 'user', INSTALLED_UNIT.unit));
  return isInstalled ? INSTALLED_UNIT : undefined;
}
