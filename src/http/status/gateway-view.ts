import type { GatewayHealth, GatewaySnapshot, NodeSnapshot, Snapshot } from '../../core/index.ts';
import type { Tone } from '../../document/tone.ts';
import { concernOf } from './concern.ts';
import { type Ages, elementId, text, textWithCommands } from './markup.ts';

const TONES: Readonly<Record<GatewayHealth, Tone>> = {
  down: 'bad',
  deaf: 'bad',
  recovering: 'warn',
  unknown: 'warn',
  healthy: 'good',
};
const HEALTHS_BY_RANK = Object.keys(TONES) as readonly GatewayHealth[];

/** The gateways that nobody gets through to. */
export function sickGateways({ gateways }: Pick<Snapshot, 'gateways'>): readonly GatewaySnapshot[] {
  return gateways.filter(({ health }) => TONES[health] === 'bad');
}

/** All gateways, worst first: what their two sides say, and where there are several, how their node hosts are. */
export function gatewaysHtml({ gateways, nodes }: Snapshot, ages: Ages): string {
  const rank = ({ health }: GatewaySnapshot): number => HEALTHS_BY_RANK.indexOf(health);
  const items = gateways
    .toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map((gateway) => {
      const own = nodes.filter((node) => node.gateway === gateway.name);
      return gatewayHtml(gateway, { nodes: own, total: gateways.length, ages });
    });
  return `<ul id="gateways" class="cards">${items.join('')}</ul>`;
}

function gatewayHtml(
  gateway: GatewaySnapshot,
  {
    nodes,
    total,
    ages,
  }: { readonly nodes: readonly NodeSnapshot[]; readonly total: number; readonly ages: Ages },
): string {
  const { name, health, why, healthySince, version, counters } = gateway;
  const since =
    healthySince === undefined ? '' : ` <span class="for">for ${ages(healthySince.wallMs, 'for')}</span>`;
  const tone = TONES[health];
  const facts = [
    ...(version === undefined ? [] : [text(version)]),
    `${times(counters.restarts, 'restart')} seen`,
    ...(counters.tokensRegenerated > 0 ? [madeTokensHtml(counters.tokensRegenerated)] : []),
    ...(total > 1
      ? [`<a href="?q=${text(encodeURIComponent(name.toWellFormed()))}">${nodeCounts(nodes)}</a>`]
      : []),
  ].join(' · ');
  return `<li id="${elementId('g', name)}" class="panel ${tone}" data-name="${text(name)}" data-state="${health}"><div class="head"><span class="badge ${tone}">${health}</span><h3>${text(name)}</h3>${since}</div>
<p class="why">${text(why)}</p>
<p>${side('HTTP', gateway.httpUp, gateway.httpRttMs)} · ${side('WebSocket', gateway.wsUp, gateway.wsRttMs)}</p>
${askingHtml(gateway, ages)}<p class="facts">${facts}</p></li>`;
}

/** For whoever wonders why one node after the other is refused. */
function madeTokensHtml(count: number): string {
  return `<a href="runbooks/OpenClawGatewayTokenRegenerated">had no token and made itself one, ${times(count, 'time')}</a>`;
}

function times(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** More lines than these would say nothing that the list of OpenClaw itself does not say better. */
const SHOWN_ASKING = 3;

/** Devices that nobody has approved yet, with the command that does. */
function askingHtml({ asking }: GatewaySnapshot, ages: Ages): string {
  const newest = asking.toReversed();
  const lines = newest.slice(0, SHOWN_ASKING).map(({ name, deviceId, requestId, at }) => {
    const who = name ?? `the device ${deviceId.slice(0, 12)}…`;
    const how = `\`openclaw devices ${requestId === undefined ? 'list' : `approve ${requestId}`}\``;
    return `<p class="todo"><b>Waits for its pairing:</b> ${text(who)}, asked ${ages(at.wallMs, 'ago')}. ${textWithCommands(`If it is known to you: ${how}.`)}</p>`;
  });
  const more = asking.length - lines.length;
  return (
    lines.join('') +
    (more > 0 ? `<p class="note">and ${more} more: <code>openclaw devices list</code></p>` : '')
  );
}

function nodeCounts(nodes: readonly NodeSnapshot[]): string {
  const total = `${nodes.length} ${nodes.length === 1 ? 'node host' : 'node hosts'}`;
  const troubled = nodes.filter((node) => concernOf(node).tone === 'bad').length;
  return troubled === 0 ? total : `${total}, ${troubled} in trouble`;
}

function side(name: string, isUp: boolean | undefined, rttMs: number | undefined): string {
  if (isUp === undefined) return `${name}: not known`;
  if (!isUp) return `<b class="bad">${name} does not answer</b>`;
  return `${name} answers${rttMs === undefined ? '' : `, ${Math.max(1, Math.round(rttMs))} ms`}`;
}
