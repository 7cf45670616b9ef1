import { instantQueries, type QuerySource } from '../query.ts';
import { common, stat, type DynamicConfigValue, type ValueMapping } from '../sdk.ts';
import { byThresholds, forQuery, thresholds } from './looks.ts';
import { framed, type PanelFrame } from './panel-frame.ts';

type Stat = InstanceType<typeof stat.PanelBuilder>;

type Steps = Parameters<typeof thresholds>[0];

export interface StatOptions extends PanelFrame {
  readonly queries: readonly QuerySource[];
  readonly unit: string;
  readonly decimals?: number;
  readonly steps: Steps;
  readonly mappings?: readonly ValueMapping[];
  /** Settings for what the query of that letter returns. */
  readonly byQuery?: Readonly<Record<string, DynamicConfigValue[]>>;
  /** `value` unless said otherwise: the number alone, its name too, or only the name. */
  readonly show?: 'value' | 'value_and_name' | 'name';
  /** `value` unless said otherwise: what has the colour. */
  readonly colored?: 'value' | 'background' | 'nothing';
}

const TEXT_MODES = {
  value: common.BigValueTextMode.Value,
  value_and_name: common.BigValueTextMode.ValueAndName,
  name: common.BigValueTextMode.Name,
} as const;

const COLOR_MODES = {
  value: common.BigValueColorMode.Value,
  background: common.BigValueColorMode.BackgroundSolid,
  nothing: common.BigValueColorMode.None,
} as const;

/** A tile a series, as of the end of the time shown. */
export function statTiles({
  queries,
  unit,
  decimals,
  steps,
  mappings = [],
  byQuery = {},
  show = 'value',
  colored = 'value',
  ...frame
}: StatOptions): Stat {
  const panel = framed(new stat.PanelBuilder(), frame)
    .targets(instantQueries(queries))
    .unit(unit)
    .mappings([...mappings])
    .thresholds(thresholds(steps))
    .colorScheme(byThresholds())
    .overrides(Object.entries(byQuery).map(([refId, properties]) => forQuery(refId, properties)))
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(COLOR_MODES[colored])
    .textMode(TEXT_MODES[show])
    .justifyMode(common.BigValueJustifyMode.Center)
    .orientation(common.VizOrientation.Auto)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
  return decimals === undefined ? panel : panel.decimals(decimals);
}
