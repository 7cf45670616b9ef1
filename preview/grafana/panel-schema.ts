import { z } from 'zod';
import {
  plainFieldConfig,
  stateTimelineFieldConfig,
  tableFieldConfig,
  timeseriesFieldConfig,
} from './field-config-schema.ts';
import { REDUCERS } from './reduce.ts';

/*
 * What is understood of a panel; see `field-config-schema.ts` for what that means.
 */

export const gridPosition = z.strictObject({
  x: z.number(),
  y: z.number(),
  w: z.number(),
  h: z.number(),
});

export const dataSource = z.strictObject({
  type: z.literal('prometheus').optional(),
  uid: z.enum(['$datasource', '${datasource}']),
});

const target = z
  .strictObject({
    refId: z.string(),
    expr: z.string(),
    datasource: dataSource.optional(),
    legendFormat: z.string().default(''),
    format: z.enum(['time_series', 'table']).default('time_series'),
    instant: z.boolean().default(false),
    range: z.boolean().optional(),
    interval: z.string().optional(),
    hide: z.boolean().default(false),
    exemplar: z.literal(false).optional(),
    editorMode: z.string().optional(),
    intervalFactor: z.literal(1).optional(),
  })
  // `__auto` names a series by what tells it from the others. Rows of a table have no name.
  .refine(({ format, legendFormat }) => format === 'table' || legendFormat !== '__auto', {
    path: ['legendFormat'],
    message: 'an automatic name is not understood',
  });
export type Target = z.infer<typeof target>;

const names = z.strictObject({
  names: z.array(z.string()).optional(),
  pattern: z.string().optional(),
});

const transformation = z.discriminatedUnion('id', [
  z.strictObject({
    id: z.literal('organize'),
    options: z.strictObject({
      excludeByName: z.record(z.string(), z.boolean()).optional(),
      includeByName: z.record(z.string(), z.boolean()).optional(),
      indexByName: z.record(z.string(), z.number()).optional(),
      renameByName: z.record(z.string(), z.string()).optional(),
    }),
  }),
  z.strictObject({ id: z.literal('merge'), options: z.record(z.string(), z.never()) }),
  z.strictObject({
    id: z.literal('joinByField'),
    options: z.strictObject({ byField: z.string(), mode: z.enum(['outer', 'inner']).optional() }),
  }),
  z.strictObject({
    id: z.literal('sortBy'),
    options: z.strictObject({
      sort: z.array(z.strictObject({ field: z.string(), desc: z.boolean().optional() })).max(1),
      fields: z.record(z.string(), z.never()).optional(),
    }),
  }),
  z.strictObject({
    id: z.literal('filterFieldsByName'),
    options: z.strictObject({ include: names.optional(), exclude: names.optional() }),
  }),
  z.strictObject({
    id: z.literal('labelsToFields'),
    options: z.strictObject({
      mode: z.literal('columns').optional(),
      keepLabels: z.array(z.string()).optional(),
      valueLabel: z.string().optional(),
    }),
  }),
  z.strictObject({ id: z.literal('limit'), options: z.strictObject({ limitField: z.number() }) }),
]);

const legend = z
  .strictObject({
    showLegend: z.boolean().default(true),
    displayMode: z.enum(['list', 'table', 'hidden']).default('list'),
    placement: z.enum(['bottom', 'right']).default('bottom'),
    calcs: z.array(z.enum(REDUCERS)).default([]),
    sortBy: z.string().optional(),
    sortDesc: z.boolean().optional(),
    width: z.number().optional(),
  })
  .prefault({});
export type LegendOptions = z.infer<typeof legend>;

/** A legend that is switched off, whatever it would be like. */
const noLegend = z.looseObject({ showLegend: z.literal(false) });

// Shown under the pointer only: nothing that a picture could get wrong.
const tooltip = z
  .strictObject({
    mode: z.enum(['single', 'multi', 'none']).optional(),
    sort: z.enum(['none', 'asc', 'desc']).optional(),
    hideZeros: z.boolean().optional(),
    maxHeight: z.number().optional(),
    maxWidth: z.number().optional(),
  })
  .prefault({});

const reduceOptions = z
  .strictObject({
    // Without a calculation, Grafana takes the last value.
    calcs: z
      .array(z.enum(REDUCERS))
      .max(1)
      .default([])
      .transform((calcs) => calcs[0] ?? ('last' as const)),
    values: z.literal(false).optional(),
    fields: z.literal('').optional(),
    limit: z.number().optional(),
  })
  .prefault({});

const common = {
  id: z.number(),
  title: z.string().default(''),
  description: z.string().default(''),
  transparent: z.boolean().default(false),
  datasource: dataSource.optional(),
  gridPos: gridPosition,
  targets: z.array(target).default([]),
  transformations: z.array(transformation).default([]),
  interval: z.string().optional(),
  maxDataPoints: z.number().optional(),
  links: z.array(z.never()).optional(),
  pluginVersion: z.string().optional(),
  // Means nothing without `repeat`, which is not understood.
  repeatDirection: z.enum(['h', 'v']).optional(),
};

const stat = z.strictObject({
  ...common,
  type: z.literal('stat'),
  options: z.strictObject({
    // A graph behind the value is not drawn.
    graphMode: z.literal('none'),
    colorMode: z.enum(['none', 'value', 'background_solid']).default('value'),
    justifyMode: z.enum(['auto', 'center']).default('auto'),
    textMode: z.enum(['auto', 'value', 'value_and_name', 'name', 'none']).default('auto'),
    orientation: z.literal('auto').default('auto'),
    wideLayout: z.boolean().default(true),
    showPercentChange: z.literal(false).optional(),
    percentChangeColorMode: z.string().optional(),
    reduceOptions,
  }),
  fieldConfig: plainFieldConfig,
});

const barGauge = z.strictObject({
  ...common,
  type: z.literal('bargauge'),
  options: z.strictObject({
    // Of the three looks and two directions only what is drawn.
    displayMode: z.literal('basic'),
    orientation: z.literal('horizontal'),
    valueMode: z.enum(['color', 'text']).default('color'),
    namePlacement: z.literal('auto').default('auto'),
    showUnfilled: z.boolean().default(true),
    sizing: z.enum(['auto', 'manual']).optional(),
    minVizWidth: z.number().optional(),
    minVizHeight: z.number().optional(),
    maxVizHeight: z.number().optional(),
    legend: noLegend.optional(),
    reduceOptions,
  }),
  fieldConfig: plainFieldConfig,
});

const timeseries = z.strictObject({
  ...common,
  type: z.literal('timeseries'),
  options: z.strictObject({ legend, tooltip, orientation: z.literal('horizontal').optional() }).prefault({}),
  fieldConfig: timeseriesFieldConfig,
});

const stateTimeline = z.strictObject({
  ...common,
  type: z.literal('state-timeline'),
  options: z.strictObject({
    mergeValues: z.boolean().default(true),
    showValue: z.enum(['auto', 'always', 'never']).default('auto'),
    rowHeight: z.number().default(0.9),
    alignValue: z.enum(['left', 'center', 'right']).default('left'),
    // Nothing or zero: all rows on one page.
    perPage: z.number().nullable().default(20),
    // There is none to be drawn; the boxes have their texts.
    legend: noLegend,
    tooltip,
  }),
  fieldConfig: stateTimelineFieldConfig,
});

const table = z.strictObject({
  ...common,
  type: z.literal('table'),
  options: z
    .strictObject({
      frameIndex: z.literal(0).optional(),
      showHeader: z.boolean().default(true),
      showTypeIcons: z.literal(false).optional(),
      cellHeight: z.enum(['sm', 'md', 'lg']).default('sm'),
      sortBy: z
        .array(z.strictObject({ displayName: z.string(), desc: z.boolean().optional() }))
        .max(1)
        .default([]),
      footer: z
        .strictObject({
          show: z.literal(false),
          reducer: z.array(z.string()).optional(),
          fields: z.union([z.string(), z.array(z.string())]).optional(),
          countRows: z.literal(false).optional(),
          enablePagination: z.literal(false).optional(),
        })
        .optional(),
      enablePagination: z.literal(false).optional(),
    })
    .prefault({}),
  fieldConfig: tableFieldConfig,
});

/** A panel that is drawn, by its type. */
export const panelSchema = z.discriminatedUnion('type', [stat, barGauge, timeseries, stateTimeline, table]);

export type Panel = z.infer<typeof panelSchema>;
export type StatPanel = z.infer<typeof stat>;
export type BarGaugePanel = z.infer<typeof barGauge>;
export type TimeseriesPanel = z.infer<typeof timeseries>;
export type StateTimelinePanel = z.infer<typeof stateTimeline>;
export type TablePanel = z.infer<typeof table>;

/** A heading between panels. */
export const rowSchema = z.strictObject({
  type: z.literal('row'),
  id: z.number(),
  title: z.string().default(''),
  collapsed: z.boolean(),
  gridPos: gridPosition.partial({ h: true }),
  datasource: dataSource.optional(),
  panels: z.array(z.unknown()).default([]),
});
