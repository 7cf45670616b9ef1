import { gatewayRecoveries, pages } from './annotations.ts';
import { assemble } from './assemble.ts';
import { TO_NODE_HOST, UIDS } from './links.ts';
import {
  blockedNow,
  closesOverTime,
  closesTotal,
  failuresOverTime,
  heartbeatAge,
  mostTransitions,
  reconnectAttempts,
  refusalsOverTime,
  refusalsTotal,
} from './panels/fleet-connections.ts';
import {
  exporterErrors,
  exporterMemory,
  exporterSources,
  exporterTable,
  scrapeDuration,
} from './panels/fleet-exporters.ts';
import {
  appsByState,
  gatewayAnswers,
  gatewayRoundTrip,
  gatewaySessions,
  gatewayTable,
  refusedOfOthers,
  versions,
} from './panels/fleet-gateways.ts';
import {
  fleetSize,
  shareAlive,
  stateCounts,
  stateTimelineOfTheWorst,
  worstFirst,
} from './panels/fleet-states.ts';
import type { ClassicDashboard } from './sdk.ts';
import { datasourceVariable, nodeHostVariable, targetVariables } from './variables.ts';

/** All node hosts: is anything wrong, with which, since when, and is it they or their gateway or their exporter. */
export function fleetDashboard(): ClassicDashboard {
  return assemble({
    title: 'OpenClaw node hosts',
    uid: UIDS.fleet,
    description:
      'Which OpenClaw node hosts are attached to their gateway, which are not, since when and why. From openclaw-liveness-exporter.',
    variables: [datasourceVariable(), ...targetVariables(), nodeHostVariable('any')],
    annotations: [pages('everything'), gatewayRecoveries()],
    link: TO_NODE_HOST,
    sections: [
      {
        panels: [fleetSize(), shareAlive(), stateCounts(), stateTimelineOfTheWorst(), worstFirst()],
      },
      {
        title: 'Connections',
        panels: [
          heartbeatAge(),
          reconnectAttempts(),
          closesOverTime(),
          closesTotal(),
          failuresOverTime(),
          mostTransitions(),
          refusalsOverTime(),
          refusalsTotal(),
          blockedNow(),
        ],
      },
      {
        title: 'Gateways',
        panels: [
          gatewayAnswers(),
          gatewayRoundTrip(),
          gatewayTable(),
          versions(),
          appsByState(),
          refusedOfOthers(),
          gatewaySessions(),
        ],
      },
      {
        title: 'Exporters',
        panels: [exporterSources(), exporterErrors(), exporterTable(), exporterMemory(), scrapeDuration()],
      },
    ],
  });
}
