import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { reportDocument } from '../../src/cli/check-report.ts';
import { renderCheck } from '../../src/cli/render-check.ts';
import { buildProgram, parseCommandLine } from '../../src/cli/program.ts';
import { parseDuration } from '../../src/config/duration.ts';
import { ALL_SETTINGS } from '../../src/config/settings.ts';
import { adviceOf } from '../../src/core/model/remedy.ts';
import { NODE_STATES } from '../../src/core/model/node-state.ts';
import { REASONS, type Reason } from '../../src/core/model/reason.ts';
import { remedyFor } from '../../src/core/rules/remedy.ts';
import { AUTH_REASONS, SOURCE_NAMES } from '../../src/core/model/vocabulary.ts';
import { nodesDocument } from '../../src/document/nodes-document.ts';
import { CATALOGUE } from '../../src/exporters/catalogue.ts';
import { aServerOf, ask } from '../http/helpers.ts';
import { aRichSnapshot } from '../helpers/rich-snapshot.ts';
import { aZombie } from '../helpers/snapshots.ts';
import { commandsIn, type CommandLine } from './command-line.ts';
import { mistakeInOpenclaw } from './openclaw-cli.ts';
import { readRunbooks, RUNBOOKS, type Runbook } from './runbook.ts';

const SECTIONS = [
  'What it means',
  'Who is hurt',
  'Confirm it',
  'What to do',
  'What not to do',
  'How to tell it is over',
  'Why it happens',
  'If it pages wrongly',
];

interface Rule {
  readonly alert: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
}

const { groups } = parse(
  readFileSync(new URL('../../alerts/openclaw-nodehost.rules.yml', import.meta.url), 'utf8'),
) as { readonly groups: readonly { readonly rules: readonly (Rule | { readonly record: string })[] }[] };
const ALERTS = groups.flatMap(({ rules }) => rules.filter((rule): rule is Rule => 'alert' in rule));
const PAGES = readRunbooks();
const INDEX = pageNamed('README');
const ALERT_PAGES = PAGES.filter((page) => page !== INDEX);

function pageNamed(name: string): Runbook {
  const page = PAGES.find((candidate) => candidate.name === name);
  if (page === undefined) throw new Error(`no page ${name}.md in docs/runbooks`);
  return page;
}

function sectionOf(page: Runbook, heading: string): Runbook['sections'][number] {
  const section = page.sections.find((candidate) => candidate.heading === heading);
  if (section === undefined) throw new Error(`${page.name}.md has no section ${heading}`);
  return section;
}

/** `5 min 30 s`, `1.5`: a number without a unit is a number. */
function valueInWords(words: string): number | undefined {
  return /^[\d.]+$/.test(words)
    ? Number(words)
    : parseDuration(words.replaceAll('min', 'm').replaceAll(' ', ''));
}

/** Each command of a page, in its blocks and in its prose. */
function commandsOf(page: Runbook): readonly CommandLine[] {
  const lines = page.blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ lines: inBlock }) => inBlock);
  return [...lines, ...page.inline].flatMap(commandsIn);
}

describe('the pages and the rules', () => {
  it('have the same alerts', () => {
    expect(ALERT_PAGES.map(({ name }) => name).sort()).toEqual(ALERTS.map(({ alert }) => alert).sort());
  });

  it('have the same severity', () => {
    for (const { alert, labels } of ALERTS)
      expect([alert, pageNamed(alert).severity]).toEqual([alert, labels.severity]);
  });

  it('are listed in the index, in the order of the rules, with severity and time', () => {
    const rows = [...INDEX.text.matchAll(/^\| \[(\w+)\]\((\w+)\.md\) +\| (\w+) +\| ([^|]+?) +\|/gm)];
    expect(
      rows.map(([, name, target, severity, after = '']) => ({
        name,
        target,
        severity,
        afterMs: after === 'at once' ? 0 : valueInWords(after),
      })),
    ).toEqual(
      ALERTS.map(({ alert, labels, for: after = '0s' }) => ({
        name: alert,
        target: alert,
        severity: labels.severity,
        afterMs: parseDuration(after),
      })),
    );
  });
});

describe.each(ALERT_PAGES)('$name', (page) => {
  it('bears the name of its alert', () => {
    expect(page.title).toBe(page.name);
  });

  it('begins with three lines: is it real, by one command; what to do; when to stop', () => {
    const [real = '', fix = '', stop = '', ...more] = page.head;
    expect(more).toEqual([]);
    expect(real).toMatch(/^- \*\*Is it real\?\*\* .*`[^`]+ [^`]+`/);
    expect(fix).toMatch(/^- \*\*Fix:\*\* [A-Z`]/);
    expect(stop).toMatch(/^- \*\*Stop when:\*\* [A-Z`]/);
  });

  it('has every section, in order, and something in each', () => {
    expect(page.sections.map(({ heading }) => heading)).toEqual(SECTIONS);
    for (const { heading, text } of page.sections)
      expect([heading, text.length > 20]).toEqual([heading, true]);
  });

  it('says who is hurt in a paragraph', () => {
    expect(sectionOf(page, 'Who is hurt').text).not.toContain('\n\n');
  });

  it('is confirmed by one command, with its output shown', () => {
    const { blocks } = sectionOf(page, 'Confirm it');
    const [command, output] = blocks;
    expect(command).toMatchObject({ language: 'sh', lines: [expect.any(String)] });
    expect(output?.language).toBe('text');
    expect(blocks.filter(({ language }) => language === 'sh')).toHaveLength(1);
  });

  it('says what to do on Linux and on macOS, or that nothing is to be done there', () => {
    const { text } = sectionOf(page, 'What to do');
    for (const system of ['Linux', 'macOS']) expect(text).toContain(system);
  });

  it('gives a list of what not to do', () => {
    expect(sectionOf(page, 'What not to do').text).toMatch(/^- (\*\*)?Do not /);
  });
});

describe.each(PAGES)('every command in $name', (page) => {
  const commands = commandsOf(page);

  it('of ours exists, and so do its flags', () => {
    for (const words of ours(commands)) {
      let said = '';
      const { kind } = parseCommandLine(
        words,
        outputsTo((text) => (said += text)),
      );
      expect([words.join(' '), kind, said]).toEqual([words.join(' '), 'run', '']);
    }
  });

  it('of OpenClaw exists, and so do its options', () => {
    for (const { program, words } of commands) {
      if (program !== 'openclaw') continue;
      expect([words.join(' '), mistakeInOpenclaw(words)]).toEqual([words.join(' '), undefined]);
    }
  });

  it('that asks the exporter asks for a page that it has', async () => {
    const server = await aServerOf({ nodes: [aZombie({ name: 'filled-in' })] });
    const paths = [...page.text.replaceAll('<name>', 'filled-in').matchAll(/127\.0\.0\.1:9789(\/[\w/.-]*)/g)];
    for (const [, path = ''] of paths) {
      const { status } = await ask(server, path);
      expect([path, status === 404]).toEqual([path, false]);
    }
  });

  it('has no flag of ours in the prose that does not exist', () => {
    const flags = page.inline.filter((code) => code.startsWith('--')).map((code) => code.split(' ')[0]);
    expect(flags.filter((flag) => !OUR_FLAGS.has(flag))).toEqual([]);
  });
});

function outputsTo(write: (text: string) => void): Parameters<typeof buildProgram>[0] {
  const output = { write, isTty: false, columns: 80, rows: 24 };
  return { stdout: output, stderr: output, version: '1.2.3' };
}

function ours(commands: readonly CommandLine[]): readonly (readonly string[])[] {
  return commands.flatMap(({ program, words }) => {
    if (program === 'openclaw-liveness-exporter') return [words];
    return program === 'node' && words[0] === 'dist/main.js' ? [words.slice(1)] : [];
  });
}

const OUR_PROGRAM = buildProgram(outputsTo(() => undefined));
const OUR_FLAGS: ReadonlySet<string | undefined> = new Set(
  [OUR_PROGRAM, ...OUR_PROGRAM.commands].flatMap(({ options }) => options.map(({ long }) => long)),
);

const METRICS: ReadonlySet<string> = new Set(CATALOGUE.map(({ name }) => name));

describe.each(PAGES)('what $name refers to', (page) => {
  it('is there, where it is one of our files', () => {
    const targets = page.links.map(({ target }) => target).filter((target) => !target.startsWith('https://'));
    for (const target of targets) {
      expect([target, existsSync(new URL(target.replace(/#.*$/, ''), RUNBOOKS))]).toEqual([target, true]);
    }
  });

  it('is the issue that it says, where it is an issue', () => {
    for (const { text, target } of page.links) {
      const number = /#(\d+)$/.exec(text)?.[1];
      if (number !== undefined) expect(target).toMatch(new RegExp(`/(issues|pull)/${number}$`));
    }
  });

  it('is a metric that the exporter has', () => {
    const named = [...page.text.matchAll(/openclaw_nodehost_\w+/g)].map(([name]) => name);
    expect(named.filter((name) => !METRICS.has(name))).toEqual([]);
  });

  it('is a setting that exists, with the default that it has', () => {
    const settings = new Map(ALL_SETTINGS.map((setting) => [setting.key, setting]));
    for (const [, key = '', told] of page.text.matchAll(
      /`((?:thresholds|limits)\.\w+)`(?:\s+\((\d[\d.]*(?: (?:min|s)\b)?(?: \d+ (?:min|s)\b)*))?/g,
    )) {
      const setting = settings.get(key);
      expect([key, setting?.key]).toEqual([key, key]);
      if (told === undefined) continue;
      const { default: fallback, form } = setting ?? {};
      expect([key, valueInWords(told)]).toEqual([
        key,
        form?.suffix === 'Ms' ? parseDuration(fallback) : fallback,
      ]);
    }
  });
});

describe('what pages show and list', () => {
  it('is advice that the exporter gives, word for word', () => {
    const given = new Set(everyAdvice());
    const shown = ALERT_PAGES.flatMap(({ name, blocks }) =>
      blocks.flatMap(({ lines }) => advicesIn(lines).map((advice) => ({ name, advice }))),
    );
    expect(shown.length).toBeGreaterThan(8);
    expect(shown.filter(({ advice }) => !given.has(advice))).toEqual([]);
  });

  it('are tables as `check` prints them, with its columns and its labels', () => {
    const printed = renderCheck(
      reportDocument(nodesDocument(aRichSnapshot()), { kind: 'own-look', lookedMs: 1 }),
      { columns: 80, colour: false },
    );
    const [columns = ''] = /STATE .*/.exec(printed) ?? [];
    const labelWidth = /^ {2}heartbeat +/m.exec(printed)?.[0].length;
    const tables = ALERT_PAGES.flatMap(({ blocks }) =>
      blocks.filter(({ lines }) => lines.some((line) => /^NODE.* WHY$/.test(line))),
    );
    expect(tables.length).toBeGreaterThan(15);
    for (const { lines } of tables) {
      expect(lines.find((line) => line.startsWith('NODE'))).toContain(columns);
      const details = lines.filter((line) => /^ {2}[a-z]+ /.test(line));
      for (const line of details)
        expect(/^ {2}(?:proof of life|\S+) +/.exec(line)?.[0].length).toBe(labelWidth);
    }
  });

  it('has each reason of a block in a row of OpenClawNodeHostBlocked, once', () => {
    const rows = sectionOf(pageNamed('OpenClawNodeHostBlocked'), 'What to do').text.matchAll(
      /^\| ([^|]*`[^|]*) \|/gm,
    );
    const reasons = [...rows].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([\w-]+)`/g)].map(([, reason]) => reason),
    );
    expect(reasons.toSorted()).toEqual([...AUTH_REASONS, 'tls', 'dns', 'http-4xx'].toSorted());
  });

  it('has each source in OpenClawExporterSourceBlind', () => {
    const { text } = sectionOf(pageNamed('OpenClawExporterSourceBlind'), 'What to do');
    for (const source of SOURCE_NAMES) expect(text).toContain(`\`${source}\``);
  });

  it('has each reason of a wedged node host in OpenClawNodeHostWedged', () => {
    const { text } = sectionOf(pageNamed('OpenClawNodeHostWedged'), 'What it means');
    const wedged = REASONS.slice(REASONS.indexOf('process-stopped'), REASONS.indexOf('attached'));
    for (const reason of wedged) expect(text).toContain(`\`${reason}\``);
  });
});

/** What stands behind `do` in a table that `check` printed, its lines joined again. */
function advicesIn(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line, index) => {
    const indent = /^ {2}do +/.exec(line)?.[0].length;
    if (indent === undefined) return [];
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((next) => !next.startsWith(' '.repeat(indent)));
    const own = [line, ...rest.slice(0, end === -1 ? rest.length : end)];
    return [own.map((each) => each.slice(indent)).join(' ')];
  });
}

function everyAdvice(): readonly string[] {
  const reasons: readonly Reason[] = [...REASONS, ...AUTH_REASONS];
  const service = { manager: 'systemd', unit: 'openclaw-node.service', user: true } as const;
  return NODE_STATES.flatMap((state) =>
    reasons.map((reason) =>
      adviceOf(
        remedyFor({
          ...{ state, reasons: [reason], scope: 'local', kind: 'node-host', service, pid: 4623 },
          isTokenUnreadable: false,
        }),
      ),
    ),
  );
}

describe('the reader of command lines', () => {
  it('ends a command at a pipe and leaves out where it writes', () => {
    expect(commandsIn(`curl -s http://x/y | grep -v ' 0$' > out.json; openclaw node start`)).toEqual([
      { program: 'curl', words: ['-s', 'http://x/y'] },
      { program: 'grep', words: ['-v', ' 0$'] },
      { program: 'openclaw', words: ['node', 'start'] },
    ]);
  });

  it('fills in what a reader would', () => {
    expect(commandsIn('openclaw nodes approve <requestId>')).toEqual([
      { program: 'openclaw', words: ['nodes', 'approve', 'filled-in'] },
    ]);
  });
});

describe('the check of OpenClaw command lines', () => {
  it.each([
    ['node reboot', 'no command'],
    ['nodes approve', '1 arguments wanted'],
    ['nodes approve a b', '1 arguments at most'],
    ['nodes status --unplugged', 'no option'],
    ['logs --limit', 'without a value'],
    ['phones …', 'no group'],
  ])('refuses `openclaw %s`', (line, mistake) => {
    expect(mistakeInOpenclaw(line.split(' '))).toContain(mistake);
  });
});
