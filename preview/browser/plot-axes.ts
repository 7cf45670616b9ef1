import uPlot from 'uplot';
import type { TimeseriesFieldConfig } from '../grafana/field-config-schema.ts';
import { timeTicks } from '../grafana/time-ticks.ts';
import { formattedText, formatValue } from '../grafana/value-format.ts';
import { FONT_FAMILY, textWidth } from './measure-text.ts';
import type { Scene } from './scene.ts';

type Settings = TimeseriesFieldConfig['defaults'];

const AXIS_COLOR = 'rgba(204, 204, 220, 0.65)';
const GRID_COLOR = 'rgba(240, 250, 255, 0.09)';
const AXIS_FONT = `12px ${FONT_FAMILY}`;
const TIME_AXIS_HEIGHT = 28;

/** Lines that share unit and limits share an axis. */
export interface Scale {
  readonly key: string;
  readonly settings: Settings;
}

/** What settings an axis is shared by, as a key. */
export function scaleKey({ unit, min, max, custom }: Settings): string {
  return JSON.stringify([unit ?? 'none', min ?? null, max ?? null, custom?.axisPlacement ?? 'auto']);
}

/** The axes of these lines, in the order in which they are first used. */
export function scalesOf(lines: readonly Settings[]): readonly Scale[] {
  const scales = new Map(lines.map((settings) => [scaleKey(settings), settings]));
  return [...scales].map(([key, settings]) => ({ key, settings }));
}

/** From where to where an axis reaches: as uPlot rounds it for Grafana, too. */
export function valueRange({ min, max, custom }: Settings): uPlot.Range.Function {
  const { axisSoftMin, axisSoftMax } = custom ?? {};
  return (_chart, dataMin, dataMax) => {
    const [least, most] = uPlot.rangeNum(dataMin, dataMax, {
      min: {
        pad: 0.1,
        hard: min ?? -Infinity,
        soft: axisSoftMin ?? 0,
        mode: axisSoftMin === undefined ? 3 : 1,
      },
      max: {
        pad: 0.1,
        hard: max ?? Infinity,
        soft: axisSoftMax ?? 0,
        mode: axisSoftMax === undefined ? 3 : 1,
      },
    });
    const from = min ?? least ?? 0;
    const to = max ?? most ?? 100;
    return from < to ? [from, to] : [from, from + 100];
  };
}

/** The axis below, for a plot of this width, px. */
export function timeAxis(scene: Scene, width: number): uPlot.Axis {
  const ticks = timeTicks(scene.range, Math.max(2, Math.floor(width / 100)), scene.timeZone);
  return {
    stroke: AXIS_COLOR,
    font: AXIS_FONT,
    size: TIME_AXIS_HEIGHT,
    grid: { stroke: GRID_COLOR, width: 1 },
    ticks: { stroke: GRID_COLOR, width: 1, size: 4 },
    splits: () => ticks.map(({ timeMs }) => timeMs / 1_000),
    values: () => ticks.map(({ label }) => label),
  };
}

/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- uPlot's names for its numbers exist in its types only. */
const LEFT: uPlot.Axis.Side = 3;
const RIGHT: uPlot.Axis.Side = 1;
/* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */

const BINARY_STEPS = Array.from({ length: 60 }, (_, power) => 2 ** power);

/** The axis of a scale: the first on the left, all others on the right. */
export function valueAxis({ key, settings }: Scale, index: number): uPlot.Axis {
  const placement = settings.custom?.axisPlacement ?? 'auto';
  const isRight = placement === 'right' || (placement === 'auto' && index > 0);
  const unit = settings.unit ?? 'none';
  return {
    scale: key,
    show: placement !== 'hidden',
    side: isRight ? RIGHT : LEFT,
    stroke: AXIS_COLOR,
    font: AXIS_FONT,
    grid: { show: index === 0, stroke: GRID_COLOR, width: 1 },
    ticks: { stroke: GRID_COLOR, width: 1, size: 4 },
    gap: 5,
    ...(unit === 'bytes' && { incrs: BINARY_STEPS }),
    size: settings.custom?.axisWidth ?? axisSize,
    values: (_chart, splits, _axis, _space, increment) => {
      const decimals = settings.decimals ?? decimalsOf(increment);
      return splits.map((value) =>
        formattedText(trimmed(formatValue(value, unit, { decimals, nowMs: 0 }), settings)),
      );
    },
  };
}

/** Decimals that were only added for the axis and are zero are left out. */
function trimmed(
  value: ReturnType<typeof formatValue>,
  { decimals }: Settings,
): ReturnType<typeof formatValue> {
  const number = Number(value.text);
  return decimals === undefined && Number.isFinite(number) ? { ...value, text: String(number) } : value;
}

function decimalsOf(increment: number): number {
  return (String(increment).split('.')[1] ?? '').length;
}

const axisSize: uPlot.Axis.Size = (_chart, values) => {
  const widest = Math.max(0, ...values.map((text) => textWidth(text, 12)));
  return Math.ceil(widest) + 18;
};
