import type { GatewayHealth, NodeSnapshot, NodeState } from '../../core/index.ts';

const RUNBOOKS: Readonly<Partial<Record<NodeState | GatewayHealth, string>>> = {
  zombie: 'OpenClawNodeHostZombie',
  wedged: 'OpenClawNodeHostWedged',
  blocked: 'OpenClawNodeHostBlocked',
  offline: 'OpenClawNodeHostOffline',
  unknown: 'OpenClawNodeHostUnknown',
  'gateway-down': 'OpenClawGatewayDown',
  deaf: 'OpenClawGatewayDeaf',
};

/** A link to the exporter's own page on what a node host has; empty where there is nothing to be done about. */
export function nodeRunbook({ state, reasons, kind }: NodeSnapshot): string {
  if (reasons.includes('restart-did-not-help')) return link('OpenClawNodeHostRestartDidNotHelp');
  if (reasons.includes('supervisor-gave-up')) return link('OpenClawNodeHostSupervisorGaveUp');
  if (reasons.includes('awaiting-approval')) return link('OpenClawNodeHostAwaitingApproval');
  // The others are about node hosts.
  if (kind === 'app') return state === 'blocked' ? link('OpenClawAppRefused') : '';
  return link(state === 'down' ? 'OpenClawNodeHostDown' : RUNBOOKS[state]);
}

/** The same of a gateway. */
export function gatewayRunbook(health: GatewayHealth): string {
  return link(health === 'down' ? 'OpenClawGatewayDown' : RUNBOOKS[health]);
}

function link(alert: string | undefined): string {
  return alert === undefined ? '' : `<a href="runbooks/${alert}">runbook</a>`;
}
