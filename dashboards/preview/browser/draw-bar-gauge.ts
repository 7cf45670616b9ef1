import { formattedValueToString } from '@grafana/data';
import { reducedValues } from './draw-stat.ts';
import type { Drawing } from './drawing.ts';
import { element, linkedText } from './element.ts';
import { fittingSize, textWidth } from './measure-text.ts';

const GAP = 8;
const LEAST_HEIGHT = 16;
const MOST_HEIGHT = 300;
/** From this height on, the name stands above its bar. */
const NAME_ABOVE = 40;
const NAME_HEIGHT = 20;
const NAME_SIZE = 14;

/** A horizontal bar a series, as long as its value is of the greatest. */
export function drawBarGauge({ panel, frames, body, box }: Drawing<'bargauge'>): void {
  const bars = reducedValues({ panel, frames }).map(({ display, field: { min, max }, getLinks }) => ({
    name: display.title ?? '',
    text: formattedValueToString(display),
    color: display.color ?? '',
    share: shareOf(display.numeric, min ?? 0, max ?? 0),
    links: getLinks?.() ?? [],
  }));
  const each = (box.height - GAP * (bars.length - 1)) / bars.length;
  const height = Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, each));
  const isNameAbove = height > NAME_ABOVE;
  const longestName = Math.max(...bars.map(({ name }) => textWidth(name, NAME_SIZE))) + 12;
  const nameWidth = Math.min(box.width * 0.4, longestName);
  const barHeight = isNameAbove ? height - NAME_HEIGHT : height;
  const room = { width: box.width * 0.2, height: barHeight * 0.7 };
  const size = Math.min(...bars.map(({ text }) => fittingSize(text, room, { least: 11, most: 28 })));
  const valueWidth = Math.max(...bars.map(({ text }) => textWidth(text, size))) + 12;
  const width = box.width - valueWidth - (isNameAbove ? 0 : nameWidth);
  const rows = bars.map(({ name, text, color, share, links }) => {
    const nameBox = isNameAbove ? {} : { width: nameWidth };
    const nameCell = element('div', { class: 'bar-name cut', box: nameBox }, [linkedText(name, links)]);
    const fill = element('div', {
      class: 'bar-fill',
      style: { width: `${share * 100}%`, background: color },
    });
    const track = element('div', { class: 'bar-track', box: { width, height: barHeight } }, [fill]);
    const style = { fontSize: `${size}px` };
    const value = element('div', { class: 'bar-value', text, box: { width: valueWidth }, style });
    const line = element(
      'div',
      { class: 'bar-line' },
      isNameAbove ? [track, value] : [nameCell, track, value],
    );
    const parts = isNameAbove ? [nameCell, line] : [line];
    return element('div', { class: 'bar', data: { name, value: text }, box: { height } }, parts);
  });
  body.replaceChildren(element('div', { class: 'bar-gauge', style: { gap: `${GAP}px` } }, rows));
}

function shareOf(value: number, min: number, max: number): number {
  return max <= min ? 0 : Math.min(1, Math.max(0, (value - min) / (max - min)));
}
