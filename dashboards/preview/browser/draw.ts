import type { Panel } from '../read-dashboard.ts';
import { drawBarGauge } from './draw-bar-gauge.ts';
import { drawStat } from './draw-stat.ts';
import { drawStateTimeline } from './draw-state-timeline.ts';
import { drawTable } from './draw-table.ts';
import { drawTimeSeries } from './draw-time-series.ts';
import type { Drawing } from './drawing.ts';
import { preparedFrames } from './fields.ts';
import { interpolateText } from './interpolate.ts';
import type { Box } from './layout.ts';
import { panelFrame, type PanelFrame } from './panel-frame.ts';
import { NotUnderstoodError, panelFrames } from './queries.ts';
import type { Scene } from './scene.ts';

/** The frame of the panel at once, and its drawing when the queries have returned. */
export function placePanel(
  panel: Panel,
  box: Box,
  scene: Scene,
): { readonly frame: PanelFrame; readonly drawn: Promise<void> } {
  const frame = panelFrame(box, {
    title: interpolateText(panel.title, scene.variables),
    description: interpolateText(panel.description ?? '', scene.variables),
    isTransparent: panel.transparent === true,
  });
  const drawn = drawPanel(panel, frame, scene).catch((error: unknown) => {
    const state = error instanceof NotUnderstoodError ? 'not-understood' : 'failed';
    frame.settle(state, [error instanceof Error ? error.message : String(error)]);
  });
  return { frame, drawn };
}

async function drawPanel(panel: Panel, frame: PanelFrame, scene: Scene): Promise<void> {
  const asked = await panelFrames(panel, scene, Math.round(frame.bodyBox.width));
  const frames = await preparedFrames(panel, asked, scene);
  if (frames.every(({ length }) => length === 0)) {
    const { noValue } = panel.fieldConfig.defaults;
    frame.settle(noValue === undefined ? 'empty' : 'told-empty', [noValue ?? 'No data']);
    return;
  }
  draw(panel, { frames, scene, body: frame.body, box: frame.bodyBox });
  frame.settle('drawn');
}

function draw(panel: Panel, drawing: Omit<Drawing<never>, 'panel'>): void {
  switch (panel.type) {
    case 'stat':
      drawStat({ ...drawing, panel });
      return;
    case 'bargauge':
      drawBarGauge({ ...drawing, panel });
      return;
    case 'timeseries':
      drawTimeSeries({ ...drawing, panel });
      return;
    case 'state-timeline':
      drawStateTimeline({ ...drawing, panel });
      return;
    case 'table':
      drawTable({ ...drawing, panel });
      return;
    default:
      panel satisfies never;
  }
}
