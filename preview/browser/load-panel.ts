import { interpolateText } from '../grafana/interpolate.ts';
import type { Box } from '../grafana/layout.ts';
import { panelQueries, queryFrames, type PanelQuery } from '../grafana/panel-queries.ts';
import type { Panel } from '../grafana/panel-schema.ts';
import type { Frame } from '../grafana/frame.ts';
import { transformAll } from '../grafana/transform.ts';
import { drawBarGauge } from './draw-bar-gauge.ts';
import type { Drawing } from './drawing.ts';
import { drawStat } from './draw-stat.ts';
import { drawStateTimeline } from './draw-state-timeline.ts';
import { drawTable } from './draw-table.ts';
import { drawTimeSeries } from './draw-time-series.ts';
import { panelFrame, showMessage, type PanelFrame, type PanelState } from './panel-frame.ts';
import { instantQuery, rangeQuery } from './prometheus.ts';
import type { Scene } from './scene.ts';

/** The frame of the panel at once, and its drawing when the queries have returned. */
export function placePanel(
  panel: Panel,
  box: Box,
  scene: Scene,
): { readonly frame: PanelFrame; readonly drawn: Promise<void> } {
  const frame = panelFrame(box, {
    title: interpolateText(panel.title, scene.variables).text,
    description: interpolateText(panel.description, scene.variables).text,
    isTransparent: panel.transparent,
  });
  return { frame, drawn: drawPanel(panel, frame, scene) };
}

async function drawPanel(panel: Panel, frame: PanelFrame, scene: Scene): Promise<void> {
  try {
    const queries = panelQueries(panel, {
      range: scene.range,
      variables: scene.variables,
      scrapeIntervalMs: scene.scrapeIntervalMs,
      widthPx: Math.round(frame.bodyBox.width),
    });
    const unresolved = queries.flatMap((query) => query.unresolved);
    if (unresolved.length > 0) {
      showMessage(frame.body, [`Not understood: ${unresolved.join(', ')}`], 'panel-message not-understood');
      frame.settle('not-understood');
      return;
    }
    const frames = transformAll(await runQueries(queries), panel.transformations);
    frame.settle(draw(panel, { frames, scene, body: frame.body, box: frame.bodyBox }));
  } catch (error: unknown) {
    showMessage(frame.body, [error instanceof Error ? error.message : String(error)], 'panel-message failed');
    frame.settle('failed');
  }
}

async function runQueries(queries: readonly PanelQuery[]): Promise<readonly Frame[]> {
  const results = await Promise.all(
    queries.map(async (query) =>
      query.kind === 'instant'
        ? instantQuery(query.expr, query.timeMs)
        : rangeQuery(query.expr, query.range, query.stepMs),
    ),
  );
  return queries.flatMap((query, index) => {
    const result = results[index];
    return result === undefined ? [] : queryFrames(query, result, queries);
  });
}

function draw(panel: Panel, drawing: Omit<Drawing<Panel>, 'panel'>): PanelState {
  switch (panel.type) {
    case 'stat':
      return drawStat({ ...drawing, panel });
    case 'bargauge':
      return drawBarGauge({ ...drawing, panel });
    case 'timeseries':
      return drawTimeSeries({ ...drawing, panel });
    case 'state-timeline':
      return drawStateTimeline({ ...drawing, panel });
    case 'table':
      return drawTable({ ...drawing, panel });
    default:
      return panel satisfies never;
  }
}
