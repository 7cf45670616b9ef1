import {
  LINE_COLORS,
  LINE_DASHES,
  PLAIN_COLORS,
  STATE_LOOKS,
  STATES_WORST_FIRST,
} from '../node-state-look.ts';
import { common, dashboard, type DynamicConfigValue, type ValueMapping } from '../sdk.ts';

/** What a number is shown as. */
export interface ValueLook {
  readonly value: number;
  readonly text: string;
  readonly color: string;
}

/** Shows these numbers as text in a colour. */
export function valueMapping(looks: readonly ValueLook[]): ValueMapping {
  const options = Object.fromEntries(
    looks.map(({ value, text, color }, index) => [String(value), { text, color, index }]),
  );
  return { type: dashboard.MappingType.ValueToText, options };
}

/** Shows the number of a state as its name. */
export const STATE_MAPPING = valueMapping(
  STATES_WORST_FIRST.map((state) => {
    const { number, text, color } = STATE_LOOKS[state];
    return { value: number, text, color };
  }),
);

/** A viewpoint that has nothing to say. */
export const NOT_SEEN: ValueLook = { value: -1, text: 'not seen', color: PLAIN_COLORS.quiet };

interface Override {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: DynamicConfigValue[];
}

/** Settings for what the query `refId` returns. */
export function forQuery(refId: string, properties: DynamicConfigValue[]): Override {
  return { matcher: { id: 'byFrameRefID', options: refId }, properties };
}

/** Settings for the field of that name, after renaming. */
export function forField(name: string, properties: DynamicConfigValue[]): Override {
  return { matcher: { id: 'byName', options: name }, properties };
}

/**
 * A colour and a dash for each of these lines: the same one in every panel, however many of them are there. With more
 * lines than colours the colours begin again with other dashes.
 */
export function lineLooks(names: readonly string[]): Override[] {
  return names.map((name, index) => {
    const dash = LINE_DASHES[Math.floor(index / LINE_COLORS.length) % LINE_DASHES.length] ?? [];
    return forField(name, [
      { id: 'color', value: { mode: 'fixed', fixedColor: LINE_COLORS[index % LINE_COLORS.length] } },
      ...(dash.length === 0 ? [] : [{ id: 'custom.lineStyle', value: { fill: 'dash', dash: [...dash] } }]),
    ]);
  });
}

/** One colour whatever the value: where a mapping or an override says otherwise, that one counts. */
export function plainThresholds(color: string): InstanceType<typeof dashboard.ThresholdsConfigBuilder> {
  return thresholds([{ from: null, color }]);
}

/** The colour of a value is that of the last step at or below it. */
export function thresholds(
  steps: readonly { readonly from: number | null; readonly color: string }[],
): InstanceType<typeof dashboard.ThresholdsConfigBuilder> {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from, color })));
}

/** Colours by thresholds. */
export function byThresholds(): InstanceType<typeof dashboard.FieldColorBuilder> {
  return new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds);
}

/** Every line of the panel at the mouse, the highest first. */
export function sharedTooltip(): InstanceType<typeof common.VizTooltipOptionsBuilder> {
  return new common.VizTooltipOptionsBuilder()
    .mode(common.TooltipDisplayMode.Multi)
    .sort(common.SortOrder.Descending);
}
