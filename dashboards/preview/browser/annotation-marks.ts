import { colorManipulator } from '@grafana/data';
import { element } from './element.ts';
import { THEME } from './fields.ts';
import type { Scene } from './scene.ts';

/** Annotations over a plot: a dashed line where something happened, a shade where it went on. */
export function annotationMarks(
  { annotations, range }: Scene,
  plot: { readonly left: number; readonly width: number; readonly height: number },
): HTMLElement {
  const positionOf = (timeMs: number): number =>
    (plot.width * (timeMs - range.fromMs)) / (range.toMs - range.fromMs);
  const marks = annotations
    .filter(({ fromMs, toMs }) => toMs >= range.fromMs && fromMs <= range.toMs)
    .map(({ fromMs, toMs, title, text, color }) => {
      const left = positionOf(Math.max(fromMs, range.fromMs));
      const width = Math.max(0, positionOf(Math.min(toMs, range.toMs)) - left);
      const borderColor = THEME.visualization.getColorByName(color);
      const background = width > 0 ? colorManipulator.alpha(borderColor, 0.1) : 'transparent';
      return element('div', {
        class: 'annotation',
        title: [title, text, new Date(fromMs).toLocaleTimeString()].filter((line) => line !== '').join('\n'),
        style: { borderColor, background },
        box: { left, width },
      });
    });
  return element('div', { class: 'annotations', box: plot }, marks);
}
