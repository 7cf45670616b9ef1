import type { Frame } from '../grafana/frame.ts';
import type { PanelState } from './panel-frame.ts';
import type { Scene } from './scene.ts';

/** Where and from what a panel is drawn. */
export interface Drawing<P> {
  readonly panel: P;
  readonly frames: readonly Frame[];
  readonly body: HTMLElement;
  readonly box: { readonly width: number; readonly height: number };
  readonly scene: Scene;
}

/** Draws a panel into its body and says how that went. */
export type Draw<P> = (drawing: Drawing<P>) => PanelState;
