import { gatewayRecoveries, pages, transitions } from './annotations.ts';
import { assemble } from './assemble.ts';
import { TO_FLEET, UIDS } from './links.ts';
import {
  attemptsAndFailures,
  closesByCode,
  machine,
  processCpu,
  processMemory,
  refusalsByReason,
  roundTrips,
} from './panels/node-host-details.ts';
import {
  mainReason,
  sinceWhen,
  timeSinceHeartbeat,
  verdictNow,
  restartsInRange,
  attachesInRange,
} from './panels/node-host-now.ts';
import {
  heartbeatAge,
  proofsOfLife,
  reasons,
  seenBy,
  unreadBytes,
  viewpoints,
} from './panels/node-host-viewpoints.ts';
import type { ClassicDashboard } from './sdk.ts';
import { datasourceVariable, nodeHostVariable, targetVariables } from './variables.ts';

/** One node host: what each viewpoint says of it, side by side, so that the disagreement shows. */
export function nodeHostDashboard(): ClassicDashboard {
  return assemble({
    title: 'OpenClaw node host',
    uid: UIDS.nodeHost,
    description:
      'One OpenClaw node host: its verdict and what process, socket, log, gateway and probe say of it, on one time axis. From openclaw-liveness-exporter.',
    variables: [datasourceVariable(), ...targetVariables(), nodeHostVariable('one')],
    annotations: [transitions(), pages('node host'), gatewayRecoveries()],
    link: TO_FLEET,
    sections: [
      {
        panels: [
          verdictNow(),
          sinceWhen(),
          mainReason(),
          timeSinceHeartbeat(),
          attachesInRange(),
          restartsInRange(),
        ],
      },
      {
        title: 'What each viewpoint says',
        panels: [viewpoints(), reasons(), heartbeatAge(), proofsOfLife(), unreadBytes(), seenBy()],
      },
      {
        title: 'Connections and process',
        panels: [
          attemptsAndFailures(),
          closesByCode(),
          refusalsByReason(),
          processMemory(),
          processCpu(),
          roundTrips(),
          machine(),
        ],
      },
    ],
  });
}
