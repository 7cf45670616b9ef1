/**
 * The whole way from a fault to a page, to play with: simulated node hosts, the exporter, the real Prometheus and
 * Alertmanager with the shipped rules, and a receiver that prints each page.
 *
 *   npm run stack [-- --quick]
 *
 * `--quick`: one second stands for fifteen in what Prometheus and Alertmanager wait for. Keys, or lines with a letter on
 * the standard input, harm and heal; Ctrl-C ends and removes everything.
 */
import { parseArgs } from 'node:util';
import { withCleanup } from '../test/real/harness/cleanup.ts';
import type { Page } from '../test/stack/harness/page-receiver.ts';
import { startStack, type Stack } from '../test/stack/harness/stack.ts';
import { findStackBinaries } from '../test/stack/harness/stack-binaries.ts';

const ZOMBIE = 'mac-studio';
const FROZEN = 'build-box';
const KILLED = 'attic-pi';
const REMOTE = 'field-laptop';
const RESTART_OUTAGE_MS = 4_000;

interface Toy {
  readonly key: string;
  readonly what: string;
  /** Answers with what was done. */
  readonly play: (stack: Stack) => Promise<string>;
}

let isFrozen = false;
let isGatewayGone = false;
let isExporterDead = false;

const TOYS: readonly Toy[] = [
  {
    key: 'z',
    what: `${ZOMBIE} becomes a zombie: it loses its timers, then the gateway restarts`,
    play: async ({ site }) => {
      site.nodeHost(ZOMBIE).loseTimers();
      await site.gateway.restart({ outageMs: RESTART_OUTAGE_MS });
      return `${ZOMBIE} has lost its timers and the gateway has restarted`;
    },
  },
  {
    key: 'f',
    what: `${FROZEN} freezes (SIGSTOP); once more: it goes on`,
    play: ({ site }) => {
      if (isFrozen) site.nodeHost(FROZEN).continue();
      else site.nodeHost(FROZEN).freeze();
      isFrozen = !isFrozen;
      return Promise.resolve(`${FROZEN} ${isFrozen ? 'is frozen' : 'goes on'}`);
    },
  },
  {
    key: 'k',
    what: `${KILLED} is killed, and nobody restarts it`,
    play: async ({ site }) => {
      await site.nodeHost(KILLED).kill();
      return `${KILLED} is gone`;
    },
  },
  {
    key: 'h',
    what: 'heal: every node host is restarted',
    play: async ({ site }) => {
      for (const name of [ZOMBIE, FROZEN, KILLED, REMOTE]) await site.nodeHost(name).restart();
      isFrozen = false;
      return 'every node host was restarted';
    },
  },
  {
    key: 'g',
    what: 'the gateway goes away; once more: it comes back',
    play: async ({ site }) => {
      if (isGatewayGone) await site.gateway.start();
      else await site.gateway.stop();
      isGatewayGone = !isGatewayGone;
      return `the gateway ${isGatewayGone ? 'is gone' : 'is back'}`;
    },
  },
  {
    key: 'x',
    what: 'the exporter is killed (SIGKILL); once more: it is started again',
    play: async (stack) => {
      if (isExporterDead) await stack.relaunchExporter();
      else await stack.exporter.end('SIGKILL');
      isExporterDead = !isExporterDead;
      return `the exporter ${isExporterDead ? 'is dead' : 'runs again'}`;
    },
  },
];

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

/** Resolves when somebody wants it to end. */
function untilAskedToStop(onKey: (key: string) => void): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => {
        resolve();
      });
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    process.stdin.on('data', (chunk: Buffer) => {
      for (const key of chunk.toString('utf8')) {
        // In raw mode Ctrl-C and Ctrl-D are only characters.
        if (key === '\u0003' || key === '\u0004' || key === 'q') resolve();
        else if (key.trim() !== '') onKey(key);
      }
    });
  });
}

function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

function sayNow(text: string): void {
  say(`${new Date().toTimeString().slice(0, 8)}  ${text}`);
}

function tellPage({ receiver, alerts }: Page): void {
  for (const { status, labels, annotations } of alerts) {
    const { alertname = '?', severity = '' } = labels;
    // Every few minutes, to say that all of this works; only its silence would be news.
    if (alertname === 'Watchdog') continue;
    sayNow(`${status === 'firing' ? 'PAGE    ' : 'RESOLVED'}  ${alertname} (${severity}, to ${receiver})`);
    if (status === 'firing') {
      say(`          ${annotations.description ?? annotations.summary ?? ''}`);
      say(`          ${annotations.runbook_url ?? ''}`);
    }
  }
}

function introduce({ exporter, prometheus, alertmanager, site }: Stack): void {
  say();
  say(`exporter      ${exporter.url}/livez?verbose   ${exporter.url}/metrics`);
  say(`Prometheus    ${prometheus.url}/alerts`);
  say(`Alertmanager  ${alertmanager.url}`);
  say(`dashboards    npm run preview -- --prometheus ${prometheus.url}`);
  const pids = [ZOMBIE, FROZEN, KILLED, REMOTE].map(
    (name) => `${name} ${site.nodeHost(name).pid ?? 'does not run'}`,
  );
  say(`node hosts    ${pids.join(', ')} (kill -STOP, -CONT or -KILL them as you like)`);
  say();
  say(process.stdin.isTTY ? 'press' : 'write a letter and Enter');
  for (const { key, what } of TOYS) say(`  ${key}  ${what}`);
  say('  q  or Ctrl-C: end, and remove everything');
  say();
}

say(
  values.quick
    ? 'quick: one second stands for fifteen in what Prometheus and Alertmanager wait for'
    : 'as shipped: from a fault to its page takes about a minute (--quick is fifteen times as fast)',
);
const binaries = findStackBinaries();
say('starting the gateway, four node hosts, the exporter, Alertmanager and Prometheus …');

let playing: Promise<void> = Promise.resolve();
let running: Stack | undefined;
let isStopping = false;

const asked = untilAskedToStop((key) => {
  const stack = running;
  const toy = TOYS.find((candidate) => candidate.key === key);
  if (stack === undefined || toy === undefined || isStopping) return;
  playing = playing
    .then(async () => {
      sayNow(await toy.play(stack));
    })
    .catch((error: unknown) => {
      sayNow(`that failed: ${error instanceof Error ? error.message : String(error)}`);
    });
});

await withCleanup(async (cleanup) => {
  const starting = startStack(cleanup, {
    binaries,
    pace: values.quick ? 'quick' : 'shipped',
    nodeHosts: [{ name: ZOMBIE }, { name: FROZEN }, { name: KILLED }, { name: REMOTE, isRemote: true }],
    onPage: tellPage,
  });
  const first = await Promise.race([starting, asked]);
  if (first !== undefined) {
    running = first;
    introduce(first);
  }
  await asked;
  isStopping = true;
  say('ending …');
  // What is half started or half done would be left behind.
  await starting.catch(() => undefined);
  await playing;
});
process.exit();
