import type { Claim } from './claim.ts';
import { dashboardQueriesReturnData } from './claims/dashboard-queries-return-data.ts';
import { deadExporterKeepsThePage } from './claims/dead-exporter-keeps-the-page.ts';
import { drillArrives } from './claims/drill-arrives.ts';
import { faultPagesInTime } from './claims/fault-pages-in-time.ts';
import { frozenNodeHostIsPaged } from './claims/frozen-node-host-is-paged.ts';
import { gatewayOutageIsOnePage } from './claims/gateway-outage-is-one-page.ts';
import { gatewayRestartPagesNobody } from './claims/gateway-restart-pages-nobody.ts';
import { personPlaysWithTheStack } from './claims/person-plays-with-the-stack.ts';
import { recoveryResolvesThePage } from './claims/recovery-resolves-the-page.ts';
import { watchdogArrives } from './claims/watchdog-arrives.ts';
import { zombieIsPaged } from './claims/zombie-is-paged.ts';

/** The longest first: they run side by side. */
export const CLAIMS: readonly Claim[] = [
  gatewayOutageIsOnePage,
  gatewayRestartPagesNobody,
  faultPagesInTime,
  dashboardQueriesReturnData,
  deadExporterKeepsThePage,
  personPlaysWithTheStack,
  recoveryResolvesThePage,
  zombieIsPaged,
  frozenNodeHostIsPaged,
  watchdogArrives,
  drillArrives,
];
