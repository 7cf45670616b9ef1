import { colorManipulator, dateTimeFormat, getFieldDisplayName, type Field } from '@grafana/data';
import type { CustomOf } from '../read-dashboard.ts';
import type { Drawing } from './drawing.ts';
import { element, linkedText } from './element.ts';
import { filled, shown } from './fields.ts';
import { textWidth } from './measure-text.ts';
import { stateRegions, type Region } from './plot-data.ts';
import { spanStyle, timePlot } from './plot.ts';
import type { TimeRange } from './scene.ts';

const FONT_SIZE = 12;
/** Grafana's, where the panel says nothing. */
const FILL_OPACITY = 70;

/** A row a series, with a box for each stretch of time in which it had one value. */
export function drawStateTimeline({ panel, frames, body, scene }: Drawing<'state-timeline'>): void {
  const { axisWidth = 0 } = panel.fieldConfig.defaults.custom ?? {};
  body.replaceChildren();
  const over = timePlot(body, scene, [[scene.range.fromMs, scene.range.toMs]], {
    series: [],
    padding: [8, 8, 0, axisWidth],
  });
  const share = 100 / frames.length;
  const rows = frames.map((frame, index) => {
    const [, field] = frame.fields;
    if (field === undefined) throw new TypeError('a series has times and values');
    const name = getFieldDisplayName(field, frame, frames);
    const nameStyle = { width: `${axisWidth}px` };
    const heading = element('div', { class: 'timeline-name cut', style: nameStyle }, [
      linkedText(name, field.getLinks?.({})),
    ]);
    const boxes = stateRegions(frame, scene.range).map((region) =>
      regionBox(region, name, field, { range: scene.range, width: body.clientWidth - axisWidth }),
    );
    const style = { height: `${share * panel.options.rowHeight}%`, top: `${share * index}%` };
    return element('div', { class: 'timeline-row', data: { name }, style }, [heading, ...boxes]);
  });
  over.prepend(...rows);
}

function regionBox(
  region: Region,
  name: string,
  field: Field,
  { range, width }: { readonly range: TimeRange; readonly width: number },
): HTMLElement {
  const { text, color } = shown(field, region.value);
  const { fillOpacity = FILL_OPACITY } = (field.config.custom ?? {}) as CustomOf<'state-timeline'>;
  const widthPx = (width * (region.toMs - region.fromMs)) / (range.toMs - range.fromMs);
  const [from, to] = [region.fromMs, region.toMs].map((ms) => dateTimeFormat(ms, { format: 'HH:mm:ss' }));
  return element('div', {
    class: 'timeline-box',
    text: textWidth(text, FONT_SIZE) + 8 <= widthPx ? text : '',
    title: `${name}: ${text}, ${from} to ${to}`,
    data: { value: text },
    style: {
      ...filled(color),
      background: colorManipulator.alpha(color, fillOpacity / 100),
      ...spanStyle(region, range),
    },
  });
}
