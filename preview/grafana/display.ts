import { FALLBACK_COLOR, hexColor, paletteColor } from './color.ts';
import type { CommonSettings } from './field-config-schema.ts';
import type { Cell } from './frame.ts';
import type { ResolvedField } from './resolve-fields.ts';
import { thresholdColor, type ThresholdStep } from './threshold.ts';
import { formatValue, isTimeUnit, type FormattedValue, type Unit } from './value-format.ts';
import { mapValue } from './value-mapping.ts';

/** What Grafana takes where a panel says nothing. */
const DEFAULT_STEPS: readonly ThresholdStep[] = [
  { value: null, color: 'green' },
  { value: 80, color: 'red' },
];

/** A value as it is shown. */
export interface DisplayValue extends FormattedValue {
  /** Not a number where there is none. */
  readonly numeric: number;
  /** `#rrggbb`. */
  readonly color: string;
  /** Whether a value mapping gave the text. */
  readonly isMapped: boolean;
}

export interface DisplayContext {
  readonly nowMs: number;
  readonly timeZone: string | undefined;
  /** Colour mode of the panel type where neither panel nor override names one. */
  readonly defaultColorMode: 'thresholds' | 'palette-classic';
}

/** The value in its unit, or what a mapping makes of it, with its colour. */
export function displayValue(
  resolved: ResolvedField<CommonSettings>,
  value: Cell,
  context: DisplayContext,
): DisplayValue {
  const { settings, field } = resolved;
  const mapped = mapValue(settings.mappings ?? [], value);
  const isText = typeof value === 'string' && (field.type === 'string' || settings.unit === 'string');
  const numeric = value === null || isText ? Number.NaN : Number(value);
  const color = mapped?.color === undefined ? colorOf(resolved, numeric, context) : hexColor(mapped.color);
  if (mapped?.text !== undefined) return { text: mapped.text, numeric, color, isMapped: true };
  return { ...formatted(value, numeric, resolved, context), numeric, color, isMapped: false };
}

function formatted(
  value: Cell,
  numeric: number,
  { settings, field }: ResolvedField<CommonSettings>,
  { nowMs, timeZone }: DisplayContext,
): FormattedValue {
  if (value === null || value === '') return { text: settings.noValue ?? '' };
  if (Number.isNaN(numeric)) return { text: typeof value === 'string' ? value : 'NaN' };
  return formatValue(numeric, unitOf(field.type, settings.unit), {
    nowMs,
    ...(settings.decimals !== undefined && { decimals: settings.decimals }),
    ...(timeZone !== undefined && { timeZone }),
  });
}

function unitOf(type: 'time' | 'number' | 'string', unit: Unit | undefined): Unit {
  if (type === 'time') return unit !== undefined && isTimeUnit(unit) ? unit : 'dateTimeAsSystem';
  return unit ?? 'none';
}

function colorOf(resolved: ResolvedField<CommonSettings>, numeric: number, context: DisplayContext): string {
  const { settings, seriesIndex } = resolved;
  const color = settings.color ?? { mode: context.defaultColorMode };
  switch (color.mode) {
    case 'fixed':
      return hexColor(color.fixedColor);
    case 'palette-classic':
      return paletteColor(seriesIndex);
    case 'thresholds': {
      const value = Number.isNaN(numeric) ? Number.NEGATIVE_INFINITY : numeric;
      return hexColor(thresholdColor(settings.thresholds?.steps ?? DEFAULT_STEPS, value) ?? FALLBACK_COLOR);
    }
    default:
      return color satisfies never;
  }
}

/** The colour of a whole series: by its last value where the colour depends on the value. */
export function seriesColor(resolved: ResolvedField<CommonSettings>, context: DisplayContext): string {
  const last = resolved.field.values.findLast((value) => typeof value === 'number' && !Number.isNaN(value));
  return colorOf(resolved, typeof last === 'number' ? last : 0, context);
}
