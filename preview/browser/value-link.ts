import { interpolateLink, interpolateText, type LinkScope } from '../grafana/interpolate.ts';
import type { DataLink } from '../grafana/field-config-schema.ts';
import { element } from './element.ts';
import type { Scene } from './scene.ts';

/** What a link is about; the range of time is added here. */
export type ValueScope = Omit<LinkScope, 'timeQuery'>;

/**
 * The text as a link, where the field has one that resolves. One with a reference that is not understood is not made
 * up: the text says so.
 */
export function linkedText(
  text: string,
  links: readonly DataLink[] | undefined,
  scope: ValueScope,
  scene: Scene,
): HTMLElement {
  const [link] = links ?? [];
  if (link === undefined) return element('span', { text });
  const { text: href, unresolved } = interpolateLink(link.url, scene.variables, {
    ...scope,
    timeQuery: timeQuery(scene),
  });
  if (unresolved.length > 0) {
    return element('span', {
      class: 'not-understood',
      text: `${text} (link not understood: ${unresolved.join(', ')})`,
    });
  }
  return element('a', { text, href, class: 'value-link', title: linkTitle(link, scope, scene) });
}

function timeQuery({ range }: Scene): string {
  return `from=${range.fromMs}&to=${range.toMs}`;
}

function linkTitle({ title }: DataLink, scope: ValueScope, scene: Scene): string {
  // Encoded values read badly in a title, and a title is text.
  const raw = title.replaceAll(/\$\{__(data\.fields|field\.labels)([^}:]*)\}/g, '$${__$1$2:raw}');
  const scoped = interpolateLink(raw, {}, { ...scope, timeQuery: '' }).text;
  return interpolateText(scoped, scene.variables).text;
}
