import { textColorOn } from '../grafana/color.ts';
import { displayValue, type DisplayValue } from '../grafana/display.ts';
import type { CommonSettings } from '../grafana/field-config-schema.ts';
import type { ResolvedField } from '../grafana/resolve-fields.ts';
import { isEmpty } from '../grafana/frame.ts';
import { cellGrid } from '../grafana/layout.ts';
import type { StatPanel } from '../grafana/panel-schema.ts';
import { formattedText } from '../grafana/value-format.ts';
import { reducedFields } from '../grafana/reduced-fields.ts';
import type { Draw } from './drawing.ts';
import { drawNothing } from './draw-nothing.ts';
import { element } from './element.ts';
import { fittingSize } from './measure-text.ts';
import { linkedText } from './value-link.ts';
import type { Scene } from './scene.ts';

const GAP = 6;
const PADDING = 8;
const TITLE_MOST = 22;
const VALUE_MOST = 120;
const LINE_HEIGHT = 1.2;
/** From this width to height on, the name stands beside the value. */
const WIDE = 2.5;
/** Height of a unit beside its number. */
const UNIT_SHARE = 0.7;

/** A series with what is shown of it. */
interface Shown {
  readonly resolved: ResolvedField<CommonSettings>;
  readonly display: DisplayValue;
}

/** A tile a series with its value. */
export const drawStat: Draw<StatPanel> = ({ panel, frames, body, box, scene }) => {
  if (isEmpty(frames)) return drawNothing(body, panel.fieldConfig.defaults.noValue);
  const reduced = reducedFields(frames, panel.fieldConfig, panel.options.reduceOptions.calcs);
  if (reduced.length === 0) return drawNothing(body, panel.fieldConfig.defaults.noValue);
  const { columns, rows } = cellGrid(box, reduced.length);
  const cell = {
    width: (box.width - GAP * (columns - 1)) / columns,
    height: (box.height - GAP * (rows - 1)) / rows,
  };
  const values = reduced.map(({ resolved, value }) => ({
    resolved,
    display: displayValue(resolved, value, {
      nowMs: scene.nowMs,
      timeZone: scene.timeZone,
      defaultColorMode: 'thresholds',
    }),
  }));
  const isWide = panel.options.wideLayout && cell.width / cell.height > WIDE;
  const shown = shownParts(panel, values.length);
  const sizes = textSizes(
    values.map(({ resolved }) => resolved.name),
    values.map(({ display }) => formattedText(display)),
    { cell, isWide, shown },
  );
  const tiles = values.map((one) => tile(one, { panel, isWide, shown, sizes, scene }));
  body.replaceChildren(
    element(
      'div',
      {
        class: 'stat-grid',
        style: {
          gridTemplateColumns: `repeat(${columns}, ${cell.width}px)`,
          gridAutoRows: `${cell.height}px`,
          gap: `${GAP}px`,
        },
      },
      tiles,
    ),
  );
  return 'drawn';
};

interface TileContext {
  readonly panel: StatPanel;
  readonly isWide: boolean;
  readonly shown: { readonly name: boolean; readonly value: boolean };
  /** The same in all tiles, so that they compare. */
  readonly sizes: { readonly name: number; readonly value: number };
  readonly scene: Scene;
}

/** The largest sizes, px, in which each name and each value fit its tile. */
function textSizes(
  names: readonly string[],
  values: readonly string[],
  {
    cell,
    isWide,
    shown,
  }: Pick<TileContext, 'isWide' | 'shown'> & {
    readonly cell: { readonly width: number; readonly height: number };
  },
): TileContext['sizes'] {
  const inner = { width: cell.width - 2 * PADDING, height: (cell.height - 2 * PADDING) / LINE_HEIGHT };
  const isBoth = shown.name && shown.value;
  const nameBox = isBoth
    ? shareOf(inner, isWide ? { width: 0.6, height: 1 } : { width: 1, height: 0.35 })
    : inner;
  const valueBox = isBoth
    ? shareOf(inner, isWide ? { width: 0.36, height: 1 } : { width: 1, height: 0.6 })
    : inner;
  const nameMost = shown.value ? TITLE_MOST : VALUE_MOST;
  return {
    name: Math.min(
      ...names.map((text) => fittingSize(text, nameBox, { least: 9, most: nameMost, weight: 500 })),
    ),
    value: Math.min(
      ...values.map((text) => fittingSize(text, valueBox, { least: 10, most: VALUE_MOST, weight: 500 })),
    ),
  };
}

function tile(
  { resolved, display }: Shown,
  { panel, isWide, shown, sizes, scene }: TileContext,
): HTMLElement {
  const { colorMode, justifyMode } = panel.options;
  const isBoth = shown.name && shown.value;
  const [textColor, background] = colors(display.color, colorMode);
  const parts: Node[] = [];
  if (shown.name) {
    const links = shown.value ? undefined : resolved.settings.links;
    const name = linkedText(resolved.name, links, scopeOf(resolved, display), scene);
    name.classList.add('stat-name');
    name.style.fontSize = `${sizes.name}px`;
    parts.push(name);
  }
  if (shown.value) parts.push(valueText(display, sizes.value, resolved, scene));
  const isCentred = justifyMode === 'center' || !isBoth;
  return element(
    'div',
    {
      class: `stat ${isWide && isBoth ? 'stat-wide' : 'stat-stacked'}${isCentred ? ' stat-center' : ''}`,
      data: { value: formattedText(display), name: resolved.name },
      style: { color: textColor, background, padding: `${PADDING}px` },
    },
    parts,
  );
}

function shareOf(
  box: { readonly width: number; readonly height: number },
  share: { readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number } {
  return { width: box.width * share.width, height: box.height * share.height };
}

/** By itself, one value needs no name; several do. */
function shownParts(
  { options }: StatPanel,
  count: number,
): { readonly name: boolean; readonly value: boolean } {
  switch (options.textMode) {
    case 'auto':
      return { name: count > 1, value: true };
    case 'value':
      return { name: false, value: true };
    case 'name':
      return { name: true, value: false };
    case 'value_and_name':
      return { name: true, value: true };
    case 'none':
      return { name: false, value: false };
    default:
      return options.textMode satisfies never;
  }
}

function colors(
  color: string,
  mode: StatPanel['options']['colorMode'],
): readonly [text: string, background: string] {
  switch (mode) {
    case 'none':
      return ['var(--text)', 'transparent'];
    case 'value':
      return [color, 'transparent'];
    case 'background_solid':
      return [textColorOn(color), color];
    default:
      return mode satisfies never;
  }
}

function valueText(
  display: DisplayValue,
  size: number,
  resolved: Shown['resolved'],
  scene: Scene,
): HTMLElement {
  const { prefix = '', text, suffix = '' } = display;
  const number = linkedText(`${prefix}${text}`, resolved.settings.links, scopeOf(resolved, display), scene);
  const unit = element('span', { text: suffix, style: { fontSize: `${size * UNIT_SHARE}px` } });
  return element(
    'div',
    { class: 'stat-value', style: { fontSize: `${size}px` } },
    suffix === '' ? [number] : [number, unit],
  );
}

function scopeOf(
  { field, name }: Shown['resolved'],
  display: DisplayValue,
): { seriesName: string; labels: Readonly<Record<string, string>>; valueText: string; valueRaw: string } {
  return {
    seriesName: name,
    labels: field.labels ?? {},
    valueText: formattedText(display),
    valueRaw: String(display.numeric),
  };
}
