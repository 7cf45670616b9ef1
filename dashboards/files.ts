import { fleetDashboard } from './fleet.ts';
import { nodeHostDashboard } from './node-host.ts';
import type { ClassicDashboard } from './sdk.ts';

/** A dashboard and the file that is imported into Grafana. */
export interface DashboardFile {
  readonly name: string;
  readonly build: () => ClassicDashboard;
}

/** Every dashboard that ships. */
export const DASHBOARD_FILES: readonly DashboardFile[] = [
  { name: 'fleet.json', build: fleetDashboard },
  { name: 'node-host.json', build: nodeHostDashboard },
];
