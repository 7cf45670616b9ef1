import type { SourceSnapshot } from '../../core/index.ts';
import { type Ages, text } from './markup.ts';

/** The exporter's own eyes: which see, and why one does not. */
export function sourcesHtml(sources: readonly SourceSnapshot[], ages: Ages): string {
  return `<div id="sources" class="scroll" tabindex="0" role="region" aria-label="The exporter’s sources"><table>
<thead><tr><th scope="col">Source</th><th scope="col">State</th><th scope="col">Last success</th><th scope="col">Last error</th><th scope="col">It says</th></tr></thead>
<tbody>${sources.map((source) => row(source, ages)).join('')}</tbody></table></div>`;
}

function row({ source, enabled, up, lastSuccess, lastError, note }: SourceSnapshot, ages: Ages): string {
  const hasLooked = lastSuccess !== undefined || lastError !== undefined;
  const state = !enabled
    ? '<td class="none">off</td>'
    : up
      ? '<td class="good">sees</td>'
      : hasLooked
        ? '<td class="bad">is blind</td>'
        : '<td class="none">has not looked yet</td>';
  const success = lastSuccess === undefined ? 'never' : ages(lastSuccess.wallMs, 'ago');
  const error =
    lastError === undefined
      ? 'none'
      : `${text(lastError.kind)}, ${ages(lastError.at.wallMs, 'ago')}: ${text(lastError.message)}`;
  return `<tr><th scope="row">${text(source)}</th>${state}<td>${success}</td><td>${error}</td><td>${text(note ?? '')}</td></tr>`;
}
