import { fieldName } from './field-name.ts';
import { pickRows, rowCount, type Cell, type Field, type Frame } from './frame.ts';
import { toRegex } from './value-mapping.ts';

interface NamePattern {
  readonly names?: readonly string[] | undefined;
  readonly pattern?: string | undefined;
}

/** The transformations that are understood here, as a dashboard writes them. */
export type Transformation =
  | {
      readonly id: 'organize';
      readonly options: {
        readonly excludeByName?: Readonly<Record<string, boolean>> | undefined;
        readonly includeByName?: Readonly<Record<string, boolean>> | undefined;
        readonly indexByName?: Readonly<Record<string, number>> | undefined;
        readonly renameByName?: Readonly<Record<string, string>> | undefined;
      };
    }
  | { readonly id: 'merge'; readonly options: Readonly<Record<string, never>> }
  | {
      readonly id: 'joinByField';
      readonly options: { readonly byField: string; readonly mode?: 'outer' | 'inner' | undefined };
    }
  | {
      readonly id: 'sortBy';
      readonly options: {
        readonly sort: readonly { readonly field: string; readonly desc?: boolean | undefined }[];
      };
    }
  | {
      readonly id: 'filterFieldsByName';
      readonly options: {
        readonly include?: NamePattern | undefined;
        readonly exclude?: NamePattern | undefined;
      };
    }
  | {
      readonly id: 'labelsToFields';
      readonly options: {
        readonly mode?: 'columns' | undefined;
        readonly keepLabels?: readonly string[] | undefined;
        readonly valueLabel?: string | undefined;
      };
    }
  | { readonly id: 'limit'; readonly options: { readonly limitField: number } };

/** The frames after all transformations, in their order. */
export function transformAll(
  frames: readonly Frame[],
  transformations: readonly Transformation[],
): readonly Frame[] {
  return transformations.reduce(transform, frames);
}

function transform(frames: readonly Frame[], transformation: Transformation): readonly Frame[] {
  switch (transformation.id) {
    case 'organize':
      return organize(frames, transformation.options);
    case 'merge':
      return merge(frames);
    case 'joinByField':
      return joinByField(frames, transformation.options);
    case 'sortBy':
      return frames.map((frame) => sortBy(frame, transformation.options.sort));
    case 'filterFieldsByName':
      return filterFields(frames, transformation.options);
    case 'labelsToFields':
      return frames.map((frame) => labelsToFields(frame, transformation.options));
    case 'limit':
      return frames.map((frame) =>
        pickRows(
          frame,
          Array.from({ length: Math.min(transformation.options.limitField, rowCount(frame)) }, (_, i) => i),
        ),
      );
    default:
      return transformation satisfies never;
  }
}

type Options<Id extends Transformation['id']> = Extract<Transformation, { id: Id }>['options'];

function organize(frames: readonly Frame[], options: Options<'organize'>): readonly Frame[] {
  const chosen = (names: Readonly<Record<string, boolean>> | undefined): readonly string[] =>
    Object.entries(names ?? {})
      .filter(([, isChosen]) => isChosen)
      .map(([name]) => name);
  const include = chosen(options.includeByName);
  const kept = filterFields(frames, {
    ...(include.length > 0 && { include: { names: include } }),
    exclude: { names: chosen(options.excludeByName) },
  });
  const position = (field: Field, frame: Frame): number =>
    options.indexByName?.[fieldName(field, frame, kept)] ?? Number.MAX_SAFE_INTEGER;
  return kept.map((frame) => ({
    ...frame,
    fields: frame.fields
      .toSorted((a, b) => position(a, frame) - position(b, frame))
      .map((field) => {
        const name = options.renameByName?.[fieldName(field, frame)];
        return name === undefined || name === ''
          ? field
          : { ...field, facts: { ...field.facts, displayName: name } };
      }),
  }));
}

function filterFields(frames: readonly Frame[], options: Options<'filterFieldsByName'>): readonly Frame[] {
  const { include, exclude } = options;
  const isIncluded = matcher(include);
  const isExcluded = matcher(exclude);
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.filter((field) => {
      const name = fieldName(field, frame, frames);
      return (isIncluded?.(name) ?? true) && !(isExcluded?.(name) ?? false);
    }),
  }));
}

/** `undefined`: nothing was asked for. */
function matcher(options: NamePattern | undefined): ((name: string) => boolean) | undefined {
  const names = options?.names ?? [];
  const pattern = options?.pattern;
  if (names.length === 0 && pattern === undefined) return undefined;
  const regex = pattern === undefined ? undefined : toRegex(pattern);
  return (name) => names.includes(name) || (regex?.test(name) ?? false);
}

/** Rows that agree in the fields that all frames have, and contradict each other nowhere, become one. */
function merge(frames: readonly Frame[]): readonly Frame[] {
  const filled = frames.filter(({ fields }) => fields.length > 0);
  const [first, ...others] = filled;
  if (first === undefined || others.length === 0) return frames;
  const fields = new Map<string, Field>();
  for (const frame of filled) {
    for (const field of frame.fields) if (!fields.has(field.name)) fields.set(field.name, field);
  }
  const keys = [...fields.keys()].filter((name) =>
    filled.every((frame) => frame.fields.some((field) => field.name === name)),
  );
  if (keys.length === 0) return frames;
  const rows: Map<string, Cell>[] = [];
  for (const frame of filled) {
    for (let index = 0; index < rowCount(frame); index += 1) {
      const row = new Map(frame.fields.map(({ name, values }) => [name, values[index] ?? null]));
      const same = rows.filter(
        (other) => keys.every((key) => other.get(key) === row.get(key)) && agree(other, row),
      );
      if (same.length === 0) rows.push(row);
      for (const other of same) for (const [name, value] of row) other.set(name, value);
    }
  }
  return [
    {
      refId: `merge-${filled.map(({ refId }) => refId).join('-')}`,
      fields: [...fields.values()].map(({ name, type }) => ({
        name,
        type,
        values: rows.map((row) => row.get(name) ?? null),
        facts: {},
      })),
    },
  ];
}

function agree(a: ReadonlyMap<string, Cell>, b: ReadonlyMap<string, Cell>): boolean {
  return [...b].every(([name, value]) => {
    const other = a.get(name);
    return other === undefined || other === null || other === value;
  });
}

/** One table by the values of one field. A row that a frame lacks is empty there (outer) or left out (inner). */
function joinByField(frames: readonly Frame[], { byField, mode }: Options<'joinByField'>): readonly Frame[] {
  if (frames.length < 2) return frames;
  const parts = frames.flatMap((frame) => {
    const key = frame.fields.find(
      (field) => fieldName(field, frame, frames) === byField || field.name === byField,
    );
    return key === undefined ? [] : [{ frame, key }];
  });
  const [first] = parts;
  if (first === undefined) return frames;
  const all = new Set(parts.flatMap(({ key }) => [...key.values]));
  const keys = [...all].filter(
    (value) => mode !== 'inner' || parts.every(({ key }) => key.values.includes(value)),
  );
  if (first.key.type !== 'string') keys.sort((a, b) => Number(a) - Number(b));
  const fields = parts.flatMap(({ frame, key }) => {
    const rowOf = new Map(key.values.map((value, row) => [value, row]));
    return frame.fields
      .filter((field) => field !== key)
      .map((field): Field => ({
        ...field,
        // A series keeps its name once it stands beside others.
        name: field.name === 'Value' && frame.name !== undefined ? frame.name : field.name,
        labels: field.labels ?? {},
        values: keys.map((value) => {
          const row = rowOf.get(value);
          return row === undefined ? null : (field.values[row] ?? null);
        }),
      }));
  });
  return [
    {
      refId: `joinByField-${frames.map(({ refId }) => refId).join('-')}`,
      fields: [{ ...first.key, values: keys }, ...fields],
    },
  ];
}

function sortBy(frame: Frame, sort: Options<'sortBy'>['sort']): Frame {
  // Grafana sorts by the first field only.
  const [first] = sort;
  const field = frame.fields.find((candidate) => fieldName(candidate, frame) === first?.field);
  if (first === undefined || field === undefined) return frame;
  const direction = first.desc === true ? -1 : 1;
  const rows = field.values
    .map((_, row) => row)
    .toSorted((a, b) => direction * compareCells(field.values[a] ?? null, field.values[b] ?? null));
  return pickRows(frame, rows);
}

/** Nothing first, then numbers by size and texts as people sort them. */
export function compareCells(a: Cell, b: Cell): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

function labelsToFields(frame: Frame, { keepLabels, valueLabel }: Options<'labelsToFields'>): Frame {
  const added = new Map<string, Field>();
  const fields = frame.fields.map((field): Field => {
    if (field.labels === undefined) return field;
    const { labels, ...rest } = field;
    const named = valueLabel === undefined ? undefined : labels[valueLabel];
    for (const [label, value] of Object.entries(labels)) {
      if (label === valueLabel || (keepLabels !== undefined && !keepLabels.includes(label))) continue;
      added.set(JSON.stringify([label, value]), {
        name: label,
        type: 'string',
        values: field.values.map(() => value),
        facts: {},
      });
    }
    const { stepMs } = field.facts;
    return {
      ...rest,
      ...(named !== undefined && { name: named }),
      facts: stepMs === undefined ? {} : { stepMs },
    };
  });
  return { ...frame, fields: [...fields, ...added.values()] };
}
