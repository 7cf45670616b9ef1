import { element } from './element.ts';
import type { Box } from './layout.ts';

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
  /** Says how it went; with a message instead of a drawing where there is one. */
  settle(state: PanelState, message?: readonly string[]): void;
}

const HEADER_HEIGHT = 32;
/** Padding of the body on each side and the border, px. */
const PADDING = 9;

/** The frame of a panel at its place. */
export function panelFrame(
  box: Box,
  { title, description, isTransparent }: { title: string; description: string; isTransparent: boolean },
): PanelFrame {
  const header = element('header', { class: 'panel-header' }, [
    element('h2', { text: title }),
    ...(description === '' ? [] : [element('span', { class: 'panel-info', text: 'i', title: description })]),
  ]);
  const height = box.height - (title === '' ? 0 : HEADER_HEIGHT) - 2 * PADDING;
  const bodyBox = { width: box.width - 2 * PADDING, height };
  const body = element('div', { class: 'panel-body', box: bodyBox });
  const root = element(
    'section',
    {
      class: isTransparent ? 'panel panel-transparent' : 'panel',
      data: { panelTitle: title, panelState: 'loading' },
      box,
    },
    title === '' ? [body] : [header, body],
  );
  return {
    root,
    body,
    bodyBox,
    settle: (state, message) => {
      root.dataset.panelState = state;
      if (message === undefined) return;
      const lines = message.map((text) => element('p', { text }));
      body.replaceChildren(element('div', { class: `panel-message ${state}` }, lines));
    },
  };
}
