import {
  elapsedMs,
  FAILURE_REASONS,
  mainReasonOf,
  type NodeSnapshot,
  PROOF_SOURCES,
  type RecoveryStatus,
  statesOf,
} from '../core/index.ts';
import { BLOCK_REASONS, LABELS, REMOTE_CLOSE_CODES } from './labels.ts';
import { metricsOf, type Sample, type Subjects } from './metric.ts';
import { because, each, eachOrOther, NOTHING, one, oneOf, seconds, unixSeconds } from './readings.ts';

/** What only a viewpoint on this machine could ever count is absent, not zero, for a remote node host. */
function whenLocal(node: NodeSnapshot, samples: () => readonly Sample[]): readonly Sample[] {
  return node.scope === 'local' ? samples() : NOTHING;
}

/** Of nothing there is no share. */
function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
}

/** Where nobody could tell which endpoint to look for, "no socket" would be a guess. */
function socketOf(node: NodeSnapshot): NodeSnapshot['evidence']['socket'] {
  const socket = node.evidence.socket;
  return socket === undefined || socket.endpoint === null ? undefined : socket;
}

/** Bytes of a socket that has none to read are known to be zero; without a socket there are no bytes to speak of. */
function unreadBytesOf(node: NodeSnapshot): number | undefined {
  const socket = socketOf(node);
  return socket === undefined || socket.state === 'none' ? undefined : socket.unreadBytes;
}

function isParkedKnown(node: NodeSnapshot): boolean {
  return node.parked !== undefined || node.evidence.log?.readable === true;
}

/** A zombie may have been refused, too; but that was lifted, and it was left behind. */
function blockOf({ state, reasons }: NodeSnapshot): (typeof BLOCK_REASONS)[number] | undefined {
  if (state !== 'blocked') return undefined;
  return BLOCK_REASONS.find((reason) => reason === mainReasonOf(reasons)) ?? 'other';
}

/** A series for each outcome would be too many; which one it was is said by the log and `/api/v1/nodes`. */
function countedOutcomes({ attempts }: RecoveryStatus): Record<'attached' | 'failed' | 'skipped', number> {
  return {
    attached: attempts.attached,
    failed: attempts.still_detached + attempts.refused + attempts.failed,
    skipped: attempts.skipped + attempts.dry_run,
  };
}

const NODE_HOSTS: Subjects<NodeSnapshot> = {
  labels: [LABELS.gateway, LABELS.nodeHost],
  all: ({ nodes }) => nodes,
  names: ({ gateway, name }) => [gateway, name],
  since: ({ counters }) => counters.since,
};

/** Metrics of a node host. */
export const NODE_METRICS = metricsOf(NODE_HOSTS, [
  {
    name: 'openclaw_nodehost_info',
    help: 'Facts about the node, in labels; `kind` tells a headless node host from the app of a desktop or a phone',
    labels: [LABELS.nodeId, LABELS.nodeVersion, LABELS.platform, LABELS.scope, LABELS.kind],
    of: (node) => one(1, node.nodeId ?? '', node.version ?? '', node.platform ?? '', node.scope, node.kind),
  },
  {
    name: 'openclaw_nodehost_state',
    help: 'Verdict on the node host, 1 for the current state and 0 for the others that one of its scope can be in',
    type: 'stateset',
    labels: [LABELS.state],
    of: (node) => oneOf(statesOf(node.scope), node.state),
  },
  {
    name: 'openclaw_nodehost_state_since_timestamp_seconds',
    help: 'Unix time at which the node host entered its current state',
    of: (node) => one(unixSeconds(node.since)),
  },
  {
    name: 'openclaw_nodehost_reason',
    help: 'Main reason of the current state: why the gateway refused the node host, else the first reason; one series, which changes with the reason',
    labels: [LABELS.verdictReason],
    of: (node) => {
      const reason = mainReasonOf(node.reasons);
      return reason === undefined ? NOTHING : one(1, reason);
    },
  },
  {
    name: 'openclaw_nodehost_live',
    help: 'Whether /livez answers 200 for the node host; 0 only where a restart of it would help',
    of: (node) => one(node.live),
  },
  {
    name: 'openclaw_nodehost_ready',
    help: 'Whether the node host is attached to its gateway and usable',
    of: (node) => one(node.ready),
  },
  {
    name: 'openclaw_nodehost_connected',
    help: 'Whether the gateway says that the node host is connected; absent while its answer is not known',
    of: (node) => one(node.connected),
  },
  {
    name: 'openclaw_nodehost_approved',
    help: 'Whether the gateway has approved the commands of the node host; absent where its version does not tell',
    of: (node) => one(node.approved),
  },
  {
    name: 'openclaw_nodehost_commands',
    help: 'Commands that the node offers to its gateway; absent while it is not attached',
    counted: 'command',
    of: (node) => one(node.evidence.gateway?.commands),
  },
  {
    name: 'openclaw_nodehost_host_load_ratio',
    help: 'Load average of one minute of the machine of the node, by its CPUs: 1 where each is busy; absent before 2026.9',
    of: ({ evidence: { gateway } }) =>
      one(ratio(gateway?.hostStats?.loadAverage, gateway?.hostStats?.cpuCount)),
  },
  {
    name: 'openclaw_nodehost_host_memory_free_ratio',
    help: 'Memory of the machine of the node that is free, 0 to 1; absent before 2026.9',
    of: ({ evidence: { gateway } }) =>
      one(ratio(gateway?.hostStats?.memoryFreeBytes, gateway?.hostStats?.memoryTotalBytes)),
  },
  {
    name: 'openclaw_nodehost_host_disk_free_ratio',
    help: 'Disk of the machine of the node that is free, 0 to 1; absent before 2026.9',
    of: ({ evidence: { gateway } }) =>
      one(ratio(gateway?.hostStats?.diskAvailableBytes, gateway?.hostStats?.diskTotalBytes)),
  },
  {
    name: 'openclaw_nodehost_heartbeat_timestamp_seconds',
    help: 'Unix time of the heartbeat: the newest moment at which the node host was attached and proven alive; absent where nobody ever knew',
    of: (node) => one(unixSeconds(node.heartbeat)),
  },
  {
    name: 'openclaw_nodehost_heartbeat_age_seconds',
    help: 'Time since the heartbeat, as of this scrape: small if, and only if, the node host can be used; alert on the timestamp instead; local node hosts only',
    of: (node, { snapshot: { at } }) =>
      node.heartbeat === undefined || node.scope === 'remote'
        ? NOTHING
        : one(Math.max(0, elapsedMs(node.heartbeat, at)) / 1000),
  },
  {
    name: 'openclaw_nodehost_proof_of_life_timestamp_seconds',
    help: 'Unix time of the last proof that the event loop of the node host ran, attached or not, by the source of the proof; a silent zombie gives such proofs, too; the source connect is for local node hosts only',
    labels: [LABELS.proofSource],
    of: (node) =>
      PROOF_SOURCES.filter((source) => node.scope === 'local' || source !== 'connect').flatMap((source) =>
        one(unixSeconds(node.proofsOfLife[source]), source),
      ),
  },
  {
    name: 'openclaw_nodehost_last_connect_timestamp_seconds',
    help: 'Unix time at which the node host last attached to its gateway',
    of: (node) => one(unixSeconds(node.lastConnect)),
  },
  {
    name: 'openclaw_nodehost_last_disconnect_timestamp_seconds',
    help: 'Unix time at which the node host last lost its gateway',
    of: (node) => one(unixSeconds(node.lastDisconnect)),
  },
  {
    name: 'openclaw_nodehost_last_seen_timestamp_seconds',
    help: 'Unix time at which the gateway last heard of the app, also where that was no session but a sign of life of a phone; apps only',
    of: (node) => (node.kind === 'app' ? one(unixSeconds(node.lastSeen)) : NOTHING),
  },
  {
    name: 'openclaw_nodehost_connects_total',
    help: 'Times the node host attached to its gateway',
    counted: 'connect',
    of: (node) => one(node.counters.connects),
  },
  {
    name: 'openclaw_nodehost_reconnect_attempts_total',
    help: 'Attempts of the node host to attach again, successful or not; local node hosts only',
    counted: 'attempt',
    of: (node) => whenLocal(node, () => one(node.counters.reconnectAttempts)),
  },
  {
    name: 'openclaw_nodehost_reconnect_failures_total',
    help: 'Attempts of the node host to attach again that failed, by reason; local node hosts only',
    labels: [LABELS.failureReason],
    counted: 'failure',
    of: (node) => whenLocal(node, () => each(FAILURE_REASONS, node.counters.reconnectFailures)),
  },
  {
    name: 'openclaw_nodehost_closes_total',
    help: 'Connections of the node host that were closed, by WebSocket close code; a failed attempt to connect is not counted; of a remote node host only where the log of its gateway is read and verbose, and then with fewer codes',
    labels: [LABELS.closeCode],
    counted: 'close',
    of: ({ scope, counts, counters }) =>
      counts.closes
        ? eachOrOther(scope === 'local' ? LABELS.closeCode.values : REMOTE_CLOSE_CODES, counters.closes)
        : NOTHING,
  },
  {
    name: 'openclaw_nodehost_auth_failures_total',
    help: 'Refusals of the credential or the device of the node host, by reason; of a remote node host only where the log of its gateway is read',
    labels: [LABELS.countedRefusal],
    counted: 'failure',
    of: ({ counts, counters }) =>
      counts.refusals ? eachOrOther(LABELS.countedRefusal.values, counters.authFailures) : NOTHING,
  },
  {
    name: 'openclaw_nodehost_parked',
    help: 'Whether the node host waits after a refusal and will not try again by itself; one series, with the reason while it does; absent without a readable log',
    labels: [LABELS.parkReason],
    of: (node) => (isParkedKnown(node) ? because(node.parked) : NOTHING),
  },
  {
    name: 'openclaw_nodehost_blocked',
    help: 'Whether the node host is kept out by something that a restart does not change: the gateway refuses it, or the certificate or name of the gateway, or a proxy, stands in its way; one series, with the reason while it is; of a remote node host only where the log of its gateway is read',
    labels: [LABELS.blockReason],
    of: (node) => (node.counts.refusals ? because(blockOf(node)) : NOTHING),
  },
  {
    name: 'openclaw_nodehost_process_up',
    help: 'Whether the process of the node host exists',
    of: (node) => one(node.evidence.process === undefined ? undefined : node.evidence.process !== null),
  },
  {
    name: 'openclaw_nodehost_process_start_time_seconds',
    help: 'Unix time at which the process of the node host started',
    of: (node) => one(seconds(node.evidence.process?.startedAtWallMs)),
  },
  {
    name: 'openclaw_nodehost_process_resident_memory_bytes',
    help: 'Resident memory of the process of the node host',
    of: (node) => one(node.evidence.process?.residentBytes),
  },
  {
    name: 'openclaw_nodehost_process_restarts_total',
    help: 'Times the process of the node host was replaced by another one; local node hosts only',
    counted: 'restart',
    of: (node) => whenLocal(node, () => one(node.counters.processRestarts)),
  },
  {
    name: 'openclaw_nodehost_process_cpu_seconds_total',
    help: 'CPU time that the current process of the node host has used, user and system',
    since: (node) => node.evidence.process?.startedAtWallMs,
    of: (node) => one(node.evidence.process?.cpuSeconds),
  },
  {
    name: 'openclaw_nodehost_socket_established',
    help: 'Whether the node host holds an established connection to its endpoint; absent where that is not known',
    of: (node) => {
      const socket = socketOf(node);
      return one(socket === undefined ? undefined : socket.state === 'established');
    },
  },
  {
    name: 'openclaw_nodehost_socket_unread_bytes',
    help: 'Bytes that arrived for the node host and that it has not read; absent without a connection',
    of: (node) => one(unreadBytesOf(node)),
  },
  {
    name: 'openclaw_nodehost_log_last_write_timestamp_seconds',
    help: 'Unix time at which the log of the node host was last written; a healthy node host writes nothing',
    of: (node) => one(seconds(node.evidence.log?.lastWriteWallMs)),
  },
  {
    name: 'openclaw_nodehost_probe_success',
    help: 'Whether the last end-to-end probe through the node host was answered; absent without --probe',
    of: (node) => one(node.evidence.probe?.ok),
  },
  {
    name: 'openclaw_nodehost_probe_duration_seconds',
    help: 'Time until the last end-to-end probe was answered or given up; local node hosts only',
    of: (node) => whenLocal(node, () => one(seconds(node.evidence.probe?.durationMs))),
  },
  {
    name: 'openclaw_nodehost_supervisor_gave_up',
    help: 'Whether the service manager of the node host will not start it again by itself; absent where none is known',
    of: ({ evidence: { supervisor } }) =>
      one(
        supervisor === undefined
          ? undefined
          : supervisor.standing.kind === 'gave-up' || supervisor.standing.kind === 'cannot-start',
      ),
  },
  {
    name: 'openclaw_nodehost_supervisor_restarts',
    help: 'Automatic restarts since somebody last started the unit of the node host; absent where that is not known',
    counted: 'restart',
    of: (node) => one(node.evidence.supervisor?.restarts),
  },
  {
    name: 'openclaw_nodehost_transitions_total',
    help: 'Times the node host entered a state',
    labels: [LABELS.to],
    counted: 'transition',
    of: (node) => each(statesOf(node.scope), node.counters.transitions),
  },
  {
    name: 'openclaw_nodehost_restart_budget_exhausted',
    help: 'Whether /livez is held at 200 because restarts did not help; local node hosts only',
    of: (node) => whenLocal(node, () => one(node.restartBudgetExhausted)),
  },
  {
    name: 'openclaw_nodehost_recovery_attempts_total',
    help: 'Restarts of the node host by this exporter, by what came of them; absent where recovery is off',
    labels: [LABELS.recoveryOutcome],
    counted: 'restart',
    since: ({ recovery }) => recovery?.since,
    of: ({ recovery }) =>
      recovery === undefined ? NOTHING : each(LABELS.recoveryOutcome.values, countedOutcomes(recovery)),
  },
  {
    name: 'openclaw_nodehost_recovery_attached_after_seconds',
    help: 'Time from the last restart of the node host by this exporter until it was attached again; absent where it was not, where there was no restart, and where recovery is off',
    of: ({ recovery }) => one(seconds(recovery?.last?.attachedAfterMs)),
  },
]);
