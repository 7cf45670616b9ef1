import type { Field, Frame, Labels } from './frame.ts';

/** The name that Grafana gives to the value field of a time series. */
export const VALUE_FIELD = 'Value';
export const TIME_FIELD = 'Time';

/**
 * The name that a person sees and that matchers of overrides and transformations compare with: the one that a
 * transformation or a query gave, else the field's own name with its labels.
 */
export function fieldName(field: Field, frame: Frame, frames: readonly Frame[] = [frame]): string {
  const given = field.facts.displayName ?? field.facts.displayNameFromDs;
  if (given !== undefined && given !== '') return given;
  if (field.type === 'time' && field.labels === undefined) return field.name;
  const parts = field.name === VALUE_FIELD || field.name === '' ? [] : [field.name];
  const labels = labelText(field.labels, frames);
  if (labels !== '') parts.push(labels);
  else if (parts.length === 0 && frame.name !== undefined && frame.name !== '') parts.push(frame.name);
  const name = parts.length > 0 ? parts.join(' ') : field.name;
  return name === field.name ? numbered(field, frame) : name;
}

/** Fields of one name in one frame are told apart by a number. */
function numbered(field: Field, frame: Frame): string {
  const namesakes = frame.fields.filter(({ name }) => name === field.name);
  return namesakes.length > 1 ? `${field.name} ${namesakes.indexOf(field) + 1}` : field.name;
}

/** Where all series differ in one label only, its value says enough. */
function labelText(labels: Labels | undefined, frames: readonly Frame[]): string {
  if (labels === undefined) return '';
  const names = new Set(
    frames.flatMap(({ fields }) => fields.flatMap((field) => Object.keys(field.labels ?? {}))),
  );
  const [only] = names;
  if (names.size === 1 && only !== undefined) return labels[only] ?? '';
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(', ')}}`;
}
