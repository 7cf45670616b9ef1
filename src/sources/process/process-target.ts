import type { TargetId } from '../../core/index.ts';

/** How the user (or a default) says which node host is meant. */
export type ProcessSelector =
  /** The one that keeps its state in this directory. */
  | { readonly kind: 'state-dir'; readonly path: string }
  /** The one whose pid is in this file, or the node host that this process started. */
  | { readonly kind: 'pid-file'; readonly path: string }
  /** The one that systemd runs as this unit; `user`: the user's own systemd. */
  | { readonly kind: 'systemd-unit'; readonly unit: string; readonly user: boolean }
  /** The one that launchd runs as this job, in whatever domain. */
  | { readonly kind: 'launchd-label'; readonly label: string };

/** One node host to look for. */
export interface ProcessTarget {
  readonly target: TargetId;
  readonly by: ProcessSelector;
  /** `false`: nobody named it, it is the default (`~/.openclaw`). */
  readonly explicit: boolean;
}

/** The selector in words, for messages. */
export function describeSelector(by: ProcessSelector): string {
  switch (by.kind) {
    case 'state-dir':
      return `state directory ${by.path}`;
    case 'pid-file':
      return `pid file ${by.path}`;
    case 'systemd-unit':
      return `${by.user ? 'user' : 'system'} unit ${by.unit}`;
    case 'launchd-label':
      return `launchd job ${by.label}`;
    default:
      return by satisfies never;
  }
}
