import type { DataFrame } from '@grafana/data';
import type { Panel, PanelOf } from '../read-dashboard.ts';
import type { Scene } from './scene.ts';

/** Where and from what a panel of this type is drawn. */
export interface Drawing<Type extends Panel['type']> {
  readonly panel: PanelOf<Type>;
  readonly frames: DataFrame[];
  readonly body: HTMLElement;
  readonly scene: Scene;
}
