import { colorManipulator, dateTimeFormat, systemDateFormats } from '@grafana/data';
import uPlot from 'uplot';
import { element } from './element.ts';
import { THEME } from './fields.ts';
import { FONT_FAMILY } from './measure-text.ts';
import type { Scene, TimeRange } from './scene.ts';

export const GRID = { stroke: 'rgba(240, 250, 255, 0.09)', width: 1 };
export const AXIS = {
  stroke: 'rgba(204, 204, 220, 0.65)',
  font: `12px ${FONT_FAMILY}`,
  ticks: { ...GRID, size: 4 },
};

/** Distances between times that people read easily, s. */
const TIME_STEPS = [
  1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 604_800,
];

const TIME_AXIS: uPlot.Axis = {
  ...AXIS,
  grid: GRID,
  size: 28,
  space: 70,
  incrs: TIME_STEPS.map((seconds) => seconds * 1_000),
  // Only as much of a time as tells it from its neighbours.
  values: (_chart, splits, _axis, _space, incrementMs) => {
    const { second, minute, day } = systemDateFormats.interval;
    const format = incrementMs < 60_000 ? second : incrementMs < 86_400_000 ? minute : day;
    return splits.map((timeMs) => dateTimeFormat(timeMs, { format }));
  },
};

/** Fills an element with a plot over the time shown, ms, with what happened marked on it. Gives the layer over the plot. */
export function timePlot(
  root: HTMLElement,
  scene: Scene,
  data: uPlot.AlignedData,
  { axes = [], series, scales, ...options }: Partial<uPlot.Options> & Pick<uPlot.Options, 'series'>,
): HTMLElement {
  const { fromMs, toMs } = scene.range;
  const { over } = new uPlot(
    {
      width: root.clientWidth,
      height: root.clientHeight,
      ms: 1,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { points: { size: 6 }, drag: { x: false, y: false } },
      ...options,
      scales: { x: { range: () => [fromMs, toMs] }, ...scales },
      axes: [TIME_AXIS, ...axes],
      series: [{}, ...series],
    },
    data,
    root,
  );
  over.append(...annotationMarks(scene));
  return over;
}

/** A dashed line where something happened, a shade where it went on. */
function annotationMarks({ annotations, range }: Scene): readonly HTMLElement[] {
  return annotations
    .filter(({ fromMs, toMs }) => toMs >= range.fromMs && fromMs <= range.toMs)
    .map((event) => {
      const borderColor = THEME.visualization.getColorByName(event.color);
      const background = event.toMs > event.fromMs ? colorManipulator.alpha(borderColor, 0.1) : '';
      return element('div', {
        class: 'annotation',
        title: `${event.title}\n${event.text}\n${dateTimeFormat(event.fromMs)}`,
        style: { ...spanStyle(event, range), borderColor, background },
      });
    });
}

/** Where a stretch of time is on an axis that shows this range. */
export function spanStyle(
  { fromMs, toMs }: TimeRange,
  range: TimeRange,
): { readonly left: string; readonly width: string } {
  const [from, to] = [Math.max(fromMs, range.fromMs), Math.min(toMs, range.toMs)];
  const percent = 100 / (range.toMs - range.fromMs);
  return { left: `${(from - range.fromMs) * percent}%`, width: `${Math.max(0, to - from) * percent}%` };
}
