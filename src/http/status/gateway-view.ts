import type { GatewayHealth, GatewaySnapshot, NodeSnapshot, Snapshot } from '../../core/index.ts';
import type { Tone } from '../../document/tone.ts';
import { concernOf } from './concern.ts';
import { age, elementId, text } from './markup.ts';

const TONES: Readonly<Record<GatewayHealth, Tone>> = {
  down: 'bad',
  deaf: 'bad',
  recovering: 'warn',
  unknown: 'warn',
  healthy: 'good',
};
const HEALTHS_BY_RANK = Object.keys(TONES) as readonly GatewayHealth[];

/** With more gateways than these, one that is well is told in few words: others matter more. */
const TOLD_IN_FULL = 3;

/** A gateway with the node hosts that belong to it. */
export interface GatewayWithNodes {
  readonly gateway: GatewaySnapshot;
  readonly nodes: readonly NodeSnapshot[];
}

/** The element's id. */
export function gatewayId({ name }: GatewaySnapshot): string {
  return elementId('g', name);
}

/** The gateways that nobody gets through to. */
export function sickGateways({ gateways }: Pick<Snapshot, 'gateways'>): readonly GatewaySnapshot[] {
  return gateways.filter(({ health }) => TONES[health] === 'bad');
}

/** Worst first, then by name; each with its node hosts. */
export function gatewaysWithNodes({ gateways, nodes }: Snapshot): readonly GatewayWithNodes[] {
  const byGateway = Map.groupBy(nodes, ({ gateway }) => gateway);
  const rank = ({ health }: GatewaySnapshot): number => HEALTHS_BY_RANK.indexOf(health);
  return gateways
    .toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map((gateway) => ({ gateway, nodes: byGateway.get(gateway.name) ?? [] }));
}

/** What of a gateway must be told at once when it changes. */
export function gatewayNews({ gateway, nodes }: GatewayWithNodes, total: number): string {
  const { name, health, why, httpUp, wsUp } = gateway;
  const counts = total > 1 ? nodeCounts(nodes) : '';
  return [name, health, why, httpUp, wsUp, total, counts].join('\n');
}

/** A gateway: what its two sides say, and with others beside it, how its node hosts are. */
export function gatewayHtml({ gateway, nodes }: GatewayWithNodes, total: number): string {
  const { name, health, why, healthySince, version, counters } = gateway;
  const since =
    healthySince === undefined ? '' : ` <span class="for">for ${age(healthySince.wallMs, 'for')}</span>`;
  const tone = TONES[health];
  const restarts = `${counters.restarts} ${counters.restarts === 1 ? 'restart' : 'restarts'} seen`;
  const facts = [
    ...(version === undefined ? [] : [text(version)]),
    restarts,
    ...(total > 1
      ? [`<a href="?q=${text(encodeURIComponent(name.toWellFormed()))}">${nodeCounts(nodes)}</a>`]
      : []),
  ].join(' · ');
  const sides =
    total > TOLD_IN_FULL && tone === 'good'
      ? ''
      : `<dl class="viewpoints">${side('HTTP', gateway.httpUp, gateway.httpRttMs)}${side('WebSocket', gateway.wsUp, gateway.wsRttMs)}</dl>`;
  return `<li id="${gatewayId(gateway)}" class="panel ${tone}" data-rank="${HEALTHS_BY_RANK.indexOf(health)}" data-name="${text(name)}" data-state="${health}"><div class="head"><span class="badge ${tone}">${health}</span><h3>${text(name)}</h3>${since}</div>
<p class="why">${text(why)}</p>
${sides}
<p class="facts">${facts}</p></li>`;
}

function nodeCounts(nodes: readonly NodeSnapshot[]): string {
  const total = `${nodes.length} ${nodes.length === 1 ? 'node host' : 'node hosts'}`;
  const troubled = nodes.filter((node) => concernOf(node).tone === 'bad').length;
  return troubled === 0 ? total : `${total}, ${troubled} in trouble`;
}

function side(name: string, isUp: boolean | undefined, rttMs: number | undefined): string {
  const tone: Tone = isUp === undefined ? 'none' : isUp ? 'good' : 'bad';
  const rtt = isUp === true && rttMs !== undefined ? `, ${Math.max(1, Math.round(rttMs))} ms` : '';
  const words = isUp === undefined ? 'not known' : isUp ? `answers${rtt}` : '<b>does not answer</b>';
  return `<div class="${tone}"><dt>${name}</dt><dd>${words}</dd></div>`;
}
