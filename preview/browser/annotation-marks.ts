import { withAlpha } from '../grafana/color.ts';
import { element } from './element.ts';
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
      const width = positionOf(Math.min(toMs, range.toMs)) - left;
      return element('div', {
        class: 'annotation',
        title: [title, text, new Date(fromMs).toLocaleTimeString()].filter((line) => line !== '').join('\n'),
        style: {
          left: `${left}px`,
          width: `${Math.max(0, width)}px`,
          borderColor: color,
          background: width > 0 ? withAlpha(color, 0.1) : 'transparent',
        },
      });
    });
  return element(
    'div',
    {
      class: 'annotations',
      style: { left: `${plot.left}px`, width: `${plot.width}px`, height: `${plot.height}px` },
    },
    marks,
  );
}
