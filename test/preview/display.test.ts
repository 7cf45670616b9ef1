import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { displayValue, seriesColor } from '../../preview/grafana/display.ts';
import type { CommonSettings } from '../../preview/grafana/field-config-schema.ts';
import type { Cell } from '../../preview/grafana/frame.ts';
import type { ResolvedField } from '../../preview/grafana/resolve-fields.ts';
import { formattedText } from '../../preview/grafana/value-format.ts';

interface Recorded {
  readonly name: string;
  readonly settings: CommonSettings;
  readonly type: 'number' | 'string';
  readonly expected: readonly { readonly value: Cell; readonly text: string; readonly color: string }[];
}

const recorded = JSON.parse(
  readFileSync(new URL('./fixtures/grafana-display.json', import.meta.url), 'utf8'),
) as readonly Recorded[];

const CONTEXT = { nowMs: 0, timeZone: undefined, defaultColorMode: 'thresholds' } as const;

function field(
  settings: CommonSettings,
  type: 'number' | 'string',
  values: readonly Cell[] = [],
): ResolvedField<CommonSettings> {
  const plain = { name: 'x', type, values, facts: {} };
  return { field: plain, frame: { refId: 'A', fields: [plain] }, name: 'x', settings, seriesIndex: 2 };
}

/** JSON has no NaN. */
function cellOf(value: Cell, type: string): Cell {
  return value === 'NaN' && type === 'number' ? Number.NaN : value;
}

it.each(recorded)('Grafana shows the same text in the same colour: $name', ({ settings, type, expected }) => {
  const seen = expected.map(({ value }) => {
    const display = displayValue(field(settings, type), cellOf(value, type), CONTEXT);
    return { value, text: formattedText(display), color: display.color.toUpperCase() };
  });
  const hex = (color: string): string => (color.startsWith('rgb') ? '#CCCCDC' : color.toUpperCase());
  expect(seen).toEqual(expected.map((one) => ({ ...one, color: hex(one.color) })));
});

it('a line takes the colour of its number in the palette, or of its last value', () => {
  expect(seriesColor(field({ color: { mode: 'palette-classic' } }, 'number', [1]), CONTEXT)).toBe('#5794F2');
  const byValue: CommonSettings = {
    color: { mode: 'thresholds' },
    thresholds: {
      mode: 'absolute',
      steps: [
        { value: null, color: 'green' },
        { value: 10, color: 'red' },
      ],
    },
  };
  expect(seriesColor(field(byValue, 'number', [1, 11, null]), CONTEXT)).toBe('#F2495C');
  expect(seriesColor(field(byValue, 'number', [11, 1, Number.NaN]), CONTEXT)).toBe('#73BF69');
});
