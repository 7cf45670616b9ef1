import { formattedValueToString, getFieldDisplayValues, type FieldDisplay } from '@grafana/data';
import type { Drawing } from './drawing.ts';
import { element, linkedText } from './element.ts';
import { filled, THEME } from './fields.ts';
import { fittingSize } from './measure-text.ts';

/** As in the style sheet, px. */
const GAP = 6;
const PADDING = 8;
const LINE_HEIGHT = 1.2;

const VALUE_MOST = 120;
/** Beside a value. */
const NAME_MOST = 22;
/** Height of a unit beside its number. */
const UNIT_SHARE = 0.7;

/** A value a series, as Grafana computes it. */
export function reducedValues({
  panel: { options, fieldConfig },
  frames: data,
}: Pick<Drawing<'stat' | 'bargauge'>, 'panel' | 'frames'>): FieldDisplay[] {
  return getFieldDisplayValues({
    data,
    fieldConfig: fieldConfig as never,
    reduceOptions: { calcs: options.reduceOptions.calcs },
    replaceVariables: (text) => text,
    theme: THEME,
  });
}

/** A tile a series with its value, in one row and all of one size of text, so that they compare. */
export function drawStat({ panel, frames, body }: Drawing<'stat'>): void {
  const { textMode, colorMode } = panel.options;
  const values = reducedValues({ panel, frames });
  const width = (body.clientWidth - GAP * (values.length - 1)) / values.length - 2 * PADDING;
  const height = (body.clientHeight - 2 * PADDING) / LINE_HEIGHT;
  const size = (texts: readonly string[], most: number, share: number): string => {
    const box = { width, height: height * (textMode === 'value_and_name' ? share : 1) };
    return `${Math.min(...texts.map((text) => fittingSize(text, box, { least: 9, most })))}px`;
  };
  const names = values.map(({ display }) => display.title ?? '');
  const texts = values.map(({ display }) => formattedValueToString(display));
  const nameSize = size(names, textMode === 'name' ? VALUE_MOST : NAME_MOST, 0.35);
  const valueSize = size(texts, VALUE_MOST, 0.6);
  const tiles = values.map(({ display, getLinks }, index) => {
    const { title: name = '', prefix = '', text, suffix = '', color = '' } = display;
    const nameStyle = { fontSize: nameSize };
    const number = linkedText(`${prefix}${text}`, getLinks?.());
    const unit = element('span', { text: suffix, style: { fontSize: `${UNIT_SHARE}em` } });
    const parts = {
      name: [element('div', { class: 'cut', text: name, style: nameStyle })],
      value: [element('div', { style: { fontSize: valueSize } }, [number, unit])],
    };
    const looks = { none: {}, value: { color }, background_solid: filled(color) };
    const data = { name, value: texts[index] ?? '' };
    return element('div', { class: 'stat', data, style: looks[colorMode] }, [
      ...(textMode === 'value' ? [] : parts.name),
      ...(textMode === 'name' ? [] : parts.value),
    ]);
  });
  body.replaceChildren(element('div', { class: 'stat-grid' }, tiles));
}
