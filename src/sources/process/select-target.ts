import { dirname, resolve } from 'node:path';
import { isSameService, type Service, type SourceErrorKind } from '../../core/index.ts';
import type { LookError } from '../look-failure.ts';
import { ownerOf, readSmallFile, realPath } from '../files.ts';
import type { NodeHostProcess } from './node-host-scanner.ts';
import { valueOf } from './process-table.ts';
import { describeSelector, type ProcessTarget } from './process-target.ts';

export type Selection =
  /** All that fit; empty: the look worked, and there is none. */
  | { readonly kind: 'candidates'; readonly hosts: readonly LocatedHost[] }
  /** Nobody can tell whether the process is there. */
  | { readonly kind: 'blind'; readonly error: LookError };

/** A node host with its state directory resolved. */
export interface LocatedHost extends NodeHostProcess {
  /** The first of its candidates that exists, without symbolic links; else the first. */
  readonly directory: string | undefined;
}

export async function locateStateDir(host: NodeHostProcess): Promise<LocatedHost> {
  const paths = valueOf(host.stateDir) ?? [];
  for (const path of paths) {
    const directory = await realPath(path);
    if (directory !== undefined) return { ...host, directory };
  }
  return { ...host, directory: paths[0] };
}

/** What a target is looked for in, and by whom. */
export interface Search {
  /** All node hosts of the machine. */
  readonly all: readonly LocatedHost[];
  /** The system hides the processes of other users from us. */
  readonly hidesOtherUsers: boolean;
  /** Our own. */
  readonly userId: number | undefined;
  readonly serviceManager: Service['manager'];
}

/** Picks out of all node hosts of the machine those that a target means. */
export async function selectHosts(target: ProcessTarget, search: Search): Promise<Selection> {
  const { all, serviceManager } = search;
  const { by } = target;
  switch (by.kind) {
    case 'state-dir': {
      const wanted = (await realPath(by.path)) ?? resolve(by.path);
      const hosts = all.filter(({ directory }) => directory === wanted);
      if (hosts.length > 0) return { kind: 'candidates', hosts };
      return (await whyBlind(target, by.path, search)) ?? { kind: 'candidates', hosts };
    }
    case 'pid-file':
      return selectByPidFile(by.path, search);
    case 'systemd-unit': {
      if (serviceManager !== 'systemd') {
        return blind(
          'unsupported',
          `there is no systemd here to run unit ${by.unit}: choose the node host by its launchd label, its state directory or a pid file`,
        );
      }
      const name = /\.(?:service|scope)$/.test(by.unit) ? by.unit : `${by.unit}.service`;
      const unit = { manager: 'systemd', unit: name, user: by.user } as const;
      const hosts = all.filter(({ service }) => isSameService(unit, service));
      return { kind: 'candidates', hosts };
    }
    case 'launchd-label':
      return serviceManager === 'launchd'
        ? selectByLabel(by.label, all)
        : blind(
            'unsupported',
            `there is no launchd here to run job ${by.label}: choose the node host by its systemd unit, its state directory or a pid file`,
          );
    default:
      return by satisfies never;
  }
}

/** The label stands in the environment: one that cannot be read may be the one. */
function selectByLabel(label: string, all: readonly LocatedHost[]): Selection {
  const hosts = all.filter(({ service }) => service?.manager === 'launchd' && service.label === label);
  const unread = hosts.length > 0 ? undefined : all.find((it) => it.serviceUnread !== undefined);
  if (unread === undefined) return { kind: 'candidates', hosts };
  const which = `process ${unread.pid} (${unread.name})`;
  return unread.serviceUnread === 'slow'
    ? blind('timeout', `${which} did not let its environment be read in time`)
    : blind(
        'permission',
        `${which} may be the node host of launchd job ${label}, but its environment cannot be read: run the exporter as its user, or choose it by pid file or state directory`,
      );
}

async function selectByPidFile(path: string, { all, hidesOtherUsers, userId }: Search): Promise<Selection> {
  const file = await readSmallFile(path, 1024);
  switch (file.kind) {
    case 'value': {
      const text = file.text.trim();
      const pid = /^\d{1,10}$/.test(text) ? Number(text) : 0;
      // pid 1 stands above every process.
      if (pid > 1) {
        const hosts = all.filter((it) => it.pid === pid || it.ancestors.includes(pid));
        const owner = hosts.length === 0 && hidesOtherUsers ? await ownerOf(path) : undefined;
        return owner !== undefined && owner !== userId
          ? hidden(`pid file ${path}`, owner)
          : { kind: 'candidates', hosts };
      }
      const found = text === '' ? 'nothing' : JSON.stringify(text.slice(0, 40));
      return blind('parse', `pid file ${path} should hold the pid of a node host, found ${found}`);
    }
    case 'missing':
      // A service that is stopped removes its pid file; that the directory is missing too means another path was meant.
      return (await realPath(dirname(path))) === undefined
        ? blind('not_found', `pid file ${path}: there is no directory ${dirname(path)}; check the path`)
        : { kind: 'candidates', hosts: [] };
    case 'denied':
      return blind(
        'permission',
        `pid file ${path} cannot be read: allow it to the user that runs the exporter`,
      );
    case 'unusable':
      return blind('other', `pid file ${path} cannot be read: ${file.why}`);
    default:
      return file satisfies never;
  }
}

/** Why an empty result for a state directory does not mean that no node host has it; `undefined`: it does mean that. */
async function whyBlind(
  target: ProcessTarget,
  path: string,
  { all, hidesOtherUsers, userId }: Search,
): Promise<Selection | undefined> {
  const owner = await ownerOf(path);
  const suspect = all
    .filter((it) => it.stateDir.kind === 'denied')
    // Nobody asked for another user's node host where the target is only our own default.
    .find((it) => target.explicit || owner === undefined || it.owner === undefined || it.owner === owner);
  if (suspect !== undefined) {
    const whose = suspect.owner === undefined ? 'another user' : `uid ${suspect.owner}`;
    return blind(
      'permission',
      `process ${suspect.pid} (${suspect.name}, ${whose}) may be the node host of ${describeSelector(target.by)}, but its environment cannot be read: run the exporter as that user, or choose the node host by pid file or systemd unit`,
    );
  }
  const slow = all.find((it) => it.stateDir.kind === 'slow');
  if (slow !== undefined) {
    return blind('timeout', `process ${slow.pid} (${slow.name}) did not let its environment be read in time`);
  }
  return hidesOtherUsers && owner !== undefined && owner !== userId ? hidden(path, owner) : undefined;
}

function hidden(what: string, owner: number): Selection {
  return blind(
    'permission',
    `${what} belongs to uid ${owner}, and what that user runs is hidden from us: run the exporter as that user (or, where Linux mounts /proc with hidepid, in the group that its gid= names)`,
  );
}

function blind(kind: SourceErrorKind, message: string): Selection {
  return { kind: 'blind', error: { kind, message } };
}
