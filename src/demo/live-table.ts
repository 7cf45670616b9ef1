import { elapsedMs, type NodeSnapshot, type Snapshot } from '../core/index.ts';
import { cell, clip, clock, wrap } from './clip-text.ts';
import type { StoryLine } from './scenario.ts';
import { viewpointWords } from './viewpoint-words.ts';

/** What `/livez/<node>` answered last, by node name; absent while it was not asked yet or did not answer. */
export type LivezCodes = ReadonlyMap<string, number>;

export interface LiveTable {
  readonly snapshot: Snapshot;
  readonly livez: LivezCodes;
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
const WIDTHS = { name: 11, process: 10, socket: 13, gateway: 13, probe: 10 } as const;

/** One frame: the node hosts as each viewpoint sees them, the verdict of each, and what happened lately. */
export function renderLiveTable(table: LiveTable): readonly string[] {
  const { snapshot, columns } = table;
  const top = [
    titleLine(table),
    snapshot.doubt === undefined ? '' : clip(`the exporter is in doubt: ${snapshot.doubt}`, columns),
    row(
      {
        name: 'NODE HOST',
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

/** `00:20 gateway restarts: …` */
export function storyText({ atMs, text }: StoryLine): string {
  return `${clock(atMs)} ${text}`;
}

function titleLine({ snapshot, elapsedMs: elapsed, columns }: LiveTable): string {
  const { gateway } = snapshot;
  const version = gateway.version === undefined ? '' : ` (${gateway.version})`;
  return cell(`${clock(elapsed)}  gateway ${gateway.name}${version} is ${gateway.health}`, columns).trimEnd();
}

function nodeLines(node: NodeSnapshot, table: LiveTable): readonly string[] {
  const { columns } = table;
  const words = viewpointWords(node.evidence);
  const code = table.livez.get(node.name);
  const since = clock(elapsedMs(node.since, table.snapshot.at));
  const verdict = `  ${cell(node.state, 12)} ${since}  /livez ${code ?? '...'}  `;
  const why = wrap(node.why, columns - verdict.length, MAX_WHY_LINES).map((line, index) =>
    clip(`${index === 0 ? verdict : ' '.repeat(verdict.length)}${line}`, columns),
  );
  return [row({ name: node.name, ...words }, columns), ...why.map((line) => paint(line, node, table.color))];
}

function row(
  words: Readonly<Record<'name' | 'process' | 'socket' | 'log' | 'gateway' | 'probe', string>>,
  columns: number,
): string {
  const separated = (text: string, width: number): string => `${cell(text, width - 1)} `;
  const text =
    separated(words.name, WIDTHS.name) +
    separated(words.process, WIDTHS.process) +
    separated(words.socket, WIDTHS.socket) +
    separated(words.gateway, WIDTHS.gateway) +
    separated(words.probe, WIDTHS.probe) +
    words.log;
  return clip(text.trimEnd(), columns);
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
