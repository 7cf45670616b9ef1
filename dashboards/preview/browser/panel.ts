import type { Panel, Tile } from '../read-dashboard.ts';
import { drawBarGauge } from './draw-bar-gauge.ts';
import { drawStat } from './draw-stat.ts';
import { drawStateTimeline } from './draw-state-timeline.ts';
import { drawTable } from './draw-table.ts';
import { drawTimeSeries } from './draw-time-series.ts';
import type { Drawing } from './drawing.ts';
import { element } from './element.ts';
import { preparedFrames } from './fields.ts';
import { NotUnderstoodError } from './interpolate.ts';
import { panelFrames } from './queries.ts';
import type { Scene } from './scene.ts';

/**
 * How a panel fared. `empty` is a panel whose queries returned nothing and that says nothing about that itself;
 * `told-empty` is one for which returning nothing is an answer (`noValue`).
 */
type PanelState = 'drawn' | 'told-empty' | 'empty' | 'failed' | 'not-understood';

const DRAW: { readonly [Type in Panel['type']]: (drawing: Drawing<Type>) => void } = {
  stat: drawStat,
  bargauge: drawBarGauge,
  timeseries: drawTimeSeries,
  'state-timeline': drawStateTimeline,
  table: drawTable,
};

/** Puts the frame of a tile at its place in the grid at once, and in it what it shows when its queries have returned. */
export async function placeTile(tile: Tile, grid: HTMLElement, scene: Scene): Promise<void> {
  const { x, y, w, h } = tile.gridPos;
  const style = { gridArea: `${y + 1} / ${x + 1} / span ${h} / span ${w}` };
  if (tile.kind === 'row') {
    grid.append(element('h3', { text: tile.title, style }));
    return;
  }
  const body = element('div', { class: 'panel-body' });
  const description = tile.kind === 'panel' ? tile.panel.description : '';
  const info = element('span', { class: 'panel-info', text: 'i', title: description });
  const header = [element('h2', { class: 'cut', text: tile.title }), ...(description === '' ? [] : [info])];
  const data = { panelTitle: tile.title, panelState: 'loading' };
  const root = element('section', { class: 'panel', data, style }, [element('header', {}, header), body]);
  grid.append(root);
  const settle = (state: PanelState, message: readonly string[]): void => {
    root.dataset.panelState = state;
    const lines = message.map((text) => element('p', { text }));
    body.replaceChildren(element('div', { class: `panel-message ${state}` }, lines));
  };
  if (tile.kind === 'not-understood') {
    settle('not-understood', tile.problems);
    return;
  }
  const { panel } = tile;
  try {
    const frames = await preparedFrames(panel, await panelFrames(panel, scene, body.clientWidth), scene);
    if (frames.every(({ length }) => length === 0)) {
      const { noValue } = panel.fieldConfig.defaults;
      settle(noValue === undefined ? 'empty' : 'told-empty', [noValue ?? 'No data']);
      return;
    }
    DRAW[panel.type]({ panel, frames, scene, body } as never);
    root.dataset.panelState = 'drawn';
  } catch (error: unknown) {
    settle(error instanceof NotUnderstoodError ? 'not-understood' : 'failed', [(error as Error).message]);
  }
}
