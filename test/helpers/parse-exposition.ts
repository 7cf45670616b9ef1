/**
 * Strict readers of both exposition formats, written from the specifications and not from our renderers: what a
 * scraper might forgive is an error here.
 */

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit?: string;
  readonly samples: readonly ParsedSample[];
}

interface OpenFamily {
  readonly name: string;
  help?: string;
  type?: string;
  unit?: string;
  readonly samples: ParsedSample[];
}

interface Rules {
  readonly types: readonly string[];
  /** Characters that may follow a backslash in HELP, and what they stand for. */
  readonly helpEscapes: Readonly<Record<string, string>>;
  readonly hasUnit: boolean;
  /** The name that a family's samples must carry. */
  readonly sampleName: (family: string, type: string) => string;
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const NUMBER = /^(?:[+-]?Inf|NaN|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)$/;
const LABEL_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', '"': '"' };

const TEXT_RULES: Rules = {
  types: ['counter', 'gauge'],
  helpEscapes: { '\\': '\\', n: '\n' },
  hasUnit: false,
  sampleName: (family) => family,
};

const SUFFIX: Readonly<Record<string, string>> = { counter: '_total', gauge: '' };
const OPENMETRICS_RULES: Rules = {
  types: ['counter', 'gauge'],
  helpEscapes: LABEL_ESCAPES,
  hasUnit: true,
  sampleName: (family, type) => `${family}${SUFFIX[type] ?? '?'}`,
};

function fail(line: string, problem: string): never {
  throw new Error(`${problem}: ${JSON.stringify(line)}`);
}

function unescape(text: string, escapes: Readonly<Record<string, string>>): string {
  let result = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character !== '\\') {
      result += character;
      continue;
    }
    index += 1;
    const meaning = escapes[text.charAt(index)];
    if (meaning === undefined) fail(text, 'unknown escape');
    result += meaning;
  }
  return result;
}

function parseLabels(line: string, start: number): { labels: Record<string, string>; end: number } {
  const labels: Record<string, string> = {};
  let position = start;
  for (;;) {
    const name = LABEL_NAME.exec(line.slice(position))?.[0];
    if (name === undefined) fail(line, `no label name at ${position}`);
    if (Object.hasOwn(labels, name)) fail(line, `label ${name} twice`);
    position += name.length;
    if (!line.startsWith('="', position)) fail(line, `no =" after ${name}`);
    position += 2;
    const from = position;
    while (position < line.length && line[position] !== '"') position += line[position] === '\\' ? 2 : 1;
    if (line[position] !== '"') fail(line, `label ${name} does not end`);
    labels[name] = unescape(line.slice(from, position), LABEL_ESCAPES);
    position += 1;
    if (line[position] === '}') return { labels, end: position + 1 };
    if (line[position] !== ',') fail(line, 'neither , nor } after a label');
    position += 1;
  }
}

function parseValue(text: string, line: string): number {
  if (!NUMBER.test(text)) fail(line, `no number ${JSON.stringify(text)}`);
  if (text.endsWith('Inf')) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}

function parseSample(line: string): ParsedSample {
  const name = METRIC_NAME.exec(line)?.[0];
  if (name === undefined) fail(line, 'no metric name');
  const hasLabels = line[name.length] === '{';
  const { labels, end } = hasLabels ? parseLabels(line, name.length + 1) : { labels: {}, end: name.length };
  if (line[end] !== ' ') fail(line, 'no single space before the value');
  return { name, labels, value: parseValue(line.slice(end + 1), line) };
}

function parse(text: string, rules: Rules): readonly ParsedFamily[] {
  if (!text.endsWith('\n')) fail(text.slice(-40), 'the last line does not end');
  const families: OpenFamily[] = [];
  const seen = new Set<string>();
  let current: OpenFamily | undefined;

  const open = (name: string, line: string): OpenFamily => {
    if (current?.name === name) return current;
    if (families.some((family) => family.name === name)) fail(line, `family ${name} is not in one piece`);
    current = { name, samples: [] };
    families.push(current);
    return current;
  };

  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/s.exec(line);
    if (comment === null) {
      if (line.startsWith('#')) fail(line, 'a comment that says nothing');
      const sample = parseSample(line);
      if (current?.type === undefined) fail(line, 'a sample before its TYPE');
      if (sample.name !== rules.sampleName(current.name, current.type)) fail(line, `not of ${current.name}`);
      const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (seen.has(series)) fail(line, 'the same series twice');
      seen.add(series);
      current.samples.push(sample);
      continue;
    }
    const [, keyword, name = '', rest = ''] = comment;
    const family = open(name, line);
    if (family.samples.length > 0) fail(line, 'metadata after samples');
    if (METRIC_NAME.exec(name)?.[0] !== name) fail(line, 'not a metric name');
    if (keyword === 'HELP') {
      if (family.help !== undefined) fail(line, 'HELP twice');
      family.help = unescape(rest, rules.helpEscapes);
    } else if (keyword === 'TYPE') {
      if (family.type !== undefined) fail(line, 'TYPE twice');
      if (!rules.types.includes(rest)) fail(line, 'unexpected type');
      family.type = rest;
    } else {
      if (!rules.hasUnit) fail(line, 'UNIT is not of this format');
      if (!name.endsWith(`_${rest}`)) fail(line, 'the name does not end in its unit');
      family.unit = rest;
    }
  }

  return families.map(({ name, type, help, unit, samples }) => {
    if (type === undefined || help === undefined || samples.length === 0) fail(name, 'incomplete family');
    return { name, type, help, ...(unit === undefined ? {} : { unit }), samples };
  });
}

/** Reads the Prometheus text format 0.0.4; throws at the first deviation. */
export function parseText(text: string): readonly ParsedFamily[] {
  return parse(text, TEXT_RULES);
}

/** Reads OpenMetrics 1.0; throws at the first deviation. */
export function parseOpenMetrics(text: string): readonly ParsedFamily[] {
  if (!text.endsWith('\n# EOF\n')) fail(text.slice(-40), 'no # EOF at the end');
  const families = parse(text.slice(0, -'# EOF\n'.length), OPENMETRICS_RULES);
  for (const { name } of families) {
    // A gauge may be called `…_info`, as client_golang's are.
    if (/_(?:total|created|bucket|gsum|gcount)$/.test(name)) fail(name, 'a reserved suffix in a family name');
  }
  return families;
}
