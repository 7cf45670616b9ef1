import { formatOutputText } from './printable.ts';
import { agoInWords, durationInWords } from './duration-words.ts';
import { evidenceLines } from './evidence-lines.ts';
import type { PluginStatus } from './exit-code.ts';
import {
  nodeStatus,
  reportStatus,
  sortByUrgency,
  summarise,
  type CheckReport,
  type CheckedNode,
} from './check-report.ts';
import { wrapText } from './wrap-text.ts';

export interface RenderOptions {
  /** Width of the terminal; kept between 60 and 120. */
  readonly columns: number;
  readonly colour: boolean;
}

const GAP = '  ';
const STATE_WIDTH = 'gateway-down'.length;
const SINCE_WIDTH = '59m 59s ago'.length;
const VIEWPOINT_WIDTH = 'process'.length;

/** A summary line and a table: node host, state, since, why; below each its evidence and what to do. */
export function renderCheck(report: CheckReport, { columns, colour }: RenderOptions): string {
  const width = Math.min(120, Math.max(60, columns));
  const paint = colour ? paintStatus : (text: string): string => text;
  const lines = [paint(formatOutputText(summarise(report)), reportStatus(report))];
  if (report.nodes.length > 0) {
    // Long names are wrapped: the reasons are what one reads.
    const longest = Math.max(...report.nodes.map(({ name }) => formatOutputText(name).length));
    const nameWidth = Math.min(Math.floor(width / 4), Math.max('NODE HOST'.length, longest));
    const head = [
      'NODE HOST'.padEnd(nameWidth),
      'STATE'.padEnd(STATE_WIDTH),
      'SINCE'.padEnd(SINCE_WIDTH),
      'WHY',
    ];
    lines.push('', head.join(GAP));
    for (const node of sortByUrgency(report.nodes))
      lines.push(...renderNode(node, { width, nameWidth, paint }));
  }
  lines.push('', ...closing(report).flatMap((text) => wrapText(formatOutputText(text), width)));
  return `${lines.join('\n')}\n`;
}

interface Layout {
  readonly width: number;
  readonly nameWidth: number;
  readonly paint: (text: string, status: PluginStatus) => string;
}

function renderNode(node: CheckedNode, { width, nameWidth, paint }: Layout): readonly string[] {
  const indent = nameWidth + GAP.length + STATE_WIDTH + GAP.length + SINCE_WIDTH + GAP.length;
  const names = wrapText(formatOutputText(node.name), nameWidth);
  const reasons = wrapText(formatOutputText(node.why), width - indent);
  const state = paint(node.state.padEnd(STATE_WIDTH), nodeStatus(node));
  const since = agoInWords(node.inStateMs).padEnd(SINCE_WIDTH);
  const first = Array.from({ length: Math.max(names.length, reasons.length) }, (_, row) => {
    const middle = row === 0 ? [state, since] : [' '.repeat(STATE_WIDTH), ' '.repeat(SINCE_WIDTH)];
    return [(names[row] ?? '').padEnd(nameWidth), ...middle, reasons[row] ?? ''].join(GAP).trimEnd();
  });
  const details = [
    ...evidenceLines(node.evidence, node.atWallMs).map(({ viewpoint, text }) => [viewpoint, text] as const),
    ...(node.advice === '' ? [] : [['do', node.advice] as const]),
  ];
  return [...first, ...details.flatMap(([label, text]) => renderDetail(label, text, width))];
}

function renderDetail(label: string, text: string, width: number): readonly string[] {
  const head = `  ${label.padEnd(VIEWPOINT_WIDTH)}${GAP}`;
  const lines = wrapText(formatOutputText(text), width - head.length);
  return lines.map((line, row) => (row === 0 ? head : ' '.repeat(head.length)) + line);
}

function closing({ via, gateway, notes }: CheckReport): readonly string[] {
  const version = gateway?.version === undefined ? '' : ` (${gateway.version})`;
  const about =
    gateway === undefined ? [] : [`gateway ${gateway.name}${version}: ${gateway.health}, ${gateway.why}`];
  const looked =
    via.kind === 'exporter'
      ? `asked the exporter at ${via.url}`
      : `looked for ${durationInWords(via.lookedMs)}; an exporter that runs all the time sees more`;
  return [...about, ...notes, looked];
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
