import { colorManipulator } from '@grafana/data';
import { annotationMarks } from './annotation-marks.ts';
import type { Drawing } from './drawing.ts';
import { element, linkedText } from './element.ts';
import { customOf, fieldsOf, isTime, shown, stepOf, textOn, timesOf, type DrawnField } from './fields.ts';
import { textWidth } from './measure-text.ts';
import { stateRegions, type Region } from './state-regions.ts';
import { timeTicks } from './time-ticks.ts';

const AXIS_HEIGHT = 24;
const FONT_SIZE = 12;
const AXIS_PADDING = 10;
const RIGHT_PADDING = 8;
/** Grafana's, where the panel says nothing. */
const FILL_OPACITY = 70;

/** A row a series, with a box for each stretch of time in which it had one value. */
export function drawStateTimeline(drawing: Drawing<'state-timeline'>): void {
  const { panel, frames, body, box, scene } = drawing;
  const rows = fieldsOf(frames, (field) => !isTime(field));
  const { axisWidth } = panel.fieldConfig.defaults.custom ?? {};
  const longest = Math.max(...rows.map(({ name }) => textWidth(name, FONT_SIZE)));
  const left = axisWidth ?? Math.min(box.width * 0.4, longest + AXIS_PADDING);
  const plot = { left, width: box.width - left - RIGHT_PADDING, height: box.height - AXIS_HEIGHT };
  const parts = rows.map((row) => timelineRow(row, drawing, { ...plot, height: plot.height / rows.length }));
  const perMs = plot.width / (scene.range.toMs - scene.range.fromMs);
  const ticks = timeTicks(scene, Math.floor(plot.width / 90)).map(({ timeMs, label }) =>
    element('span', { text: label, box: { left: left + (timeMs - scene.range.fromMs) * perMs } }),
  );
  body.replaceChildren(
    element('div', { class: 'timeline-rows', box: { height: plot.height } }, [
      ...parts,
      annotationMarks(scene, plot),
    ]),
    element('div', { class: 'time-axis', box: { height: AXIS_HEIGHT } }, ticks),
  );
}

interface RowBox {
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

function timelineRow(row: DrawnField, drawing: Drawing<'state-timeline'>, box: RowBox): HTMLElement {
  const { field, frame, name } = row;
  const { rowHeight } = drawing.panel.options;
  const regions = stateRegions({
    timesMs: timesOf(frame),
    values: field.values,
    stepMs: stepOf(frame),
    range: drawing.scene.range,
  });
  const heading = linkedText(name, field.getLinks?.({}) ?? []);
  heading.classList.add('timeline-name', 'cut');
  heading.style.width = `${box.left - AXIS_PADDING}px`;
  const plotBox = { left: box.left, width: box.width, height: box.height * rowHeight };
  const boxes = regions.map((region) => regionBox(region, row, drawing, box));
  return element('div', { class: 'timeline-row', data: { name }, box: { height: box.height } }, [
    heading,
    element('div', { class: 'timeline-plot', box: plotBox }, boxes),
  ]);
}

function regionBox(
  { fromMs, toMs, value }: Region,
  drawn: DrawnField,
  { scene: { range } }: Drawing<'state-timeline'>,
  box: RowBox,
): HTMLElement {
  const perMs = box.width / (range.toMs - range.fromMs);
  const width = (toMs - fromMs) * perMs;
  const { text, color } = shown(drawn.field, value);
  const fits = textWidth(text, FONT_SIZE) + 8 <= width && box.height >= FONT_SIZE + 2;
  const { fillOpacity = FILL_OPACITY } = customOf(drawn);
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toLocaleTimeString());
  return element('div', {
    class: 'timeline-box',
    text: fits ? text : '',
    title: `${drawn.name}: ${text}, ${from} to ${to}`,
    data: { value: text },
    box: { left: (fromMs - range.fromMs) * perMs, width: Math.max(1, width) },
    style: {
      background: colorManipulator.alpha(color, fillOpacity / 100),
      color: textOn(color),
    },
  });
}
