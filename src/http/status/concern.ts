import type { GatewayHealth, GatewaySnapshot, NodeSnapshot, NodeState } from '../../core/index.ts';
import type { Tone } from '../../document/tone.ts';

/** How a state looks, and which of the exporter's own pages tells what to do about it. */
interface Concern {
  readonly tone: Tone;
  readonly runbook?: string;
}

/** From what wants hands now to what wants nothing. */
const STATES: Readonly<Record<NodeState, Concern>> = {
  zombie: { tone: 'bad', runbook: 'OpenClawNodeHostZombie' },
  wedged: { tone: 'bad', runbook: 'OpenClawNodeHostWedged' },
  down: { tone: 'bad', runbook: 'OpenClawNodeHostDown' },
  blocked: { tone: 'bad', runbook: 'OpenClawNodeHostBlocked' },
  'gateway-down': { tone: 'warn', runbook: 'OpenClawGatewayDown' },
  offline: { tone: 'warn', runbook: 'OpenClawNodeHostOffline' },
  unknown: { tone: 'warn', runbook: 'OpenClawNodeHostUnknown' },
  reconnecting: { tone: 'warn' },
  starting: { tone: 'warn' },
  alive: { tone: 'good' },
};

const HEALTHS: Readonly<Record<GatewayHealth, Concern>> = {
  down: { tone: 'bad', runbook: 'OpenClawGatewayDown' },
  deaf: { tone: 'bad', runbook: 'OpenClawGatewayDeaf' },
  recovering: { tone: 'warn' },
  unknown: { tone: 'warn' },
  healthy: { tone: 'good' },
};

/** States in the order in which they are shown. */
export const STATES_WORST_FIRST = Object.keys(STATES) as readonly NodeState[];
const HEALTHS_WORST_FIRST = Object.keys(HEALTHS) as readonly GatewayHealth[];

/** How a state looks, wherever it is shown. */
export function toneOfState(state: NodeState): Tone {
  return STATES[state].tone;
}

/** How it looks. That an app sleeps is nothing to look at, and nobody is woken for one that is refused. */
export function toneOf(each: NodeSnapshot | GatewaySnapshot): Tone {
  if ('health' in each) return HEALTHS[each.health].tone;
  if (each.reasons.includes('awaiting-approval')) return 'warn';
  const tone = toneOfState(each.state);
  if (each.kind !== 'app') return tone;
  return each.state === 'offline' ? 'none' : tone === 'bad' ? 'warn' : tone;
}

/** A link to the exporter's own page on what it has; empty where there is nothing to be done about. */
export function runbookLink(each: NodeSnapshot | GatewaySnapshot): string {
  const alert = alertOf(each);
  return alert === undefined ? '' : `<a href="runbooks/${alert}">runbook</a>`;
}

function alertOf(each: NodeSnapshot | GatewaySnapshot): string | undefined {
  if ('health' in each) return HEALTHS[each.health].runbook;
  const { state, reasons, kind } = each;
  if (reasons.includes('restart-did-not-help')) return 'OpenClawNodeHostRestartDidNotHelp';
  if (reasons.includes('supervisor-gave-up')) return 'OpenClawNodeHostSupervisorGaveUp';
  if (reasons.includes('awaiting-approval')) return 'OpenClawNodeHostAwaitingApproval';
  if (kind === 'node-host') return STATES[state].runbook;
  return state === 'blocked' ? 'OpenClawAppRefused' : undefined;
}

/** Worst first, then by name. */
export function worstFirst<Each extends NodeSnapshot | GatewaySnapshot>(
  all: readonly Each[],
): readonly Each[] {
  return all.toSorted((a, b) => rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function rankOf(each: NodeSnapshot | GatewaySnapshot): number {
  if ('health' in each) return HEALTHS_WORST_FIRST.indexOf(each.health);
  if (toneOf(each) === 'none') return STATES_WORST_FIRST.length;
  // Where restarts did not help no machine will try any more: it comes before its like.
  const wantsHands =
    each.reasons.includes('restart-did-not-help') || each.reasons.includes('awaiting-approval');
  return STATES_WORST_FIRST.indexOf(each.state) + (wantsHands ? 0 : 0.5);
}
