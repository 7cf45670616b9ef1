import { dataLink, type DataLink } from '../links.ts';
import { rangeQueries, type QuerySource } from '../query.ts';
import { common, dashboard, timeseries } from '../sdk.ts';
import { lineLooks, sharedTooltip } from './looks.ts';
import { AXIS_WIDTH, framed, type PanelFrame } from './panel-frame.ts';

type TimeSeries = InstanceType<typeof timeseries.PanelBuilder>;

export interface TimeSeriesOptions extends PanelFrame {
  readonly queries: readonly QuerySource[];
  /** Of Grafana's units. */
  readonly unit: string;
  readonly decimals?: number;
  /** Every line that there can be, where that is known: then each has its own colour and dash. */
  readonly lines?: readonly string[];
  /** `lines` unless said otherwise; `stacked` for events of several kinds that add up. */
  readonly style?: 'lines' | 'stacked';
  /** What the legend tells of each line. */
  readonly calcs?: readonly ('lastNotNull' | 'max' | 'mean')[];
  readonly legend?: 'bottom' | 'right';
  readonly link?: DataLink;
}

/** A line a series. */
export function timeSeries({
  queries,
  unit,
  decimals,
  lines = [],
  style = 'lines',
  calcs = ['lastNotNull', 'max'],
  legend = 'right',
  link,
  ...frame
}: TimeSeriesOptions): TimeSeries {
  const panel = framed(new timeseries.PanelBuilder(), frame)
    .targets(rangeQueries(queries))
    .unit(unit)
    .min(0)
    .overrides(lineLooks(lines))
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassic))
    .drawStyle(common.GraphDrawStyle.Line)
    .lineInterpolation(common.LineInterpolation.Linear)
    .lineWidth(1)
    .fillOpacity(style === 'stacked' ? 40 : 0)
    .stacking(
      new common.StackingConfigBuilder()
        .mode(style === 'stacked' ? common.StackingMode.Normal : common.StackingMode.None)
        .group('A'),
    )
    .showPoints(common.VisibilityMode.Auto)
    .pointSize(4)
    .axisWidth(AXIS_WIDTH)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(legend === 'right' ? common.LegendPlacement.Right : common.LegendPlacement.Bottom)
        .calcs([...calcs])
        .sortBy(calcs.includes('max') ? 'Max' : 'Last *')
        .sortDesc(true),
    )
    .tooltip(sharedTooltip());
  if (decimals !== undefined) panel.decimals(decimals);
  return link === undefined ? panel : panel.dataLinks([dataLink(link)]);
}
