import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { NodeSnapshot, Snapshot } from '../core/snapshot.ts';
import { elapsedMs } from '../core/time.ts';
import type { HttpDependencies } from './dependencies.ts';
import { isoTime } from './iso-time.ts';
import { escapeHtml } from './safe-text.ts';

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8886;vertical-align:top}
.bad{color:#c22;font-weight:600}.good{color:#283;font-weight:600}li{margin:.2rem 0}`;

/** The page has no script and loads nothing; its one style is named by its hash. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const LINKS: readonly (readonly [path: string, meaning: string])[] = [
  ['/metrics', 'metrics for Prometheus, text or OpenMetrics'],
  ['/livez?verbose', 'would a restart of a node host help? 503 if so'],
  ['/readyz?verbose', 'is every local node host attached and usable?'],
  ['/api/v1/nodes', 'everything that is known, as JSON'],
  ['/-/healthy', 'does this exporter work?'],
  ['/-/ready', 'has it made its first verdicts?'],
];

function ago(node: NodeSnapshot, snapshot: Snapshot): string {
  if (node.heartbeat === undefined) return 'never seen';
  return `${Math.max(0, elapsedMs(node.heartbeat, snapshot.at) / 1000).toFixed(0)} s ago`;
}

function row(node: NodeSnapshot, snapshot: Snapshot): string {
  const cells = [
    `<a href="/api/v1/nodes/${escapeHtml(encodeURIComponent(node.key.toWellFormed()))}">${escapeHtml(node.name)}</a>`,
    escapeHtml(node.scope),
    `<span class="${node.live ? (node.ready ? 'good' : '') : 'bad'}">${escapeHtml(node.state)}</span>`,
    escapeHtml(isoTime(node.since.wallMs) ?? 'unknown'),
    escapeHtml(ago(node, snapshot)),
    node.live ? 'yes' : 'no',
    node.ready ? 'yes' : 'no',
    escapeHtml(node.why),
    escapeHtml(node.advice),
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function page(snapshot: Snapshot, version: string): string {
  const { gateway, nodes } = snapshot;
  const columns = ['Node host', 'Scope', 'State', 'Since', 'Heartbeat', 'Live', 'Ready', 'Why', 'What to do'];
  const table =
    nodes.length === 0
      ? '<p>No node host was found yet.</p>'
      : `<table><thead><tr>${columns.map((column) => `<th>${column}</th>`).join('')}</tr></thead>
<tbody>${nodes.map((node) => row(node, snapshot)).join('\n')}</tbody></table>`;
  const doubt =
    snapshot.doubt === undefined
      ? ''
      : `<p>The exporter doubts itself, and waits before it accuses: ${escapeHtml(snapshot.doubt)}</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>OpenClaw liveness exporter</title><style>${STYLE}</style></head><body>
<h1>OpenClaw liveness exporter</h1>
<p>Version ${escapeHtml(version)}, as of ${escapeHtml(isoTime(snapshot.at.wallMs) ?? 'unknown')}</p>
<h2>Gateway</h2>
<p>${escapeHtml(gateway.name)}: <b>${escapeHtml(gateway.health)}</b>, ${escapeHtml(gateway.why)}</p>
<h2>Node hosts</h2>
${table}
${doubt}
<h2>Pages</h2>
<ul>${LINKS.map(([path, meaning]) => `<li><a href="${path}">${path}</a>: ${meaning}</li>`).join('\n')}</ul>
</body></html>
`;
}

/** `/`: what is going on, for a person with a browser. */
export function landingRoute({ snapshot, version }: HttpDependencies): RequestHandler {
  return (_request, response) => {
    response
      .status(200)
      .set('Content-Security-Policy', CONTENT_SECURITY_POLICY)
      .set('Referrer-Policy', 'no-referrer')
      .type('text/html; charset=utf-8')
      .send(page(snapshot(), version));
  };
}
