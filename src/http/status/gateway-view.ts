import type { GatewayHealth, GatewaySnapshot } from '../../core/index.ts';
import type { Tone } from './concern.ts';
import { age, text } from './markup.ts';

const TONES: Readonly<Record<GatewayHealth, Tone>> = {
  down: 'bad',
  deaf: 'bad',
  recovering: 'warn',
  unknown: 'warn',
  healthy: 'good',
};

/** A gateway: what its two sides say. */
export function gatewayHtml(gateway: GatewaySnapshot): string {
  const { name, health, why, healthySince, version, counters } = gateway;
  const since =
    healthySince === undefined ? '' : ` <span class="for">for ${age(healthySince.wallMs, 'for')}</span>`;
  const tone = TONES[health];
  const restarts = `${counters.restarts} ${counters.restarts === 1 ? 'restart' : 'restarts'} seen`;
  const facts = [...(version === undefined ? [] : [text(version)]), restarts].join(' · ');
  return `<div id="gateway" class="panel ${tone}"><div class="head"><span class="badge ${tone}">${health}</span><h3>${text(name)}</h3>${since}</div>
<p class="why">${text(why)}</p>
<dl class="viewpoints">${side('HTTP', gateway.httpUp, gateway.httpRttMs)}${side('WebSocket', gateway.wsUp, gateway.wsRttMs)}</dl>
<p class="facts">${facts}</p></div>`;
}

function side(name: string, isUp: boolean | undefined, rttMs: number | undefined): string {
  const tone: Tone = isUp === undefined ? 'none' : isUp ? 'good' : 'bad';
  const rtt = isUp === true && rttMs !== undefined ? `, ${Math.max(1, Math.round(rttMs))} ms` : '';
  const words = isUp === undefined ? 'not known' : isUp ? `answers${rtt}` : '<b>does not answer</b>';
  return `<div class="${tone}"><dt>${name}</dt><dd>${words}</dd></div>`;
}
