import { formattedValueToString, type Field } from '@grafana/data';
import uPlot from 'uplot';
import { customOf, type DrawnField } from './fields.ts';
import { FONT_FAMILY, textWidth } from './measure-text.ts';
import type { Scene } from './scene.ts';
import { timeTicks } from './time-ticks.ts';

const GRID = { stroke: 'rgba(240, 250, 255, 0.09)', width: 1 };
const LOOK = {
  stroke: 'rgba(204, 204, 220, 0.65)',
  font: `12px ${FONT_FAMILY}`,
  ticks: { ...GRID, size: 4 },
};
const TIME_AXIS_HEIGHT = 28;

/** Lines that share unit and limits share an axis. */
export interface Scale extends DrawnField {
  readonly key: string;
}

/** What an axis is shared by, as a key. */
export function scaleKey({ config: { unit = 'none', min = null, max = null } }: Field): string {
  return JSON.stringify([unit, min, max]);
}

/** The axes of these lines, in the order in which they are first used, each with the first of its lines. */
export function scalesOf(lines: readonly DrawnField[]): readonly Scale[] {
  const keyed = lines.map((line) => ({ ...line, key: scaleKey(line.field) }));
  return keyed.filter(({ key }, index) => keyed.findIndex((other) => other.key === key) === index);
}

/** From where to where an axis reaches: as uPlot rounds it for Grafana, too. */
export function valueRange({ config: { min, max } }: Field): uPlot.Range.Function {
  return (_chart, dataMin, dataMax) => {
    const [least, most] = uPlot.rangeNum(dataMin, dataMax, {
      min: { pad: 0.1, hard: min ?? -Infinity, soft: 0, mode: 3 },
      max: { pad: 0.1, hard: max ?? Infinity, soft: 0, mode: 3 },
    });
    const from = min ?? least ?? 0;
    const to = max ?? most ?? 100;
    return from < to ? [from, to] : [from, from + 100];
  };
}

/** The axis below, for a plot of this width, px. */
export function timeAxis(scene: Scene, width: number): uPlot.Axis {
  const ticks = timeTicks(scene, Math.max(2, Math.floor(width / 100)));
  return {
    ...LOOK,
    grid: GRID,
    size: TIME_AXIS_HEIGHT,
    splits: () => ticks.map(({ timeMs }) => timeMs / 1_000),
    values: () => ticks.map(({ label }) => label),
  };
}

const BINARY_STEPS = Array.from({ length: 60 }, (_, power) => 2 ** power);

/** The axis of a scale: the first on the left, all others on the right. */
export function valueAxis(scale: Scale, index: number): uPlot.Axis {
  const { field, key } = scale;
  return {
    ...LOOK,
    scale: key,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the names exist in uPlot's types only
    side: index > 0 ? 1 : 3,
    grid: { show: index === 0, ...GRID },
    gap: 5,
    ...(field.config.unit === 'bytes' && { incrs: BINARY_STEPS }),
    size: customOf(scale).axisWidth ?? axisSize,
    values: (_chart, splits, _axis, _space, increment) => {
      const decimals = (String(increment).split('.')[1] ?? '').length;
      return splits.map((value) =>
        field.display === undefined ? String(value) : formattedValueToString(field.display(value, decimals)),
      );
    },
  };
}

const axisSize: uPlot.Axis.Size = (_chart, values) =>
  Math.ceil(Math.max(0, ...values.map((text) => textWidth(text, 12)))) + 18;
