import { displayValue } from '../grafana/display.ts';
import type { BarGaugePanel } from '../grafana/panel-schema.ts';
import { reducedFields } from '../grafana/reduced-fields.ts';
import { formattedText } from '../grafana/value-format.ts';
import type { Draw } from './drawing.ts';
import { drawNothing } from './draw-nothing.ts';
import { element } from './element.ts';
import { fittingSize, textWidth } from './measure-text.ts';
import { linkedText } from './value-link.ts';

const GAP = 8;
const LEAST_HEIGHT = 16;
const MOST_HEIGHT = 300;
/** From this height on, the name stands above its bar. */
const NAME_ABOVE = 40;
const NAME_HEIGHT = 20;
const NAME_SIZE = 14;

/** A horizontal bar a series, as long as its value is of the greatest. */
export const drawBarGauge: Draw<BarGaugePanel> = ({ panel, frames, body, box, scene }) => {
  const { defaults } = panel.fieldConfig;
  const bars = reducedFields(frames, panel.fieldConfig, panel.options.reduceOptions.calcs).map((reduced) => ({
    ...reduced,
    display: displayValue(reduced.resolved, reduced.value, {
      nowMs: scene.nowMs,
      timeZone: scene.timeZone,
      defaultColorMode: 'thresholds',
    }),
  }));
  if (bars.length === 0) return drawNothing(body, defaults.noValue);
  const numbers = bars.map(({ display }) => display.numeric).filter((value) => Number.isFinite(value));
  const min = defaults.min ?? Math.min(...numbers);
  const max = defaults.max ?? Math.max(...numbers);
  const height = Math.min(
    MOST_HEIGHT,
    Math.max(LEAST_HEIGHT, (box.height - GAP * (bars.length - 1)) / bars.length),
  );
  const isNameAbove = height > NAME_ABOVE;
  const nameWidth = isNameAbove
    ? 0
    : Math.min(
        box.width * 0.4,
        Math.max(...bars.map(({ resolved }) => textWidth(resolved.name, NAME_SIZE))) + 12,
      );
  const barHeight = isNameAbove ? height - NAME_HEIGHT : height;
  const texts = bars.map(({ display }) => formattedText(display));
  const valueSize = Math.min(
    ...texts.map((text) =>
      fittingSize(text, { width: box.width * 0.2, height: barHeight * 0.7 }, { least: 11, most: 28 }),
    ),
  );
  const valueWidth = Math.max(...texts.map((text) => textWidth(text, valueSize))) + 12;
  const barWidth = box.width - nameWidth - valueWidth;
  body.replaceChildren(
    element(
      'div',
      { class: 'bar-gauge', style: { gap: `${GAP}px` } },
      bars.map(({ resolved, display }, index) => {
        const share = max <= min ? 0 : Math.min(1, Math.max(0, (display.numeric - min) / (max - min)));
        const name = linkedText(
          resolved.name,
          resolved.settings.links,
          { seriesName: resolved.name, labels: resolved.field.labels ?? {}, valueText: texts[index] ?? '' },
          scene,
        );
        const nameCell = element(
          'div',
          { class: 'bar-name', style: isNameAbove ? {} : { width: `${nameWidth}px` } },
          [name],
        );
        const track = element(
          'div',
          {
            class: panel.options.showUnfilled ? 'bar-track bar-track-shown' : 'bar-track',
            style: { width: `${barWidth}px`, height: `${barHeight}px` },
          },
          [
            element('div', {
              class: 'bar-fill',
              style: { width: `${share * 100}%`, background: display.color },
            }),
          ],
        );
        const value = element('div', {
          class: 'bar-value',
          text: texts[index] ?? '',
          style: {
            width: `${valueWidth}px`,
            fontSize: `${valueSize}px`,
            color: panel.options.valueMode === 'text' ? 'var(--text)' : display.color,
          },
        });
        return element(
          'div',
          {
            class: isNameAbove ? 'bar bar-name-above' : 'bar',
            data: { name: resolved.name, value: texts[index] ?? '' },
            style: { height: `${height}px` },
          },
          isNameAbove
            ? [nameCell, element('div', { class: 'bar-line' }, [track, value])]
            : [nameCell, track, value],
        );
      }),
    ),
  );
  return 'drawn';
};
