import type { NodeScope, NodeState } from '../model/node-state.ts';
import type { SystemdUnit } from '../model/observation.ts';
import type { Reason } from '../model/reason.ts';

/** What advice rests on. */
export interface Adviseable {
  readonly state: NodeState;
  readonly reasons: readonly Reason[];
  readonly scope: NodeScope;
  readonly unit: SystemdUnit | undefined;
}

/** What an operator should do about a verdict, in one sentence; empty when there is nothing to do. */
export function adviceFor({ state, reasons, scope, unit }: Adviseable): string {
  if (reasons.includes('restart-did-not-help')) {
    return 'Do not restart it again: several restarts did not help. Look at its log and at the gateway’s.';
  }
  switch (state) {
    case 'alive':
      return reasons.includes('awaiting-approval')
        ? 'Approve its commands on the gateway: `openclaw nodes pending`, then `openclaw nodes approve <requestId>`.'
        : '';
    case 'down':
      if (reasons.includes('supervisor-gave-up')) {
        return `Look why it ended (its log), then clear the failure and start it: ${startCommands(unit)}.`;
      }
      return 'Start it (`openclaw node start`), and look why its supervisor did not: `openclaw node status`.';
    case 'wedged':
      if (scope === 'remote') return 'Restart it on its own machine.';
      return reasons.includes('process-stopped')
        ? 'Continue its process (SIGCONT), or restart it: `openclaw node restart`.'
        : 'Restart it: `openclaw node restart`.';
    case 'gateway-down':
      return reasons.includes('endpoint-unreachable')
        ? 'Look at the tunnel or proxy between this machine and the gateway; a restart of the node host would not help.'
        : 'Look at the gateway; a restart of the node host would not help.';
    case 'blocked':
      return reasons.includes('supervisor-gave-up')
        ? adviceForBlock(reasons, `start it again: ${startCommands(unit)}`)
        : adviceForBlock(reasons, 'restart the node host');
    case 'zombie':
      return 'Restart it: `openclaw node restart`.';
    case 'offline':
      return reasons.includes('not-in-roster')
        ? 'Its pairing was removed from the gateway. If that was not meant, pair it again; otherwise it is forgotten in some minutes.'
        : 'Look at the node host on its own machine.';
    case 'unknown':
      return reasons.includes('no-node-host-found')
        ? 'If one should run here, name it with --node.state-dir (its OPENCLAW_STATE_DIR), --node.pid-file or --node.systemd-unit.'
        : reasons.includes('just-started')
          ? ''
          : reasons.includes('gateway-guessed')
            ? 'Say where the gateway is (--gateway.url), or run the exporter as the user that runs the node host, so that it sees where it dials.'
            : 'Give the exporter another viewpoint: a gateway token, or a log it can read.';
    case 'starting':
    case 'reconnecting':
      return '';
    default:
      return state satisfies never;
  }
}

/** @param start what brings it up once the block is lifted, for the end of a sentence */
function adviceForBlock(reasons: readonly Reason[], start: string): string {
  if (reasons.includes('pairing_required')) {
    return `Approve the device on the gateway (\`openclaw devices list\`, then \`openclaw devices approve <requestId>\`), then ${start}. A restart alone would not help.`;
  }
  if (reasons.includes('rate_limited')) {
    return `Wait until the gateway’s lock-out is over (5 min), then ${start}; repair the credential first if it was wrong.`;
  }
  if (reasons.includes('client_version_mismatch') || reasons.includes('protocol_mismatch')) {
    return 'Bring node host and gateway to versions that fit. A restart alone would not help.';
  }
  return `Give the node host the gateway’s current credential (OPENCLAW_GATEWAY_TOKEN or its configuration), then ${start}. A restart alone would not help.`;
}

/** A unit that has failed too often refuses to be started until its failure is cleared. */
function startCommands(unit: SystemdUnit | undefined): string {
  const systemctl = unit?.user === false ? 'systemctl' : 'systemctl --user';
  const name = unit === undefined ? 'openclaw-node.service' : shellWord(unit.unit);
  return `\`${systemctl} reset-failed ${name} && ${systemctl} start ${name}\``;
}

function shellWord(text: string): string {
  return /^[\w@:.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
