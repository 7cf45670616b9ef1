/** `label_values(label)` or `label_values(selector, label)`. */
const LABEL_VALUES = /^label_values\((?:(.+),\s*)?(\w+)\)\s*$/s;

/** The query of a variable that asks for the values of a label. */
export interface LabelValuesQuery {
  /** Of the series that have the label; absent: of all. */
  readonly selector: string | undefined;
  readonly label: string;
}

export function isLabelValuesQuery(query: string): boolean {
  return LABEL_VALUES.test(query);
}

/** The parts of such a query. Throws a TypeError for any other. */
export function parseLabelValuesQuery(query: string): LabelValuesQuery {
  const parts = LABEL_VALUES.exec(query);
  if (parts?.[2] === undefined) throw new TypeError(`not a label_values query: ${query}`);
  return { selector: parts[1]?.trim(), label: parts[2] };
}
