import { dataLink, type DataLink } from '../links.ts';
import { instantQueries, type QuerySource } from '../query.ts';
import { bargauge, common } from '../sdk.ts';
import { byThresholds, plainThresholds } from './looks.ts';
import { framed, type PanelFrame } from './panel-frame.ts';

type Bars = InstanceType<typeof bargauge.PanelBuilder>;

export interface BarsOptions extends PanelFrame {
  readonly query: QuerySource;
  readonly unit: string;
  readonly color: string;
  readonly link?: DataLink;
}

/** A bar a series with its number, as of the end of the time shown: for totals, which a line cannot tell. */
export function bars({ query, unit, color, link, ...frame }: BarsOptions): Bars {
  const panel = framed(new bargauge.PanelBuilder(), frame)
    .targets(instantQueries([query]))
    .unit(unit)
    .decimals(0)
    .min(0)
    .thresholds(plainThresholds(color))
    .colorScheme(byThresholds())
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Text)
    .showUnfilled(true)
    .orientation(common.VizOrientation.Horizontal)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
  return link === undefined ? panel : panel.dataLinks([dataLink(link)]);
}
