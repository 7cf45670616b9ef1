import type { GatewayDocument, NodeDocument } from '../document/nodes-document.ts';
import {
  heartbeatWords,
  lastSeenWords,
  proofWords,
  viewpointsOf,
  type Phrase,
} from '../document/viewpoints.ts';
import { recoveryWords } from '../document/recovery-words.ts';
import { ageInWords } from '../document/age.ts';
import type { PluginStatus } from './exit-code.ts';
import { nodeStatus, reportStatus, sortByUrgency, summarise, type CheckReport } from './check-report.ts';
import { wrapText } from '../runtime/wrap-text.ts';

export interface RenderOptions {
  /** Width of the terminal; kept between 60 and 120. */
  readonly columns: number;
  readonly colour: boolean;
}

const GAP = '  ';
const STATE_WIDTH = 'gateway-down'.length;
const FOR_WIDTH = '23 h 59 min'.length;
const LABEL_WIDTH = 'proof of life'.length;
/** With more node hosts than these, those that are well get one line each: one reads of the others. */
const TOLD_IN_FULL = 10;
/** The same of gateways. */
const GATEWAYS_TOLD_IN_FULL = 3;

/** A summary line and a table: node host, state, for how long, why; below each its evidence and what to do. */
export function renderCheck(report: CheckReport, { columns, colour }: RenderOptions): string {
  const width = Math.min(120, Math.max(60, columns));
  const paint = colour ? paintStatus : (text: string): string => text;
  const lines = [paint(formatOutputText(summarise(report)), reportStatus(report))];
  const { nodes } = report.document;
  if (nodes.length > 0) {
    // Long names are wrapped: the reasons are what one reads.
    const longest = Math.max(...nodes.map(({ name }) => formatOutputText(name).length));
    const nameWidth = Math.min(Math.floor(width / 4), Math.max('NODE HOST'.length, longest));
    const title = nodes.some(({ kind }) => kind === 'app') ? 'NODE' : 'NODE HOST';
    const head = [title.padEnd(nameWidth), 'STATE'.padEnd(STATE_WIDTH), 'FOR'.padEnd(FOR_WIDTH), 'WHY'];
    lines.push('', head.join(GAP));
    for (const node of sortByUrgency(nodes)) {
      const isTold = nodes.length <= TOLD_IN_FULL || nodeStatus(node) !== 'ok';
      lines.push(
        ...verdictLines(node, { width, nameWidth, paint }),
        ...(isTold ? detailLines(node, report, width) : []),
      );
    }
  }
  lines.push('', ...closing(report).flatMap((text) => wrapText(formatOutputText(text), width)));
  return `${lines.join('\n')}\n`;
}

interface Layout {
  readonly width: number;
  readonly nameWidth: number;
  readonly paint: (text: string, status: PluginStatus) => string;
}

function verdictLines(node: NodeDocument, { width, nameWidth, paint }: Layout): readonly string[] {
  const indent = nameWidth + GAP.length + STATE_WIDTH + GAP.length + FOR_WIDTH + GAP.length;
  const names = wrapText(formatOutputText(node.name), nameWidth);
  const reasons = wrapText(formatOutputText(node.why), width - indent);
  const state = paint(node.state.padEnd(STATE_WIDTH), nodeStatus(node));
  const duration = ageInWords(node.since.agoSeconds, 'for').padEnd(FOR_WIDTH);
  return Array.from({ length: Math.max(names.length, reasons.length) }, (_, row) => {
    const middle = row === 0 ? [state, duration] : [' '.repeat(STATE_WIDTH), ' '.repeat(FOR_WIDTH)];
    return [(names[row] ?? '').padEnd(nameWidth), ...middle, reasons[row] ?? ''].join(GAP).trimEnd();
  });
}

/** The evidence, one line for each viewpoint that says anything, and what to do. */
function detailLines(node: NodeDocument, { document }: CheckReport, width: number): readonly string[] {
  const isOneOfSeveral = document.gateways.length > 1;
  const proofs = plainPhrases(proofWords(node));
  const recovery = plainPhrases(recoveryWords(node));
  const viewpoints = viewpointsOf(node, Date.parse(document.at ?? ''))
    .filter(({ name, isSilent }) => !isSilent || (name === 'Gateway' && isOneOfSeveral))
    .map(({ name, gist, rest }) => {
      const whose = name === 'Gateway' && isOneOfSeveral ? `${node.gateway}: ` : '';
      return [name.toLowerCase(), `${whose}${gist}${plainPhrases(rest)}`] as const;
    });
  const details: readonly (readonly [label: string, text: string])[] = [
    node.kind === 'app'
      ? ['app', plainPhrases(lastSeenWords(node))]
      : ['heartbeat', plainPhrases(heartbeatWords(node))],
    ...(proofs === '' ? [] : [['proof of life', proofs] as const]),
    ...viewpoints,
    ...(recovery === '' ? [] : [['recovery', recovery] as const]),
    ...(node.advice === '' ? [] : [['do', node.advice] as const]),
  ];
  return details.flatMap(([label, text]) => {
    const head = `  ${label.padEnd(LABEL_WIDTH)}${GAP}`;
    const lines = wrapText(formatOutputText(text), width - head.length);
    return lines.map((line, row) => (row === 0 ? head : ' '.repeat(head.length)) + line);
  });
}

function closing({ via, document, notes }: CheckReport): readonly string[] {
  const looked =
    via.kind === 'exporter'
      ? `asked the exporter at ${via.url}`
      : `looked for ${ageInWords(via.lookedMs / 1000, 'for')}; an exporter that runs all the time sees more`;
  return [...gatewayLines(document.gateways), ...notes, looked];
}

function gatewayLines(gateways: readonly GatewayDocument[]): readonly string[] {
  const isTold = ({ health }: GatewayDocument): boolean =>
    gateways.length <= GATEWAYS_TOLD_IN_FULL || health !== 'healthy';
  const told = gateways.filter(isTold).map(({ name, version, health, why }) => {
    const of = version === null ? '' : ` (${version})`;
    return `gateway ${name}${of}: ${health}, ${why}`;
  });
  const others = gateways.length - told.length;
  if (others === 0) return told;
  const which = told.length === 0 ? '' : 'other ';
  return [...told, `${others} ${which}${others === 1 ? 'gateway is' : 'gateways are'} healthy`];
}

const COLOUR: Readonly<Record<PluginStatus, string>> = {
  ok: '32',
  warning: '33',
  critical: '31',
  unknown: '35',
};

function paintStatus(text: string, status: PluginStatus): string {
  return `\u001b[${COLOUR[status]}m${text}\u001b[0m`;
}

/** What is said, for a terminal. */
function plainPhrases(phrases: readonly Phrase[]): string {
  return phrases
    .map((phrase) => {
      if (typeof phrase === 'string') return phrase;
      if ('strong' in phrase) return phrase.strong;
      return ageInWords(phrase.time.agoSeconds, phrase.form);
    })
    .join('');
}

/** Text of others without control and direction characters: a node host's name must not steer the terminal. */
function formatOutputText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
