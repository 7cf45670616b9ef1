import type uPlot from 'uplot';
import type { AlignedSeries } from '../grafana/align-series.ts';
import { displayValue, type DisplayContext } from '../grafana/display.ts';
import { formattedText } from '../grafana/value-format.ts';
import { element } from './element.ts';
import type { Line } from './plot-line.ts';

/** The values at the pointer: of all lines, the greatest first, or of the nearest one. */
export function tooltip(
  lines: readonly Line[],
  { timesMs, series }: AlignedSeries,
  display: DisplayContext,
  mode: 'single' | 'multi' | 'none',
): uPlot.Plugin {
  const box = element('div', { class: 'tooltip', style: { display: 'none' } });
  const show = (chart: uPlot): void => {
    const { idx, left = 0, top = 0 } = chart.cursor;
    const timeMs = idx === null || idx === undefined ? undefined : timesMs[idx];
    if (mode === 'none' || idx === null || idx === undefined || timeMs === undefined || left < 0) {
      box.style.display = 'none';
      return;
    }
    const values = lines
      .flatMap((line, index) => {
        const value = series[index]?.[idx];
        return value === null || value === undefined
          ? []
          : [
              {
                line,
                value,
                distance: Math.abs(chart.posToVal(top, chart.series[index + 1]?.scale ?? 'y') - value),
              },
            ];
      })
      .sort((a, b) => (mode === 'multi' ? b.value - a.value : a.distance - b.distance));
    box.replaceChildren(
      element('p', { text: new Date(timeMs).toLocaleTimeString() }),
      ...(mode === 'multi' ? values : values.slice(0, 1)).map(({ line, value }) =>
        element('p', {}, [
          element('span', { class: 'swatch', style: { background: line.color } }),
          element('span', {
            text: `${line.resolved.name}: ${formattedText(displayValue(line.resolved, value, display))}`,
          }),
        ]),
      ),
    );
    Object.assign(box.style, {
      display: values.length === 0 ? 'none' : 'block',
      left: `${left + 12}px`,
      top: `${top + 12}px`,
    });
  };
  return {
    hooks: {
      ready: (chart) => {
        chart.over.append(box);
      },
      setCursor: show,
    },
  };
}
