import { z } from 'zod';
import { DEFAULT_THRESHOLDS, type Thresholds } from '../core/index.ts';
import { formatDuration } from './duration.ts';
import { rowsOf, type Fields, type Row } from './fields.ts';
import { refuse, section } from './schema-parts.ts';
import { LOCATOR_FIELDS } from './settings.ts';

function shapeOf(name: string): z.core.$ZodShape {
  return Object.fromEntries(rowsOf(name).map((row) => [row.leaf, schemaOf(row)]));
}

function schemaOf({ form, default: fallback, isRequired }: Row): z.ZodType {
  if (isRequired) return form.schema;
  return fallback === undefined ? form.schema.optional() : form.schema.prefault(fallback);
}

/** The values that there are, under their names in code. */
function namedBy(rows: readonly Row[]) {
  return (values: object): object =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, value]): [string, unknown][] => {
        const row = rows.find(({ leaf }) => leaf === key);
        return row === undefined || value === undefined ? [] : [[row.field, value]];
      }),
    );
}

/** A section just as the table of settings has it. */
function fields<T>(name: string): z.ZodType<T> {
  const named = section(shapeOf(name))
    .transform(namedBy(rowsOf(name)))
    .prefault({});
  return named as unknown as z.ZodType<T>;
}

/** A list whose entries are as the table of settings has them. */
function listOf<T>(name: string, check: (context: Checked<T>) => void) {
  const entry = z.strictObject(shapeOf(name)).transform(namedBy(rowsOf(name)));
  const checked = (entry as unknown as z.ZodType<T>).check(check);
  return z.preprocess((found) => found ?? [], z.array(checked)).prefault([]);
}

type Checked<T> = z.core.ParsePayload<T>;

export type GatewaySettings = Fields<'gateways[]'>;

const gateways = listOf<GatewaySettings>('gateways[]', (context) => {
  if (context.value.probe !== true || context.value.tokenFile !== undefined) return;
  refuse(
    context,
    'found probe without token_file; remove it, or name the token: a probe is sent over a session, which needs one.',
    ['probe'],
  );
});

export type NodeSettings = Fields<'nodes[]'>;

const nodes = listOf<NodeSettings>('nodes[]', (context) => {
  const { stateDir, pidFile, systemdUnit, launchdLabel, userUnit } = context.value;
  const named = [stateDir, pidFile, systemdUnit, launchdLabel];
  const found = LOCATOR_FIELDS.filter((_, index) => named[index] !== undefined);
  if (found.length > 1) {
    refuse(context, `found ${found.join(' and ')}; name the node host in one way only: remove all but one.`);
  }
  if (userUnit !== undefined && systemdUnit === undefined) {
    refuse(context, 'found user_unit without systemd_unit; remove it, or name the unit.', ['user_unit']);
  }
});

/** Pairs that make no sense the other way round. */
const ORDERED_THRESHOLDS = [
  ['pulseMinMs', 'pulseMaxMs'],
  ['backoffMinMs', 'backoffMaxMs'],
] as const satisfies readonly (keyof Thresholds)[][];

const thresholds = fields<Thresholds>('thresholds').check((context) => {
  const { value } = context;
  const keyOf = (field: keyof Thresholds): string =>
    rowsOf('thresholds').find((row) => row.field === field)?.leaf ?? field;
  for (const [low, high] of ORDERED_THRESHOLDS) {
    if (value[low] <= value[high]) continue;
    refuse(
      context,
      `${keyOf(low)} (${formatDuration(value[low])}) is above ${keyOf(high)} (${formatDuration(value[high])}); lower the one or raise the other.`,
      // The one that somebody wrote is the one to look at.
      [keyOf(value[low] === DEFAULT_THRESHOLDS[low] ? high : low)],
    );
  }
});

const probe = fields<Fields<'probe'>>('probe').check((context) => {
  const { intervalMs, timeoutMs } = context.value;
  if (timeoutMs < intervalMs) return;
  const isDefault =
    formatDuration(timeoutMs) === rowsOf('probe').find(({ leaf }) => leaf === 'timeout')?.default;
  refuse(
    context,
    `timeout (${formatDuration(timeoutMs)}) is not below interval (${formatDuration(intervalMs)}): a probe must end before the next begins.`,
    [isDefault ? 'interval' : 'timeout'],
  );
});

/** The file's shape. Unknown keys are refused everywhere: a typo must not silently mean the default. */
export const configSchema = section({
  web: fields<Fields<'web'>>('web'),
  gateway: fields<Fields<'gateway'>>('gateway'),
  gateways,
  nodes,
  probe,
  recovery: fields<Fields<'recovery'>>('recovery'),
  state: fields<Fields<'state'>>('state'),
  log: fields<Fields<'log'>>('log'),
  limits: fields<Fields<'limits'>>('limits'),
  notify: fields<Fields<'notify'>>('notify'),
  thresholds,
});

/** What the file, the environment and the flags say together, defaults filled in, before paths are made absolute. */
export type Settings = z.output<typeof configSchema>;
