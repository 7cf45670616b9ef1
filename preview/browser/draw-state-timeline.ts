import { textColorOn, withAlpha } from '../grafana/color.ts';
import { displayValue, type DisplayContext } from '../grafana/display.ts';
import type { StateTimelineFieldConfig } from '../grafana/field-config-schema.ts';
import type { StateTimelinePanel } from '../grafana/panel-schema.ts';
import { resolveFields, type ResolvedField } from '../grafana/resolve-fields.ts';
import { stateRegions, type Region } from '../grafana/state-regions.ts';
import { timeTicks } from '../grafana/time-ticks.ts';
import { formattedText } from '../grafana/value-format.ts';
import { annotationMarks } from './annotation-marks.ts';
import type { Draw, Drawing } from './drawing.ts';
import { drawNothing } from './draw-nothing.ts';
import { element } from './element.ts';
import { textWidth } from './measure-text.ts';
import { linkedText } from './value-link.ts';
import type { Scene } from './scene.ts';

/** A series of the timeline. */
interface Row {
  readonly resolved: ResolvedField<StateTimelineFieldConfig['defaults']>;
  readonly timesMs: readonly number[];
  readonly stepMs: number | undefined;
}

const AXIS_HEIGHT = 24;
const PAGES_HEIGHT = 28;
const FONT_SIZE = 12;
const AXIS_PADDING = 10;
const RIGHT_PADDING = 8;
/** Grafana's, where the panel says nothing. */
const FILL_OPACITY = 70;

/** A row a series, with a box for each stretch of time in which it had one value. */
export const drawStateTimeline: Draw<StateTimelinePanel> = (drawing) => {
  const rows = timelineRows(drawing);
  if (rows.length === 0) return drawNothing(drawing.body, drawing.panel.fieldConfig.defaults.noValue);
  showPage(drawing, rows, 0);
  return 'drawn';
};

function timelineRows({ panel, frames }: Drawing<StateTimelinePanel>): readonly Row[] {
  return resolveFields(frames, panel.fieldConfig).flatMap((frame) => {
    const time = frame.find(({ field }) => field.type === 'time')?.field;
    if (time === undefined) return [];
    return frame
      .filter(({ field }) => field.type !== 'time')
      .map((resolved) => ({ resolved, timesMs: time.values.map(Number), stepMs: time.facts.stepMs }));
  });
}

function showPage(drawing: Drawing<StateTimelinePanel>, rows: readonly Row[], page: number): void {
  const { panel, body, box, scene } = drawing;
  const { perPage } = panel.options;
  const size = perPage === null || perPage < 1 ? rows.length : perPage;
  const pages = Math.ceil(rows.length / size);
  const shown = rows.slice(page * size, (page + 1) * size);
  const height = box.height - AXIS_HEIGHT - (pages > 1 ? PAGES_HEIGHT : 0);
  const longest = Math.max(...shown.map(({ resolved }) => textWidth(resolved.name, FONT_SIZE)));
  const axisWidth =
    panel.fieldConfig.defaults.custom?.axisWidth ?? Math.min(box.width * 0.4, longest + AXIS_PADDING);
  const plotWidth = box.width - axisWidth - RIGHT_PADDING;
  const parts = shown.map((row) =>
    timelineRow(row, { drawing, axisWidth, plotWidth, height: height / shown.length }),
  );
  const plotBox = { left: axisWidth, width: plotWidth, height };
  const children: Node[] = [
    element('div', { class: 'timeline-rows', style: { height: `${height}px` } }, [
      ...parts,
      annotationMarks(scene, plotBox),
    ]),
    timeAxis(scene, plotBox),
  ];
  if (pages > 1)
    children.push(
      pageChoice({
        page,
        pages,
        choose: (next) => {
          showPage(drawing, rows, next);
        },
      }),
    );
  body.replaceChildren(...children);
}

function pageChoice({
  page,
  pages,
  choose,
}: {
  page: number;
  pages: number;
  choose: (page: number) => void;
}): HTMLElement {
  const buttons = Array.from({ length: pages }, (_, index) => {
    const button = element('button', {
      text: String(index + 1),
      class: index === page ? 'page page-current' : 'page',
    });
    button.addEventListener('click', () => {
      choose(index);
    });
    return button;
  });
  return element('nav', { class: 'pages' }, buttons);
}

function timelineRow(
  { resolved, timesMs, stepMs }: Row,
  layout: {
    readonly drawing: Drawing<StateTimelinePanel>;
    readonly axisWidth: number;
    readonly plotWidth: number;
    readonly height: number;
  },
): HTMLElement {
  const { panel, scene } = layout.drawing;
  const { options } = panel;
  const display: DisplayContext = {
    nowMs: scene.nowMs,
    timeZone: scene.timeZone,
    defaultColorMode: 'thresholds',
  };
  const regions = stateRegions({
    timesMs,
    values: resolved.field.values,
    stepMs,
    range: scene.range,
    mergeValues: options.mergeValues,
  });
  const boxes = regions.map((region) => regionBox(region, { ...layout, resolved, display }));
  const name = linkedText(
    resolved.name,
    resolved.settings.links,
    { seriesName: resolved.name, labels: resolved.field.labels ?? {} },
    scene,
  );
  name.classList.add('timeline-name');
  name.title = resolved.name;
  name.style.width = `${layout.axisWidth - AXIS_PADDING}px`;
  const plot = element(
    'div',
    {
      class: 'timeline-plot',
      style: {
        left: `${layout.axisWidth}px`,
        width: `${layout.plotWidth}px`,
        height: `${layout.height * options.rowHeight}px`,
      },
    },
    boxes,
  );
  return element(
    'div',
    { class: 'timeline-row', data: { name: resolved.name }, style: { height: `${layout.height}px` } },
    [name, plot],
  );
}

function regionBox(
  { fromMs, toMs, value }: Region,
  context: {
    readonly drawing: Drawing<StateTimelinePanel>;
    readonly plotWidth: number;
    readonly height: number;
    readonly resolved: Row['resolved'];
    readonly display: DisplayContext;
  },
): HTMLElement {
  const { drawing, plotWidth, height, resolved, display } = context;
  const { range } = drawing.scene;
  const perMs = plotWidth / (range.toMs - range.fromMs);
  const width = (toMs - fromMs) * perMs;
  const shown = displayValue(resolved, value, display);
  const text = formattedText(shown);
  const { showValue, alignValue } = drawing.panel.options;
  const fits = textWidth(text, FONT_SIZE) + 8 <= width && height >= FONT_SIZE + 2;
  const opacity = (resolved.settings.custom?.fillOpacity ?? FILL_OPACITY) / 100;
  return element('div', {
    class: `timeline-box align-${alignValue}`,
    text: showValue === 'always' || (showValue === 'auto' && fits) ? text : '',
    title: `${resolved.name}: ${text}, ${new Date(fromMs).toLocaleTimeString()} to ${new Date(toMs).toLocaleTimeString()}`,
    data: { value: text },
    style: {
      left: `${(fromMs - range.fromMs) * perMs}px`,
      width: `${Math.max(1, width)}px`,
      background: withAlpha(shown.color, opacity),
      color: textColorOn(shown.color),
    },
  });
}

function timeAxis(scene: Scene, plot: { readonly left: number; readonly width: number }): HTMLElement {
  const { fromMs, toMs } = scene.range;
  const ticks = timeTicks(scene.range, Math.floor(plot.width / 90), scene.timeZone);
  return element(
    'div',
    { class: 'time-axis', style: { height: `${AXIS_HEIGHT}px` } },
    ticks.map(({ timeMs, label }) =>
      element('span', {
        text: label,
        style: { left: `${plot.left + (plot.width * (timeMs - fromMs)) / (toMs - fromMs)}px` },
      }),
    ),
  );
}
