import { formattedValueToString, getFieldDisplayValues, type FieldDisplay } from '@grafana/data';
import type { Drawing } from './drawing.ts';
import { element, linkedText } from './element.ts';
import { textOn, THEME } from './fields.ts';
import { fittingSize } from './measure-text.ts';

const GAP = 6;
const PADDING = 8;
const NAME_MOST = 22;
const VALUE_MOST = 120;
const LINE_HEIGHT = 1.2;
/** From this width to height on, the name stands beside the value. */
const WIDE = 2.5;
/** Height of a unit beside its number. */
const UNIT_SHARE = 0.7;

/** A value a series, as Grafana computes it. */
export function reducedValues({
  panel,
  frames,
}: Pick<Drawing<'stat' | 'bargauge'>, 'panel' | 'frames'>): FieldDisplay[] {
  return getFieldDisplayValues({
    data: [...frames],
    fieldConfig: panel.fieldConfig as never,
    reduceOptions: { calcs: panel.options.reduceOptions.calcs },
    replaceVariables: (text) => text,
    theme: THEME,
  });
}

/** A tile a series with its value, all of one size of text, so that they compare. */
export function drawStat({ panel, frames, body, box }: Drawing<'stat'>): void {
  const values = reducedValues({ panel, frames });
  const { columns, rows } = cellGrid(box, values.length);
  const width = (box.width - GAP * (columns - 1)) / columns;
  const height = (box.height - GAP * (rows - 1)) / rows;
  const { textMode } = panel.options;
  const isBoth = textMode === 'value_and_name';
  const isWide = isBoth && width / height > WIDE;
  const room = { width: width - 2 * PADDING, height: (height - 2 * PADDING) / LINE_HEIGHT };
  const largest = (texts: readonly string[], most: number, wide: number, stacked: number): number => {
    const share = isBoth
      ? { width: isWide ? wide : 1, height: isWide ? 1 : stacked }
      : { width: 1, height: 1 };
    const shared = { width: room.width * share.width, height: room.height * share.height };
    return Math.min(...texts.map((text) => fittingSize(text, shared, { least: 9, most, weight: 500 })));
  };
  const nameSize = largest(values.map(nameOf), isBoth ? NAME_MOST : VALUE_MOST, 0.6, 0.35);
  const valueSize = largest(values.map(textOf), VALUE_MOST, 0.36, 0.6);
  const tiles = values.map((value) =>
    element(
      'div',
      {
        class: `stat ${isWide ? 'stat-wide' : ''}`,
        data: { value: textOf(value), name: nameOf(value) },
        style: { ...colors(value, panel.options.colorMode), padding: `${PADDING}px` },
      },
      [
        ...(textMode === 'value' ? [] : [nameElement(value, nameSize, !isBoth)]),
        ...(textMode === 'name' ? [] : [valueElement(value, valueSize)]),
      ],
    ),
  );
  const style = {
    gridTemplateColumns: `repeat(${columns}, ${width}px)`,
    gridAutoRows: `${height}px`,
    gap: `${GAP}px`,
  };
  body.replaceChildren(element('div', { class: 'stat-grid', style }, tiles));
}

/** How several equal values share a rectangle: the grid in which each gets the largest cell. */
export function cellGrid(
  box: { readonly width: number; readonly height: number },
  count: number,
): { readonly columns: number; readonly rows: number } {
  const grids = Array.from({ length: count }, (_, index) => {
    const [columns, rows] = [index + 1, Math.ceil(count / (index + 1))];
    // A text is wider than high: a cell twice as wide as high wastes nothing.
    return { columns, rows, size: Math.min(box.width / columns / 2, box.height / rows) };
  });
  return grids.reduce((best, grid) => (grid.size > best.size ? grid : best), {
    columns: 1,
    rows: 1,
    size: 0,
  });
}

function nameElement(value: FieldDisplay, size: number, hasLink: boolean): HTMLElement {
  const name = linkedText(nameOf(value), hasLink ? linksOf(value) : []);
  name.classList.add('cut');
  name.style.fontSize = `${size}px`;
  return name;
}

function valueElement(value: FieldDisplay, size: number): HTMLElement {
  const { prefix = '', text, suffix = '' } = value.display;
  const unit = element('span', { text: suffix, style: { fontSize: `${size * UNIT_SHARE}px` } });
  const number = linkedText(`${prefix}${text}`, linksOf(value));
  return element('div', { class: 'stat-value', style: { fontSize: `${size}px` } }, [number, unit]);
}

function linksOf({ getLinks }: FieldDisplay): ReturnType<NonNullable<FieldDisplay['getLinks']>> {
  return getLinks?.() ?? [];
}

function colors(
  { display: { color = '' } }: FieldDisplay,
  mode: Drawing<'stat'>['panel']['options']['colorMode'],
): { readonly color?: string; readonly background?: string } {
  switch (mode) {
    case 'none':
      return {};
    case 'value':
      return { color };
    case 'background_solid':
      return { background: color, color: textOn(color) };
    default:
      return mode satisfies never;
  }
}

function nameOf({ display }: FieldDisplay): string {
  return display.title ?? '';
}

function textOf({ display }: FieldDisplay): string {
  return formattedValueToString(display);
}
