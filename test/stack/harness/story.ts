import type { Cleanup } from '../../real/harness/cleanup.ts';
import { waitUntil } from '../../real/harness/wait-until.ts';
import { makeZombies } from './faults.ts';
import type { StackBinaries } from './stack-binaries.ts';
import { startStack, type Stack } from './stack.ts';

/** Who plays in the story that the pictures tell. */
export interface StoryCast {
  /** Loses its timer, and with it its reconnect. */
  readonly zombie: string;
  /** Is stopped. */
  readonly wedged: string;
  /** Is stopped, too, but continued before the end. */
  readonly recovered: string;
  /** Comes with a token that the gateway refuses. */
  readonly blocked: string;
  /** On another machine; goes away. */
  readonly offline: string;
  /** Is restarted once and otherwise well. */
  readonly restarted: string;
  /** Never has anything. */
  readonly well: string;
}

export const STORY_CAST: StoryCast = {
  zombie: 'mac-studio',
  wedged: 'build-box',
  recovered: 'attic-pi',
  blocked: 'lobby-mini',
  offline: 'field-laptop',
  restarted: 'lab-nuc',
  well: 'office-mini',
};

/** How long each part of the story is, ms. */
export interface StoryTimings {
  /** All is well, so that one sees what that looks like. */
  readonly calmMs: number;
  /** From the verdict on the stopped one until it is continued. */
  readonly stoppedMs: number;
  /** From the last verdict to the end. */
  readonly afterwardsMs: number;
}

/** What is to be seen of a quick stack: Prometheus scrapes every second there. */
export const STACK_SCRAPE_INTERVAL_MS = 1_000;

/** The simulated gateway and node hosts, the real exporter, and a real Prometheus with the shipped rules. */
export async function startDemoSite(
  cleanup: Cleanup,
  { binaries, cast }: { readonly binaries: StackBinaries; readonly cast: StoryCast },
): Promise<Stack> {
  return startStack(cleanup, {
    binaries,
    pace: 'quick',
    nodeHosts: [
      { name: cast.zombie },
      { name: cast.wedged },
      { name: cast.recovered },
      { name: cast.blocked, hasWrongToken: true },
      { name: cast.offline, isRemote: true },
      { name: cast.restarted },
      { name: cast.well },
    ],
  });
}

const VERDICT_TIMEOUT_MS = 120_000;

/** Waits until Prometheus has it: that is what dashboards show. */
async function waitForScraped(stack: Stack, name: string, state: string): Promise<void> {
  await waitUntil(
    async () => {
      const series = await stack.prometheus.query(`openclaw_nodehost_state{state="${state}"} == 1`);
      return series.some(({ labels }) => labels.node_host === name);
    },
    { timeoutMs: VERDICT_TIMEOUT_MS, everyMs: 250, what: `${name} to be ${state}` },
  );
}

/**
 * Does the story to the node hosts. Resolves at its end, when one is a zombie, one wedged, one blocked, one offline, and
 * one came back; rejects when the exporter does not see it so.
 */
export async function tellStory(
  stack: Stack,
  cast: StoryCast,
  {
    timings,
    pause,
    tell,
  }: {
    readonly timings: StoryTimings;
    readonly pause: (ms: number) => Promise<void>;
    readonly tell: (line: string) => void;
  },
): Promise<void> {
  const { site } = stack;
  await waitForScraped(stack, cast.blocked, 'blocked');
  tell(`all attached but ${cast.blocked}, whose token the gateway refuses`);
  await pause(timings.calmMs);
  tell(`${cast.restarted} is restarted`);
  await site.nodeHost(cast.restarted).restart();
  tell(`${cast.zombie} loses its timers, then the gateway restarts`);
  await makeZombies(stack, [cast.zombie]);
  await waitForScraped(stack, cast.zombie, 'zombie');
  tell(`${cast.recovered} freezes`);
  site.nodeHost(cast.recovered).freeze();
  await waitForScraped(stack, cast.recovered, 'wedged');
  await pause(timings.stoppedMs);
  tell(`${cast.recovered} is continued, ${cast.wedged} freezes, ${cast.offline} goes away`);
  site.nodeHost(cast.recovered).continue();
  site.nodeHost(cast.wedged).freeze();
  await site.nodeHost(cast.offline).kill();
  await waitForScraped(stack, cast.wedged, 'wedged');
  await waitForScraped(stack, cast.recovered, 'alive');
  await waitForScraped(stack, cast.offline, 'offline');
  tell('the story is told');
  await pause(timings.afterwardsMs);
}
