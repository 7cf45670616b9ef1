import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fieldName } from '../../preview/grafana/field-name.ts';
import type { Cell, Frame } from '../../preview/grafana/frame.ts';
import { transformAll, type Transformation } from '../../preview/grafana/transform.ts';

interface Recorded {
  readonly name: string;
  readonly input: readonly Frame[];
  readonly transformations: readonly Transformation[];
  readonly expected: readonly (readonly { readonly name: string; readonly values: readonly Cell[] }[])[];
}

const recorded = JSON.parse(
  readFileSync(new URL('./fixtures/grafana-transformations.json', import.meta.url), 'utf8'),
) as readonly Recorded[];

it.each(recorded)('Grafana returns the same: $name', ({ input, transformations, expected }) => {
  const frames = transformAll(input, transformations);
  const seen = frames.map((frame) =>
    frame.fields.map((field) => ({ name: fieldName(field, frame, frames), values: field.values })),
  );
  expect(seen).toEqual(expected);
});
