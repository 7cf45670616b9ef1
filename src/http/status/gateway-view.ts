import type { GatewaySnapshot, NodeSnapshot, Snapshot } from '../../core/index.ts';
import { counted } from '../../document/noun.ts';
import { toneOf, worstFirst } from './concern.ts';
import { type Ages, elementId, paragraphs, text, withCommands } from './markup.ts';

/** All gateways, worst first: what their two sides say, and where there are several, how their node hosts are. */
export function gatewaysHtml(snapshot: Snapshot, ages: Ages): string {
  const items = worstFirst(snapshot.gateways).map((each) => gatewayHtml(each, snapshot, ages));
  return `<ul id="gateways" class="cards">${items.join('')}</ul>`;
}

function gatewayHtml(gateway: GatewaySnapshot, { gateways, nodes }: Snapshot, ages: Ages): string {
  const { name, health, why, healthySince, version, counters } = gateway;
  const { restarts, tokensRegenerated } = counters;
  const tone = toneOf(gateway);
  const since = healthySince && ` <span class="for">for ${ages(healthySince.wallMs, 'for')}</span>`;
  const facts = [
    version !== undefined && text(version),
    `${counted(restarts, 'restart')} seen`,
    // For whoever wonders why one node after the other is refused.
    tokensRegenerated > 0 &&
      `<a href="runbooks/OpenClawGatewayTokenRegenerated">had no token and made itself one, ${counted(tokensRegenerated, 'time')}</a>`,
    gateways.length > 1 &&
      `<a href="?q=${text(encodeURIComponent(name.toWellFormed()))}">${nodeCounts(nodes.filter((node) => node.gateway === name))}</a>`,
  ].filter((fact) => fact !== false);
  return `<li id="${elementId('g', name)}" class="panel ${tone}" data-name="${text(name)}" data-state="${health}"><div class="head"><span class="badge ${tone}">${health}</span><h3>${text(name)}</h3>${since ?? ''}</div>
<p class="why">${text(why)}</p>
<p>${side('HTTP', gateway.httpUp, gateway.httpRttMs)} · ${side('WebSocket', gateway.wsUp, gateway.wsRttMs)}</p>
${askingHtml(gateway, ages)}<p class="facts">${facts.join(' · ')}</p></li>`;
}

function nodeCounts(nodes: readonly NodeSnapshot[]): string {
  const total = counted(nodes.length, 'node host');
  const troubled = nodes.filter((node) => toneOf(node) === 'bad').length;
  return troubled === 0 ? total : `${total}, ${troubled} in trouble`;
}

function side(name: string, isUp: boolean | undefined, rttMs: number | undefined): string {
  if (isUp === undefined) return `${name}: not known`;
  if (!isUp) return `<b class="bad">${name} does not answer</b>`;
  return `${name} answers${rttMs === undefined ? '' : `, ${Math.max(1, Math.round(rttMs))} ms`}`;
}

/** More lines than these would say nothing that the list of OpenClaw itself does not say better. */
const SHOWN_ASKING = 3;

/** Devices that nobody has approved yet, with the command that does. */
function askingHtml({ asking }: GatewaySnapshot, ages: Ages): string {
  const newest = asking.slice(-SHOWN_ASKING).reverse();
  const lines = newest.map(({ name, deviceId, requestId, at }) => {
    const who = name ?? `the device ${deviceId.slice(0, 12)}…`;
    const how = `\`openclaw devices ${requestId === undefined ? 'list' : `approve ${requestId}`}\``;
    return `<b>Waits for its pairing:</b> ${text(who)}, asked ${ages(at.wallMs, 'ago')}. ${withCommands(`If it is known to you: ${how}.`)}`;
  });
  const more = asking.length - lines.length;
  const rest = more > 0 && `and ${more} more: <code>openclaw devices list</code>`;
  return paragraphs('todo warn', ...lines) + paragraphs('note', rest);
}
