import {
  colorManipulator,
  formattedValueToString,
  getFieldDisplayName,
  getFieldSeriesColor,
  guessDecimals,
  type Field,
} from '@grafana/data';
import uPlot from 'uplot';
import type { CustomOf } from '../read-dashboard.ts';
import type { Drawing } from './drawing.ts';
import { element } from './element.ts';
import { THEME } from './fields.ts';
import { NotUnderstoodError } from './interpolate.ts';
import { AXIS, GRID, timePlot } from './plot.ts';
import { finite, joined, stacked } from './plot-data.ts';
import { plotLegend, type Line } from './plot-legend.ts';

/** A line a series over time, with its legend. */
export function drawTimeSeries({ panel, frames, body, scene }: Drawing<'timeseries'>): void {
  const { legend } = panel.options;
  const frame = joined(frames);
  const [time, ...fields] = frame.fields;
  const lines = fields.map((field): Line => {
    const { color } = getFieldSeriesColor(field, THEME);
    return { field, color, name: getFieldDisplayName(field, frame), custom: customOf(field) };
  });
  const isStacked = lines.some(({ custom }) => custom.stacking?.mode === 'normal');
  const plot = element('div', { class: 'plot' });
  const className = legend.placement === 'right' ? 'plot-and-legend beside' : 'plot-and-legend';
  body.replaceChildren(element('div', { class: className }, [plot, plotLegend(lines, legend)]));
  const points = isStacked ? stacked(fields) : fields.map(({ values }) => values.map(finite));
  timePlot(plot, scene, [time?.values ?? [], ...points], {
    scales: { y: { range: valueRange } },
    axes: [valueAxis(fields)],
    series: lines.map((line) => seriesOf(line, isStacked)),
    bands: isStacked ? bandsOf(lines) : [],
  });
}

function customOf({ config }: Field): CustomOf<'timeseries'> {
  return (config.custom ?? {}) as CustomOf<'timeseries'>;
}

/** How far the axis reaches: as uPlot rounds it for Grafana, too. */
const valueRange: uPlot.Range.Function = (_chart, _least, most) => {
  const end = { pad: 0.1, soft: 0, mode: 3 } as const;
  const [, top] = uPlot.rangeNum(0, most, { min: { ...end, hard: 0 }, max: end });
  return [0, most > 0 && top !== null ? top : 100];
};

const BINARY_STEPS = Array.from({ length: 60 }, (_, power) => 2 ** power);

/** The axis that all lines share. */
function valueAxis(fields: readonly Field[]): uPlot.Axis {
  const [first] = fields;
  const isShared = fields.every(
    ({ config: { unit, min, max } }) => unit === first?.config.unit && min === 0 && max === undefined,
  );
  if (first === undefined || !isShared) {
    throw new NotUnderstoodError(
      'Not understood: several axes, or one that does not reach from 0 to its lines',
    );
  }
  return {
    ...AXIS,
    grid: GRID,
    gap: 5,
    size: customOf(first).axisWidth ?? 50,
    ...(first.config.unit === 'bytes' && { incrs: BINARY_STEPS }),
    values: (_chart, splits, _axis, _space, increment) =>
      splits.map((value) => {
        const shown = first.display?.(value, guessDecimals(increment));
        return shown === undefined ? String(value) : formattedValueToString(shown);
      }),
  };
}

function seriesOf({ name, color, custom }: Line, isStacked: boolean): uPlot.Series {
  const { lineWidth = 1, fillOpacity = 0, pointSize = 5, lineStyle } = custom;
  return {
    label: name,
    stroke: color,
    width: lineWidth,
    dash: lineStyle?.dash ?? [],
    points: { size: pointSize, fill: color },
    // A band reaches down to the line below; without one, the fill reaches to zero.
    ...(fillOpacity > 0 && !isStacked && { fill: colorManipulator.alpha(color, fillOpacity / 100) }),
  };
}

/** The space between each line of a stack and the one below it. The lowest is filled down to zero. */
function bandsOf(lines: readonly Line[]): uPlot.Band[] {
  return lines.slice(1).map(({ color, custom: { fillOpacity = 0 } }, index) => ({
    series: [index + 2, index + 1],
    fill: colorManipulator.alpha(color, fillOpacity / 100),
  }));
}
