import { colorManipulator, getFieldSeriesColor } from '@grafana/data';
import uPlot from 'uplot';
import { annotationMarks } from './annotation-marks.ts';
import type { Drawing } from './drawing.ts';
import { element } from './element.ts';
import { customOf, fieldsOf, isNumber, THEME } from './fields.ts';
import { textWidth } from './measure-text.ts';
import { alignedData } from './plot-data.ts';
import { scaleKey, scalesOf, timeAxis, valueAxis, valueRange } from './plot-axes.ts';
import { plotLegend, type Line } from './plot-legend.ts';

const LEGEND_ROW_HEIGHT = 26;
/** A legend gets no more than this share of the panel. */
const LEGEND_SHARE = 0.4;

/** A line a series over time, with its legend. */
export function drawTimeSeries(drawing: Drawing<'timeseries'>): void {
  const { panel, frames, body, box } = drawing;
  const { legend } = panel.options;
  const lines = fieldsOf(frames, isNumber).map((drawn): Line => {
    const color = getFieldSeriesColor(drawn.field, THEME).color;
    return { ...drawn, color, dash: customOf(drawn).lineStyle?.dash ?? [] };
  });
  const isBeside = legend.placement === 'right';
  const longest = Math.max(...lines.map(({ name }) => textWidth(name, 12)));
  const width = Math.min(longest + 50 + 80 * legend.calcs.length, box.width * LEGEND_SHARE);
  const height = Math.min((lines.length + 1) * LEGEND_ROW_HEIGHT, box.height * LEGEND_SHARE);
  const plotBox = isBeside
    ? { width: box.width - width - 8, height: box.height }
    : { width: box.width, height: box.height - height - 4 };
  const plotRoot = element('div', { class: 'plot' });
  const legendBox = isBeside ? { width } : { height };
  const names = element('div', { class: 'legend-scroll', box: legendBox }, [plotLegend(lines, legend)]);
  const className = isBeside ? 'plot-and-legend beside' : 'plot-and-legend';
  body.replaceChildren(element('div', { class: className }, [plotRoot, names]));
  plot(plotRoot, lines, { ...drawing, box: plotBox });
}

function plot(root: HTMLElement, lines: readonly Line[], { box, scene }: Drawing<'timeseries'>): void {
  const isStacked = lines.some((line) => customOf(line).stacking?.mode === 'normal');
  const scales = scalesOf(lines);
  const chart = new uPlot(
    {
      ...box,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { points: { size: 6 }, drag: { x: false, y: false } },
      scales: {
        x: { time: true, range: () => [scene.range.fromMs / 1_000, scene.range.toMs / 1_000] },
        ...Object.fromEntries(scales.map(({ key, field }) => [key, { range: valueRange(field) }])),
      },
      axes: [timeAxis(scene, box.width), ...scales.map(valueAxis)],
      series: [{}, ...lines.map((line) => seriesOf(line, isStacked))],
      ...(isStacked && { bands: bandsOf(lines) }),
    },
    alignedData(lines, isStacked),
    root,
  );
  // uPlot's own layer over the plot, which its cursor uses, too.
  const { clientWidth: width, clientHeight: height } = chart.over;
  chart.over.append(annotationMarks(scene, { left: 0, width, height }));
}

function seriesOf(line: Line, isStacked: boolean): uPlot.Series {
  const { lineWidth = 1, fillOpacity = 0, pointSize = 5 } = customOf(line);
  return {
    label: line.name,
    scale: scaleKey(line.field),
    stroke: line.color,
    width: lineWidth,
    dash: [...line.dash],
    points: { size: pointSize, fill: line.color },
    // A band reaches down to the line below; without one, the fill reaches to zero.
    ...(fillOpacity > 0 && !isStacked && { fill: colorManipulator.alpha(line.color, fillOpacity / 100) }),
  };
}

/** The space between each line of a stack and the one below it. The lowest is filled down to zero. */
function bandsOf(lines: readonly Line[]): uPlot.Band[] {
  return lines.slice(1).map((line, index) => ({
    series: [index + 2, index + 1],
    fill: colorManipulator.alpha(line.color, (customOf(line).fillOpacity ?? 0) / 100),
  }));
}
