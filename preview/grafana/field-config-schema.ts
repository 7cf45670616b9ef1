import { z } from 'zod';
import { isColor } from './color.ts';
import { UNITS, type Unit } from './value-format.ts';

/*
 * What is understood of `fieldConfig`. Every object is strict: a setting that is not listed is not understood, and the
 * panel says so. What is listed without being drawn changes nothing in a picture, or is allowed at its harmless value
 * only.
 */

export const color = z.string().refine(isColor, 'a colour that is not understood');

const unit = z
  .string()
  .refine((text) => UNITS.has(text), 'a unit that is not understood') as unknown as z.ZodType<Unit>;

const mappingResult = z.strictObject({
  text: z.string().optional(),
  color: color.optional(),
  index: z.number().optional(),
});

const mapping = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('value'), options: z.record(z.string(), mappingResult) }),
  z.strictObject({
    type: z.literal('range'),
    options: z.strictObject({
      from: z.number().nullable(),
      to: z.number().nullable(),
      result: mappingResult,
    }),
  }),
  z.strictObject({
    type: z.literal('regex'),
    options: z.strictObject({ pattern: z.string(), result: mappingResult }),
  }),
  z.strictObject({
    type: z.literal('special'),
    options: z.strictObject({
      match: z.enum(['true', 'false', 'null', 'nan', 'null+nan', 'empty']),
      result: mappingResult,
    }),
  }),
]);

const thresholds = z.strictObject({
  mode: z.literal('absolute'),
  steps: z.array(z.strictObject({ value: z.number().nullable(), color })).min(1),
});

const fieldColor = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('fixed'), fixedColor: color }),
  z.strictObject({ mode: z.literal('thresholds') }),
  z.strictObject({ mode: z.literal('palette-classic') }),
]);
export type FieldColor = z.infer<typeof fieldColor>;

/** A link of a value. */
export const dataLink = z.strictObject({
  title: z.string(),
  url: z.string(),
  targetBlank: z.boolean().optional(),
  // What the SDK writes because one type serves links of dashboards, too.
  type: z.literal('link').optional(),
  icon: z.string().optional(),
  tooltip: z.string().optional(),
  tags: z.array(z.string()).max(0).optional(),
  asDropdown: z.literal(false).optional(),
  includeVars: z.literal(false).optional(),
  keepTime: z.literal(false).optional(),
});
export type DataLink = z.infer<typeof dataLink>;

const nothing = z.strictObject({});

const hideFrom = z.strictObject({ tooltip: z.boolean(), legend: z.literal(false), viz: z.literal(false) });

const timeseriesCustom = z.strictObject({
  drawStyle: z.literal('line').optional(),
  lineInterpolation: z.enum(['linear', 'smooth', 'stepBefore', 'stepAfter']).optional(),
  lineWidth: z.number().optional(),
  lineStyle: z
    .strictObject({ fill: z.enum(['solid', 'dash']).optional(), dash: z.array(z.number()).optional() })
    .optional(),
  fillOpacity: z.number().optional(),
  gradientMode: z.literal('none').optional(),
  showPoints: z.enum(['auto', 'always', 'never']).optional(),
  pointSize: z.number().optional(),
  spanNulls: z.boolean().optional(),
  insertNulls: z.literal(false).optional(),
  stacking: z
    .strictObject({ mode: z.enum(['none', 'normal']).optional(), group: z.string().optional() })
    .optional(),
  axisPlacement: z.enum(['auto', 'left', 'right', 'hidden']).optional(),
  axisLabel: z.literal('').optional(),
  axisSoftMin: z.number().optional(),
  axisSoftMax: z.number().optional(),
  axisWidth: z.number().optional(),
  scaleDistribution: z.strictObject({ type: z.literal('linear') }).optional(),
  thresholdsStyle: z.strictObject({ mode: z.literal('off') }).optional(),
  hideFrom: hideFrom.optional(),
});

const stateTimelineCustom = z.strictObject({
  lineWidth: z.literal(0).optional(),
  fillOpacity: z.number().optional(),
  spanNulls: z.literal(false).optional(),
  insertNulls: z.literal(false).optional(),
  axisPlacement: z.literal('auto').optional(),
  axisWidth: z.number().optional(),
  hideFrom: hideFrom.optional(),
});

const tableCustom = z.strictObject({
  width: z.number().optional(),
  minWidth: z.number().optional(),
  align: z.enum(['auto', 'left', 'center', 'right']).optional(),
  hidden: z.boolean().optional(),
  inspect: z.boolean().optional(),
  filterable: z.boolean().optional(),
  cellOptions: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('auto'), wrapText: z.boolean().optional() }),
      z.strictObject({ type: z.literal('color-text'), wrapText: z.boolean().optional() }),
      z.strictObject({
        type: z.literal('color-background'),
        mode: z.literal('basic'),
        applyToRow: z.literal(false).optional(),
        wrapText: z.boolean().optional(),
      }),
    ])
    .optional(),
});

/** `fieldConfig` settings of a panel type whose own ones are `custom`. All may be absent: an override sets a few. */
function fieldSettings<Custom extends z.ZodType>(custom: Custom) {
  return z.strictObject({
    unit: unit.optional(),
    decimals: z.number().int().optional(),
    // A name with references would have to be resolved for each series.
    displayName: z
      .string()
      .regex(/^[^$]*$/, 'a name with references is not understood')
      .optional(),
    description: z.string().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    noValue: z.string().optional(),
    mappings: z.array(mapping).optional(),
    thresholds: thresholds.optional(),
    color: fieldColor.optional(),
    links: z.array(dataLink).optional(),
    filterable: z.boolean().optional(),
    fieldMinMax: z.literal(false).optional(),
    custom: custom.optional(),
  });
}

const matcher = z.discriminatedUnion('id', [
  z.strictObject({ id: z.literal('byName'), options: z.string() }),
  z.strictObject({ id: z.literal('byRegexp'), options: z.string() }),
  z.strictObject({ id: z.literal('byFrameRefID'), options: z.string() }),
  z.strictObject({ id: z.literal('byType'), options: z.enum(['time', 'number', 'string']) }),
]);
export type Matcher = z.infer<typeof matcher>;

const properties = z.array(z.strictObject({ id: z.string(), value: z.unknown().optional() }));

/** `[{id: 'custom.width', value: 90}]` as `{custom: {width: 90}}`. */
function propertiesAsSettings(list: z.infer<typeof properties>): unknown {
  const settings: Record<string, unknown> = {};
  for (const { id, value } of list) {
    const [head = '', ...rest] = id.split('.');
    if (rest.length === 0) settings[head] = value;
    else
      settings[head] = {
        ...(settings[head] as Record<string, unknown> | undefined),
        [rest.join('.')]: value,
      };
  }
  return settings;
}

function fieldConfig<Custom extends z.ZodType>(custom: Custom) {
  const settings = fieldSettings(custom);
  return z
    .strictObject({
      defaults: settings,
      overrides: z
        .array(
          z.strictObject({
            matcher,
            properties: properties.transform(propertiesAsSettings).pipe(settings),
          }),
        )
        .default([]),
    })
    .default({ defaults: {}, overrides: [] } as never);
}

export const plainFieldConfig = fieldConfig(nothing);
export const timeseriesFieldConfig = fieldConfig(timeseriesCustom);
export const stateTimelineFieldConfig = fieldConfig(stateTimelineCustom);
export const tableFieldConfig = fieldConfig(tableCustom);

export type TimeseriesCustom = z.infer<typeof timeseriesCustom>;
export type StateTimelineCustom = z.infer<typeof stateTimelineCustom>;
export type TableCustom = z.infer<typeof tableCustom>;
export type PlainFieldConfig = z.infer<typeof plainFieldConfig>;
export type TimeseriesFieldConfig = z.infer<typeof timeseriesFieldConfig>;
export type StateTimelineFieldConfig = z.infer<typeof stateTimelineFieldConfig>;
export type TableFieldConfig = z.infer<typeof tableFieldConfig>;
/** Settings of a field that every kind of panel has. */
export type CommonSettings = Omit<PlainFieldConfig['defaults'], 'custom'>;
