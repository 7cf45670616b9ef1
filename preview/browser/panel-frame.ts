import type { Box } from '../grafana/layout.ts';
import { element } from './element.ts';

/**
 * How a panel fared. `empty` is a panel whose queries returned nothing and that says nothing about that itself;
 * `told-empty` is one for which returning nothing is an answer (`noValue`).
 */
export type PanelState = 'drawn' | 'told-empty' | 'empty' | 'failed' | 'not-understood';

/** A panel on the page: its header, and where it is drawn. */
export interface PanelFrame {
  readonly root: HTMLElement;
  readonly body: HTMLElement;
  readonly bodyBox: { readonly width: number; readonly height: number };
  settle(state: PanelState): void;
}

const HEADER_HEIGHT = 32;
/** Padding of the body on each side and the border, px. */
const PADDING = 9;

/** The frame of a panel at its place. */
export function panelFrame(
  box: Box,
  { title, description, isTransparent }: { title: string; description: string; isTransparent: boolean },
): PanelFrame {
  const header = element('header', { class: 'panel-header' }, [element('h2', { text: title })]);
  if (description !== '') {
    header.append(element('span', { class: 'panel-info', text: 'i', title: description }));
  }
  const height = box.height - (title === '' ? 0 : HEADER_HEIGHT) - 2 * PADDING;
  const bodyBox = { width: box.width - 2 * PADDING, height };
  const body = element('div', {
    class: 'panel-body',
    style: { width: `${bodyBox.width}px`, height: `${bodyBox.height}px` },
  });
  const root = element(
    'section',
    {
      class: isTransparent ? 'panel panel-transparent' : 'panel',
      data: { panelTitle: title, panelState: 'loading' },
      style: {
        left: `${box.left}px`,
        top: `${box.top}px`,
        width: `${box.width}px`,
        height: `${box.height}px`,
      },
    },
    title === '' ? [body] : [header, body],
  );
  return {
    root,
    body,
    bodyBox,
    settle: (state) => {
      root.dataset.panelState = state;
    },
  };
}

/** A message instead of a drawing. */
export function showMessage(body: HTMLElement, lines: readonly string[], className = 'panel-message'): void {
  body.replaceChildren(
    element(
      'div',
      { class: className },
      lines.map((text) => element('p', { text })),
    ),
  );
}
