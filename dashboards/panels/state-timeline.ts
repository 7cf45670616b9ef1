import { dataLink, type DataLink } from '../links.ts';
import { PLAIN_COLORS } from '../node-state-look.ts';
import { rangeQueries, refId, type QuerySource } from '../query.ts';
import { common, statetimeline, type ValueMapping } from '../sdk.ts';
import { byThresholds, forQuery, plainThresholds } from './looks.ts';
import { AXIS_WIDTH, framed, type PanelFrame } from './panel-frame.ts';

type StateTimeline = InstanceType<typeof statetimeline.PanelBuilder>;

/** Rows of one query, and what its numbers mean where that differs from the rest of the panel. */
export interface TimelineQuery extends QuerySource {
  readonly mapping?: ValueMapping;
}

export interface StateTimelineOptions extends PanelFrame {
  readonly queries: readonly TimelineQuery[];
  readonly mapping: ValueMapping;
  /** Opened by a click on a row. */
  readonly link?: DataLink;
}

/** A row a series; colour and text by the number that it has. */
export function stateTimeline({ queries, mapping, link, ...frame }: StateTimelineOptions): StateTimeline {
  const panel = framed(new statetimeline.PanelBuilder(), frame)
    .targets(rangeQueries(queries))
    .unit('none')
    .mappings([mapping])
    .overrides(
      queries.flatMap((query, index) =>
        query.mapping === undefined
          ? []
          : [forQuery(refId(index), [{ id: 'mappings', value: [query.mapping] }])],
      ),
    )
    .colorScheme(byThresholds())
    .thresholds(plainThresholds(PLAIN_COLORS.quiet))
    .showValue(common.VisibilityMode.Auto)
    .mergeValues(true)
    .alignValue(common.TimelineValueAlignment.Left)
    .rowHeight(0.85)
    .disablePagination()
    .fillOpacity(90)
    .lineWidth(0)
    .axisWidth(AXIS_WIDTH)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(false)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs([]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Single)
        .sort(common.SortOrder.None),
    );
  return link === undefined ? panel : panel.dataLinks([dataLink(link)]);
}
