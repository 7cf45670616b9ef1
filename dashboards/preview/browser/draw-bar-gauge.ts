import { formattedValueToString } from '@grafana/data';
import { reducedValues } from './draw-stat.ts';
import type { Drawing } from './drawing.ts';
import { element, linkedText } from './element.ts';
import { fittingSize } from './measure-text.ts';

const GAP = 8;
const LEAST_HEIGHT = 16;
const MOST_HEIGHT = 300;
/** From this height on, the name stands above its bar. */
const NAME_ABOVE = 40;
const NAME_HEIGHT = 20;

/** A horizontal bar a series, as long as its value is of the greatest. */
export function drawBarGauge({ panel, frames, body }: Drawing<'bargauge'>): void {
  const values = reducedValues({ panel, frames });
  const each = (body.clientHeight - GAP * (values.length - 1)) / values.length;
  const height = Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, each));
  const isNameAbove = height > NAME_ABOVE;
  const barHeight = isNameAbove ? height - NAME_HEIGHT : height;
  const room = { width: body.clientWidth * 0.2, height: barHeight * 0.7 };
  const texts = values.map(({ display }) => formattedValueToString(display));
  const size = Math.min(...texts.map((text) => fittingSize(text, room, { least: 11, most: 28 })));
  const bars = values.map(({ display, getLinks }, index) => {
    const { title = '', color = '', percent = 0 } = display;
    const text = texts[index] ?? '';
    const fill = { width: `${100 * percent}%`, background: color };
    return element('div', { class: 'bar', data: { name: title, value: text } }, [
      element('div', { class: 'bar-name cut' }, [linkedText(title, getLinks?.())]),
      element('div', { class: 'bar-track', style: { height: `${barHeight}px` } }, [
        element('div', { class: 'bar-fill', style: fill }),
      ]),
      element('div', { class: 'number', text, style: { fontSize: `${size}px` } }),
    ]);
  });
  const className = isNameAbove ? 'bar-gauge names-above' : 'bar-gauge';
  body.replaceChildren(element('div', { class: className }, bars));
}
