import { z } from 'zod';
import { color } from './field-config-schema.ts';
import { isLabelValuesQuery } from './label-values.ts';
import { dataSource } from './panel-schema.ts';

/*
 * What is understood of a dashboard around its panels; see `field-config-schema.ts` for what that means.
 */

const option = z.strictObject({
  selected: z.boolean().optional(),
  text: z.union([z.string(), z.array(z.string())]),
  value: z.union([z.string(), z.array(z.string())]),
});

const variableCommon = {
  name: z.string(),
  label: z.string().optional(),
  description: z.string().optional(),
  hide: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(0),
  skipUrlSync: z.boolean().optional(),
  allowCustomValue: z.boolean().optional(),
  // The SDK writes these for every type; they belong to intervals.
  auto: z.literal(false).optional(),
  auto_min: z.string().optional(),
  auto_count: z.number().optional(),
};

const dataSourceVariable = z.strictObject({
  ...variableCommon,
  type: z.literal('datasource'),
  query: z.literal('prometheus'),
  multi: z.literal(false).optional(),
  includeAll: z.literal(false).optional(),
  regex: z.literal('').optional(),
  refresh: z.number().optional(),
  current: z.union([option, z.strictObject({})]).optional(),
  options: z.array(option).optional(),
});

const labelValues = z
  .union([
    z.string(),
    z.strictObject({ query: z.string(), refId: z.string().optional(), qryType: z.number().optional() }),
  ])
  .transform((query) => (typeof query === 'string' ? query : query.query))
  .refine((query) => isLabelValuesQuery(query), 'only label_values(…) is understood');

const queryVariable = z.strictObject({
  ...variableCommon,
  type: z.literal('query'),
  datasource: dataSource.optional(),
  query: labelValues,
  definition: z.string().optional(),
  refresh: z.number().optional(),
  regex: z.literal('').optional(),
  // None, by the alphabet, and that without regard to case.
  sort: z.union([z.literal(0), z.literal(1), z.literal(5)]).default(0),
  multi: z.boolean().default(false),
  includeAll: z.boolean().default(false),
  allValue: z.string().nullish(),
  current: z.union([option, z.strictObject({})]).optional(),
  options: z.array(option).optional(),
});

export const variableSchema = z.discriminatedUnion('type', [dataSourceVariable, queryVariable]);
export type Variable = z.infer<typeof variableSchema>;
export type QueryVariable = z.infer<typeof queryVariable>;

export const annotationSchema = z
  .strictObject({
    name: z.string(),
    datasource: dataSource,
    enable: z.boolean(),
    hide: z.boolean().optional(),
    builtIn: z.literal(0).optional(),
    // Where its switch is, which there is none of here.
    placement: z.literal('inControlsMenu').optional(),
    iconColor: color,
    expr: z.string().optional(),
    target: z
      .strictObject({
        expr: z.string(),
        refId: z.string().optional(),
        interval: z.string().optional(),
        datasource: dataSource.optional(),
        editorMode: z.string().optional(),
        range: z.literal(true).optional(),
        instant: z.literal(false).optional(),
        legendFormat: z.string().optional(),
        format: z.literal('time_series').optional(),
      })
      .optional(),
    titleFormat: z.string().default(''),
    textFormat: z.string().default(''),
    tagKeys: z.string().default(''),
    step: z.string().optional(),
    useValueForTime: z.boolean().default(false),
  })
  .refine(({ expr, target }) => (expr ?? target?.expr ?? '') !== '', 'an annotation without a query')
  .transform(({ expr, target, step, ...rest }) => ({
    ...rest,
    expr: target?.expr ?? expr ?? '',
    step: target?.interval ?? step,
  }));
export type Annotation = z.infer<typeof annotationSchema>;

/** The annotations of people and of Grafana's own alerts: there is no store of them here, hence nothing to draw. */
export const builtInAnnotationSchema = z.looseObject({ builtIn: z.literal(1) });

export const dashboardLinkSchema = z.strictObject({
  title: z.string(),
  type: z.literal('link'),
  url: z.string(),
  icon: z.string().optional(),
  tooltip: z.string().optional(),
  tags: z.array(z.string()).max(0).optional(),
  asDropdown: z.literal(false).optional(),
  targetBlank: z.boolean().default(false),
  includeVars: z.boolean().default(false),
  keepTime: z.boolean().default(false),
});
export type DashboardLink = z.infer<typeof dashboardLinkSchema>;

/** Everything but the parts that are read one by one, so that one that is not understood costs only itself. */
export const dashboardSchema = z.strictObject({
  id: z.null().optional(),
  uid: z.string(),
  title: z.string(),
  description: z.string().default(''),
  tags: z.array(z.string()).default([]),
  editable: z.boolean().optional(),
  graphTooltip: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
  timezone: z.enum(['browser', 'utc', '']).default('browser'),
  time: z.strictObject({ from: z.string(), to: z.string() }).default({ from: 'now-6h', to: 'now' }),
  timepicker: z.looseObject({}).optional(),
  refresh: z.union([z.string(), z.literal(false)]).optional(),
  fiscalYearStartMonth: z.number().optional(),
  weekStart: z.string().optional(),
  liveNow: z.boolean().optional(),
  preload: z.boolean().optional(),
  schemaVersion: z.number(),
  version: z.number().optional(),
  panels: z.array(z.unknown()).default([]),
  templating: z.strictObject({ list: z.array(z.unknown()).default([]) }).prefault({}),
  annotations: z.strictObject({ list: z.array(z.unknown()).default([]) }).prefault({}),
  links: z.array(z.unknown()).default([]),
});
