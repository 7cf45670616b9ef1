import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode, Tree } from '@lezer/common';

/*
 * Reads PromQL far enough to say which metrics and labels an expression depends on: those of an alert, of a panel, of
 * a command in a runbook. It does not evaluate anything, and what Prometheus itself refuses (types, arities) is
 * promtool's to find.
 */

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** One `label="value"` of a selector. */
export interface LabelMatcher {
  readonly label: string;
  readonly operator: MatchOperator;
  /** Unquoted and unescaped. */
  readonly value: string;
}

/** What stands around a selector. */
export type Enclosure =
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'aggregation'; readonly name: string; readonly grouping?: Grouping }
  /** `(…)[1h:15s]`. */
  | { readonly kind: 'subquery'; readonly range: string };

export interface Selector {
  /** Absent for `{job="x"}`, which no metric is named by. */
  readonly metric?: string;
  readonly matchers: readonly LabelMatcher[];
  /** As written, such as `5m`; absent for an instant vector. */
  readonly range?: string;
  /** Innermost first. */
  readonly enclosures: readonly Enclosure[];
  readonly text: string;
}

/** Labels that an expression names outside a selector. */
export interface Grouping {
  readonly kind: 'by' | 'without' | 'on' | 'ignoring' | 'group_left' | 'group_right';
  readonly labels: readonly string[];
  /** The selectors whose labels these can be: what is aggregated, or both sides of the operator. */
  readonly selectors: readonly Selector[];
}

export interface PromqlExpression {
  readonly text: string;
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
  /** Labels that the expression makes itself: by `label_replace`, `label_join` or `count_values`. */
  readonly createdLabels: readonly string[];
}

/** The expression is not PromQL; the message shows where. */
export class PromqlSyntaxError extends Error {
  constructor(expression: string, offset: number) {
    super(`not PromQL at "${expression.slice(offset, offset + 30)}" (offset ${offset}) in: ${expression}`);
    this.name = 'PromqlSyntaxError';
  }
}

/**
 * Lists what `text` depends on.
 *
 * @throws PromqlSyntaxError
 */
export function parsePromql(text: string): PromqlExpression {
  const tree = parser.parse(text);
  const mistake = firstMistake(tree);
  if (mistake !== undefined) throw new PromqlSyntaxError(text, mistake);
  return new PromqlReader(text).read(tree);
}

/** What Grafana puts in place of its own variables; the values are only likely ones. */
const GRAFANA_BUILT_INS: Readonly<Record<string, string>> = {
  __rate_interval: '1m',
  __interval: '15s',
  __interval_ms: '15000',
  __range: '1h',
  __range_s: '3600',
  __range_ms: '3600000',
};

const GRAFANA_VARIABLE = /\$\{(\w+)(?::[\w]+)?\}|\[\[(\w+)(?::[\w]+)?\]\]|\$(\w+)/g;

/**
 * Replaces Grafana's variables, so that what is left is PromQL. Its own (`$__rate_interval` …) get a likely value,
 * those in `values` the given one; any other stays: within quotes that is PromQL, elsewhere {@link parsePromql} refuses it.
 */
export function substituteGrafanaVariables(
  expression: string,
  values: Readonly<Record<string, string>> = {},
): string {
  return expression.replace(
    GRAFANA_VARIABLE,
    (whole, braced?: string, bracketed?: string, plain?: string) => {
      const name = braced ?? bracketed ?? plain ?? '';
      return values[name] ?? GRAFANA_BUILT_INS[name] ?? whole;
    },
  );
}

const DURATION_UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/**
 * Milliseconds of a Prometheus duration such as `1h30m`.
 *
 * @throws RangeError when it is none
 */
export function promDurationMs(duration: string): number {
  if (!/^(\d+(ms|[smhdwy]))+$/.test(duration)) throw new RangeError(`not a Prometheus duration: ${duration}`);
  const parts = duration.matchAll(/(\d+)(ms|[smhdwy])/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * DURATION_UNIT_MS[unit!]!, 0);
}

function firstMistake(tree: Tree): number | undefined {
  let offset: number | undefined;
  tree.iterate({
    enter(node) {
      if (node.type.isError) offset ??= node.from;
    },
  });
  return offset;
}

class PromqlReader {
  readonly #text: string;
  readonly #selectors = new Map<number, Selector>();

  constructor(text: string) {
    this.#text = text;
  }

  read(tree: Tree): PromqlExpression {
    for (const node of descendants(tree.topNode, 'VectorSelector')) {
      this.#selectors.set(node.from, this.#selector(node));
    }
    return {
      text: this.#text,
      selectors: [...this.#selectors.values()],
      groupings: [
        ...descendants(tree.topNode, 'AggregateExpr').flatMap(
          (node) => this.#aggregationGrouping(node) ?? [],
        ),
        ...descendants(tree.topNode, 'MatchingModifierClause').flatMap((node) => this.#matching(node)),
      ],
      createdLabels: this.#createdLabels(tree.topNode),
    };
  }

  #of(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }

  #selector(node: SyntaxNode): Selector {
    const matchers: LabelMatcher[] = [];
    let metric = node.getChild('Identifier') === null ? undefined : this.#of(node.getChild('Identifier')!);
    const list = node.getChild('LabelMatchers');
    for (const matcher of list === null ? [] : children(list)) {
      const parts = children(matcher);
      const [label, operator, value] = parts;
      if (label === undefined || operator === undefined || value === undefined) {
        // `{"up"}`, the way of Prometheus 3 to write a metric whose name needs quotes.
        metric = unquote(this.#of(matcher));
        continue;
      }
      const name = this.#of(label).startsWith('"') ? unquote(this.#of(label)) : this.#of(label);
      const unquoted = unquote(this.#of(value));
      if (name === '__name__' && this.#of(operator) === '=') metric = unquoted;
      else matchers.push({ label: name, operator: this.#of(operator) as MatchOperator, value: unquoted });
    }
    const range = this.#rangeOf(node);
    return {
      ...(metric !== undefined && { metric }),
      matchers,
      ...(range !== undefined && { range }),
      enclosures: this.#enclosures(node),
      text: this.#of(node),
    };
  }

  #rangeOf(selector: SyntaxNode): string | undefined {
    const matrix = selector.parent;
    if (matrix?.name !== 'MatrixSelector') return undefined;
    const duration = matrix.lastChild;
    return duration === null ? undefined : this.#of(duration);
  }

  #enclosures(selector: SyntaxNode): readonly Enclosure[] {
    const found: Enclosure[] = [];
    for (let node = selector.parent; node !== null; node = node.parent) {
      if (node.name === 'FunctionCall') {
        found.push({ kind: 'function', name: this.#of(node.firstChild!) });
      } else if (node.name === 'SubqueryExpr') {
        found.push({ kind: 'subquery', range: this.#of(node.getChild('DurationExpr')!) });
      } else if (node.name === 'AggregateExpr') {
        const grouping = this.#aggregationLabels(node);
        found.push({
          kind: 'aggregation',
          name: this.#of(node.firstChild!),
          ...(grouping !== undefined && { grouping: { ...grouping, selectors: [] } }),
        });
      }
    }
    return found;
  }

  #aggregationLabels(node: SyntaxNode): Pick<Grouping, 'kind' | 'labels'> | undefined {
    const modifier = node.getChild('AggregateModifier');
    const labels = modifier?.getChild('GroupingLabels') ?? null;
    if (modifier === null || labels === null) return undefined;
    return { kind: modifier.getChild('By') === null ? 'without' : 'by', labels: this.#labels(labels) };
  }

  #aggregationGrouping(node: SyntaxNode): Grouping | undefined {
    const labels = this.#aggregationLabels(node);
    return labels === undefined ? undefined : { ...labels, selectors: this.#selectorsUnder(node) };
  }

  /** `on (a) group_left (b)`: two lists of labels. */
  #matching(clause: SyntaxNode): readonly Grouping[] {
    const selectors = this.#selectorsUnder(clause.parent!);
    const groupings: Grouping[] = [];
    let kind: Grouping['kind'] = 'on';
    for (const child of children(clause)) {
      switch (child.name) {
        case 'On':
          kind = 'on';
          break;
        case 'Ignoring':
          kind = 'ignoring';
          break;
        case 'GroupLeft':
          kind = 'group_left';
          break;
        case 'GroupRight':
          kind = 'group_right';
          break;
        case 'GroupingLabels':
          groupings.push({ kind, labels: this.#labels(child), selectors });
          break;
        default:
          break;
      }
    }
    return groupings;
  }

  #labels(list: SyntaxNode): readonly string[] {
    return children(list).map((label) => {
      const text = this.#of(label);
      return text.startsWith('"') ? unquote(text) : text;
    });
  }

  #selectorsUnder(node: SyntaxNode): readonly Selector[] {
    return descendants(node, 'VectorSelector').flatMap(({ from }) => this.#selectors.get(from) ?? []);
  }

  #createdLabels(top: SyntaxNode): readonly string[] {
    const calls = [...descendants(top, 'FunctionCall'), ...descendants(top, 'AggregateExpr')];
    return calls.flatMap((call) => {
      const name = this.#of(call.firstChild!);
      if (name !== 'label_replace' && name !== 'label_join' && name !== 'count_values') return [];
      const literal = call.getChild('FunctionCallBody')?.getChild('StringLiteral') ?? null;
      return literal === null ? [] : [unquote(this.#of(literal))];
    });
  }
}

function children(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

/** All of that name in the tree under `node`, `node` itself included, in the order of the text. */
function descendants(node: SyntaxNode, name: string): readonly SyntaxNode[] {
  const own = node.name === name ? [node] : [];
  return [...own, ...children(node).flatMap((child) => descendants(child, name))];
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** The text of a PromQL string literal: Go's escapes within `"` and `'`, none within backquotes. */
function unquote(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`')) return inner;
  return inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/g,
    (_, hex?: string, unicode?: string, plain?: string) => {
      const code = hex ?? unicode;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      return ESCAPES[plain ?? ''] ?? plain ?? '';
    },
  );
}
