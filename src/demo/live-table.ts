import { elapsedMs, type NodeSnapshot, type Snapshot } from '../core/index.ts';
import { nodeDocument } from '../document/nodes-document.ts';
import { viewpointsOf } from '../document/viewpoints.ts';
import { ageInWords } from '../document/age.ts';
import { cell, clip, clock, wrap } from './clip-text.ts';
import type { StoryLine } from './scenario.ts';

export interface LiveTable {
  readonly snapshot: Snapshot;
  readonly story: readonly StoryLine[];
  readonly elapsedMs: number;
  /** What stands under the table: addresses to try. */
  readonly footer: readonly string[];
  /** All is shown from 80 on; a narrower terminal loses the ends of the lines. */
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

/** With less of the story one would not know what is going on. */
const MIN_STORY_LINES = 3;

/** So that three node hosts and the story fit in 24 lines. */
const MAX_WHY_LINES = 2;
/** The log takes the rest. */
const WIDTHS = { name: 11, heartbeat: 10, process: 8, socket: 14, gateway: 13, probe: 10 } as const;
type Column = keyof typeof WIDTHS | 'log';

const NOT_KNOWN = '?';

/** One frame: the node hosts as each viewpoint sees them, the verdict of each, and what happened lately. */
export function renderLiveTable(table: LiveTable): readonly string[] {
  const { snapshot, columns } = table;
  const top = [
    ...titleLines(table),
    snapshot.doubt === undefined ? '' : clip(`the exporter is in doubt: ${snapshot.doubt}`, columns),
    row(
      {
        name: 'NODE HOST',
        heartbeat: 'HEARTBEAT',
        process: 'PROCESS',
        socket: 'SOCKET',
        gateway: 'GATEWAY',
        probe: 'PROBE',
        log: 'LOG',
      },
      columns,
    ),
    ...snapshot.nodes.flatMap((node) => nodeLines(node, table)),
    '',
  ];
  const footer = table.footer.map((line) => clip(line, columns));
  const room = table.rows - top.length - footer.length - 2;
  const story = table.story
    .slice(-Math.max(MIN_STORY_LINES, room))
    .map((line) => clip(storyText(line), columns));
  return [...top, ...story, '', ...footer];
}

/** What `/livez/<node>` answers. */
export function livezCode({ live }: NodeSnapshot): number {
  return live ? 200 : 503;
}

/** `00:20 gateway restarts: …` */
export function storyText({ atMs, text }: StoryLine): string {
  return `${clock(atMs)} ${text}`;
}

/** A gateway a line; whoever points the demo's exporter at more than one sees each. */
function titleLines({ snapshot, elapsedMs: elapsed, columns }: LiveTable): readonly string[] {
  const time = clock(elapsed);
  return snapshot.gateways.map(({ name, version, health }, index) => {
    const of = version === undefined ? '' : ` (${version})`;
    const before = index === 0 ? time : ' '.repeat(time.length);
    return clip(`${before}  gateway ${name}${of} is ${health}`, columns);
  });
}

function nodeLines(node: NodeSnapshot, table: LiveTable): readonly string[] {
  const { columns, snapshot } = table;
  const since = clock(elapsedMs(node.since, snapshot.at));
  const verdict = `  ${cell(node.state, 12)} ${since}  /livez ${livezCode(node)}  `;
  const why = wrap(node.why, columns - verdict.length, MAX_WHY_LINES).map((line, index) =>
    clip(`${index === 0 ? verdict : ' '.repeat(verdict.length)}${line}`, columns),
  );
  return [row(wordsOf(node, snapshot), columns), ...why.map((line) => paint(line, node, table.color))];
}

/** The gist of each viewpoint; `?` where it says nothing (any more). */
function wordsOf(node: NodeSnapshot, { at }: Snapshot): Readonly<Record<Column, string>> {
  const document = nodeDocument(node, at);
  const viewpoints = viewpointsOf(document, at.wallMs);
  const gistOf = (wanted: (typeof viewpoints)[number]['name']): string => {
    const viewpoint = viewpoints.find(({ name }) => name === wanted);
    return viewpoint === undefined || viewpoint.isSilent ? NOT_KNOWN : viewpoint.gist;
  };
  return {
    name: node.name,
    heartbeat: document.heartbeat === null ? 'never' : ageInWords(document.heartbeat.agoSeconds, 'ago'),
    process: gistOf('Process'),
    socket: gistOf('Socket'),
    gateway: gistOf('Gateway'),
    probe: gistOf('Probe'),
    log: gistOf('Log'),
  };
}

function row(words: Readonly<Record<Column, string>>, columns: number): string {
  const text = (Object.keys(WIDTHS) as readonly (keyof typeof WIDTHS)[])
    .map((column) => `${cell(words[column], WIDTHS[column] - 1)} `)
    .join('');
  return clip(`${text}${words.log}`.trimEnd(), columns);
}

const RED = '\u001b[31m';
const GREEN = '\u001b[32m';
const YELLOW = '\u001b[33m';
const PLAIN = '\u001b[39m';

function paint(text: string, node: NodeSnapshot, color: boolean): string {
  if (!color) return text;
  const shade = !node.live ? RED : node.state === 'alive' ? GREEN : YELLOW;
  return `${shade}${text}${PLAIN}`;
}
