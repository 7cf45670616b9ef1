import uPlot from 'uplot';
import { alignSeries, stackSeries, type AlignedSeries } from '../grafana/align-series.ts';
import { withAlpha } from '../grafana/color.ts';
import { seriesColor, type DisplayContext } from '../grafana/display.ts';
import { isEmpty } from '../grafana/frame.ts';
import type { TimeseriesPanel } from '../grafana/panel-schema.ts';
import { resolveFields } from '../grafana/resolve-fields.ts';
import { annotationMarks } from './annotation-marks.ts';
import type { Draw, Drawing } from './drawing.ts';
import { drawNothing } from './draw-nothing.ts';
import { element } from './element.ts';
import { legend } from './legend.ts';
import { textWidth } from './measure-text.ts';
import { scaleKey, scalesOf, timeAxis, valueAxis, valueRange } from './plot-axes.ts';
import type { Line } from './plot-line.ts';
import { tooltip } from './tooltip.ts';

const LEGEND_ROW_HEIGHT = 26;
/** A legend at the side gets no more than this share of the panel. */
const LEGEND_SHARE = 0.4;

/** A line a series over time, with its legend. */
export const drawTimeSeries: Draw<TimeseriesPanel> = (drawing) => {
  const { panel, frames, body, box, scene } = drawing;
  if (isEmpty(frames)) return drawNothing(body, panel.fieldConfig.defaults.noValue);
  const display: DisplayContext = {
    nowMs: scene.nowMs,
    timeZone: scene.timeZone,
    defaultColorMode: 'palette-classic',
  };
  const lines = linesOf(drawing, display);
  const { legend: options } = panel.options;
  const isShown = options.showLegend && options.displayMode !== 'hidden';
  const names = isShown
    ? legend(
        lines.map(({ resolved, color, dash }) => ({ field: resolved, color, dash })),
        options,
        display,
        scene,
      )
    : undefined;
  const plotBox = { ...box };
  if (names !== undefined && options.placement === 'right') {
    const longest = Math.max(...lines.map(({ resolved }) => textWidth(resolved.name, 12)));
    const wanted = options.width ?? longest + 50 + 80 * options.calcs.length;
    const width = Math.min(wanted, box.width * LEGEND_SHARE);
    names.style.width = `${width}px`;
    names.classList.add('legend-right');
    plotBox.width -= width + 8;
  } else if (names !== undefined) {
    const rows = options.displayMode === 'table' ? lines.length + 1 : 1;
    const height = Math.min(rows * LEGEND_ROW_HEIGHT, box.height * LEGEND_SHARE);
    names.style.height = `${height}px`;
    plotBox.height -= height + 4;
  }
  const plotRoot = element('div', { class: 'plot' });
  body.replaceChildren(
    element('div', { class: options.placement === 'right' ? 'plot-and-legend beside' : 'plot-and-legend' }, [
      plotRoot,
      ...(names === undefined ? [] : [element('div', { class: 'legend' }, [names])]),
    ]),
  );
  plot(plotRoot, { drawing, lines, box: plotBox, display });
  return 'drawn';
};

function linesOf({ panel, frames }: Drawing<TimeseriesPanel>, display: DisplayContext): readonly Line[] {
  return resolveFields(frames, panel.fieldConfig).flatMap((frame) => {
    const time = frame.find(({ field }) => field.type === 'time')?.field;
    if (time === undefined) return [];
    return frame
      .filter(({ field }) => field.type === 'number')
      .map((resolved) => {
        const style = resolved.settings.custom?.lineStyle;
        return {
          resolved,
          timesMs: time.values.map(Number),
          stepMs: time.facts.stepMs,
          color: seriesColor(resolved, display),
          dash: style?.fill === 'dash' ? (style.dash ?? [10, 10]) : [],
        };
      });
  });
}

function plot(
  root: HTMLElement,
  context: {
    readonly drawing: Drawing<TimeseriesPanel>;
    readonly lines: readonly Line[];
    readonly box: { readonly width: number; readonly height: number };
    readonly display: DisplayContext;
  },
): void {
  const { drawing, lines, box } = context;
  const { scene, panel } = drawing;
  const plain = alignSeries(
    lines.map(({ resolved, timesMs, stepMs }) => ({
      timesMs,
      stepMs,
      values: resolved.field.values,
      spanNulls: resolved.settings.custom?.spanNulls ?? false,
    })),
  );
  const isStacked = lines.some(({ resolved }) => resolved.settings.custom?.stacking?.mode === 'normal');
  const aligned = isStacked ? stackSeries(plain) : plain;
  const scales = scalesOf(lines.map(({ resolved }) => resolved.settings));
  const chart = new uPlot(
    {
      width: box.width,
      height: box.height,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { points: { size: 6 }, drag: { x: false, y: false } },
      scales: {
        x: { time: true, range: () => [scene.range.fromMs / 1_000, scene.range.toMs / 1_000] },
        ...Object.fromEntries(scales.map(({ key, settings }) => [key, { range: valueRange(settings) }])),
      },
      axes: [timeAxis(scene, box.width), ...scales.map((scale, index) => valueAxis(scale, index))],
      series: [{}, ...lines.map((line) => seriesOf(line, isStacked))],
      ...(isStacked && { bands: bandsOf(lines) }),
      plugins: [tooltip(lines, plain, context.display, panel.options.tooltip.mode ?? 'single')],
    },
    toData(aligned),
    root,
  );
  // uPlot's own layer over the plot, which its cursor uses, too.
  chart.over.append(
    annotationMarks(scene, { left: 0, width: chart.over.clientWidth, height: chart.over.clientHeight }),
  );
}

function toData({ timesMs, series }: AlignedSeries): uPlot.AlignedData {
  return [timesMs.map((ms) => ms / 1_000), ...series.map((values) => [...values])];
}

function seriesOf({ resolved, color, dash }: Line, isStacked: boolean): uPlot.Series {
  const {
    lineWidth = 1,
    fillOpacity = 0,
    lineInterpolation = 'linear',
    showPoints = 'auto',
    pointSize = 5,
  } = resolved.settings.custom ?? {};
  const paths = pathsOf(lineInterpolation);
  return {
    label: resolved.name,
    scale: scaleKey(resolved.settings),
    stroke: color,
    width: lineWidth,
    dash: [...dash],
    spanGaps: resolved.settings.custom?.spanNulls ?? false,
    points: {
      size: pointSize,
      fill: color,
      ...(showPoints !== 'auto' && { show: showPoints === 'always' }),
    },
    // A band reaches down to the line below; without one, the fill reaches to zero.
    ...(fillOpacity > 0 && !isStacked && { fill: withAlpha(color, fillOpacity / 100) }),
    ...(paths !== undefined && { paths }),
  };
}

function pathsOf(
  interpolation: 'linear' | 'smooth' | 'stepBefore' | 'stepAfter',
): uPlot.Series.PathBuilder | undefined {
  switch (interpolation) {
    case 'linear':
      return uPlot.paths.linear?.();
    case 'smooth':
      return uPlot.paths.spline?.();
    case 'stepBefore':
      return uPlot.paths.stepped?.({ align: -1 });
    case 'stepAfter':
      return uPlot.paths.stepped?.({ align: 1 });
    default:
      return interpolation satisfies never;
  }
}

/** The space between each line of a stack and the one below it. The lowest is filled down to zero. */
function bandsOf(lines: readonly Line[]): uPlot.Band[] {
  return lines.flatMap(({ resolved, color }, index) => {
    const opacity = (resolved.settings.custom?.fillOpacity ?? 0) / 100;
    return index === 0 || opacity === 0
      ? []
      : [{ series: [index + 1, index] as [number, number], fill: withAlpha(color, opacity) }];
  });
}
