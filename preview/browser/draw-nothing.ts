import type { PanelState } from './panel-frame.ts';
import { showMessage } from './panel-frame.ts';

/** What a panel shows whose queries returned nothing: what it says to that, else that there is no data. */
export function drawNothing(body: HTMLElement, noValue: string | undefined): PanelState {
  showMessage(body, [noValue ?? 'No data']);
  return noValue === undefined ? 'empty' : 'told-empty';
}
