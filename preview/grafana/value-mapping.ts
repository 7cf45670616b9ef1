import type { Cell } from './frame.ts';

export interface MappingResult {
  readonly text?: string | undefined;
  readonly color?: string | undefined;
  readonly index?: number | undefined;
}

export type ValueMapping =
  | { readonly type: 'value'; readonly options: Readonly<Record<string, MappingResult>> }
  | {
      readonly type: 'range';
      readonly options: {
        readonly from: number | null;
        readonly to: number | null;
        readonly result: MappingResult;
      };
    }
  | { readonly type: 'regex'; readonly options: { readonly pattern: string; readonly result: MappingResult } }
  | {
      readonly type: 'special';
      readonly options: {
        readonly match: 'true' | 'false' | 'null' | 'nan' | 'null+nan' | 'empty';
        readonly result: MappingResult;
      };
    };

/** What the first mapping that fits makes of the value; `undefined` where none fits. */
export function mapValue(mappings: readonly ValueMapping[], value: Cell): MappingResult | undefined {
  for (const mapping of mappings) {
    const result = applyMapping(mapping, value);
    if (result !== undefined) return result;
  }
  return undefined;
}

function applyMapping(mapping: ValueMapping, value: Cell): MappingResult | undefined {
  switch (mapping.type) {
    case 'value':
      return value === null ? undefined : mapping.options[String(value)];
    case 'range': {
      const number = value === null ? Number.NaN : Number.parseFloat(String(value));
      const { from, to, result } = mapping.options;
      const isWithin =
        number >= (from ?? Number.NEGATIVE_INFINITY) && number <= (to ?? Number.POSITIVE_INFINITY);
      return isWithin ? result : undefined;
    }
    case 'regex':
      return applyRegex(mapping.options, value);
    case 'special':
      return isSpecial(mapping.options.match, value) ? mapping.options.result : undefined;
    default:
      return mapping satisfies never;
  }
}

function applyRegex(
  { pattern, result }: { readonly pattern: string; readonly result: MappingResult },
  value: Cell,
): MappingResult | undefined {
  if (typeof value !== 'string') return undefined;
  const regex = toRegex(pattern);
  if (!regex.test(value)) return undefined;
  return result.text === undefined ? result : { ...result, text: value.replace(regex, result.text) };
}

/** `/a/i` with its flags, or `a`, which means all of it. */
export function toRegex(pattern: string): RegExp {
  const parts = /^\/(.*)\/([gimsuy]*)$/.exec(pattern);
  return parts === null
    ? new RegExp(`^${pattern}$`)
    : new RegExp(parts[1] ?? '', parts[2]?.replace('g', '') ?? '');
}

function isSpecial(
  match: Extract<ValueMapping, { type: 'special' }>['options']['match'],
  value: Cell,
): boolean {
  switch (match) {
    case 'null':
      return value === null;
    case 'nan':
      return Number.isNaN(value);
    case 'null+nan':
      return value === null || Number.isNaN(value);
    case 'true':
      return value === 'true';
    case 'false':
      return value === 'false';
    case 'empty':
      return value === '';
    default:
      return match satisfies never;
  }
}
