/** What `check` ends with, as monitoring plugins do. */
const PLUGIN_STATUSES = ['ok', 'warning', 'critical', 'unknown'] as const;
export type PluginStatus = (typeof PLUGIN_STATUSES)[number];

export function pluginExitCode(status: PluginStatus): number {
  return PLUGIN_STATUSES.indexOf(status);
}

/**
 * The status of several: the worst, in the order of monitoring-plugins' `max_state_alt`. A known fault outranks not
 * knowing, since it calls for somebody now; not knowing outranks being fine.
 */
export function worstStatus(statuses: readonly PluginStatus[]): PluginStatus {
  for (const status of ['critical', 'warning', 'unknown'] as const) {
    if (statuses.includes(status)) return status;
  }
  return 'ok';
}
