import type { Timers } from './timers.ts';
import { messageOf } from '../runtime/error-parts.ts';

/** One thing that is done to the cast. */
export type Deed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'lose-timers'; readonly who: string }
  | { readonly kind: 'freeze'; readonly who: string }
  | { readonly kind: 'continue'; readonly who: string }
  | { readonly kind: 'restart-node-host'; readonly who: string }
  | { readonly kind: 'restart-gateway'; readonly outageMs: number };

/** A deed, when it is done (from the start of the story), and what the audience is told. */
export interface Act {
  readonly atMs: number;
  readonly tell: string;
  readonly deed: Deed;
}

export interface StoryLine {
  readonly atMs: number;
  readonly text: string;
}

/** Who plays: names of node hosts. */
export interface Cast {
  /** Loses its timer, and with it its reconnect. */
  readonly zombie: string;
  /** Is stopped and continued. */
  readonly frozen: string;
  /** Comes through by itself. */
  readonly survivor: string;
}

export const DEMO_CAST: Cast = { zombie: 'mac-studio', frozen: 'build-box', survivor: 'attic-pi' };

/** When what happens, in milliseconds from the start. */
export interface Timings {
  readonly loseTimersMs: number;
  readonly gatewayRestartMs: number;
  readonly gatewayOutageMs: number;
  readonly freezeMs: number;
  readonly continueMs: number;
  readonly restartZombieMs: number;
  readonly endMs: number;
}

export const DEMO_TIMINGS: Timings = {
  // By then all three are attached and were seen so for a few looks of every source.
  loseTimersMs: 12_000,
  gatewayRestartMs: 14_000,
  // Long enough for refused attempts in the log; the next attempts (1, 2, 4 s) still bring the others back within 7 s.
  gatewayOutageMs: 4_000,
  // The restart is over, so that there is one thing to see at a time; and the verdict falls within the first minute.
  freezeMs: 36_000,
  // Less than the 50 s after which the gateway drops who does not answer its ping: the very connection goes on.
  continueMs: 58_000,
  restartZombieMs: 66_000,
  endMs: 78_000,
};

/** The demo's story: a zombie, a frozen one and one that recovers by itself; then both are healed. */
export function demoScenario(cast: Cast, timings: Timings): readonly Act[] {
  const { zombie, frozen } = cast;
  const outage = `${timings.gatewayOutageMs / 1000} s`;
  return [
    {
      atMs: 0,
      tell: 'three node hosts connect to their gateway',
      deed: { kind: 'nothing' },
    },
    {
      atMs: timings.loseTimersMs,
      tell: `${zombie} loses its timers: it looks healthy, and could never reconnect`,
      deed: { kind: 'lose-timers', who: zombie },
    },
    {
      atMs: timings.gatewayRestartMs,
      tell: `gateway restarts: it closes every connection (1012), back in ${outage}`,
      deed: { kind: 'restart-gateway', outageMs: timings.gatewayOutageMs },
    },
    {
      atMs: timings.gatewayRestartMs + timings.gatewayOutageMs,
      tell: `gateway answers again: the others come back, ${zombie} will not try`,
      deed: { kind: 'nothing' },
    },
    {
      atMs: timings.freezeMs,
      tell: `${frozen} freezes (SIGSTOP): process and connection stay, nothing runs`,
      deed: { kind: 'freeze', who: frozen },
    },
    {
      atMs: timings.continueMs,
      tell: `${frozen} is continued (SIGCONT): no restart was needed`,
      deed: { kind: 'continue', who: frozen },
    },
    {
      atMs: timings.restartZombieMs,
      tell: `${zombie} is restarted, as by a supervisor that asks /livez`,
      deed: { kind: 'restart-node-host', who: zombie },
    },
    {
      atMs: timings.endMs,
      tell: 'the story is told, all is calm: harm one yourself, or end with Ctrl-C',
      deed: { kind: 'nothing' },
    },
  ];
}

/** What the deeds are done with. */
export interface Stage {
  loseTimers(who: string): void;
  freeze(who: string): void;
  continue(who: string): void;
  restartNodeHost(who: string): Promise<void>;
  restartGateway(options: { readonly outageMs: number }): Promise<void>;
}

export interface Play {
  readonly acts: readonly Act[];
  readonly stage: Stage;
  readonly timers: Timers;
  readonly tell: (line: StoryLine) => void;
}

/** Plays the acts, each at its time. A deed that fails is told and the story goes on. Returns how to stop it. */
export function playScenario({ acts, stage, timers, tell }: Play): () => void {
  const plans = acts.map((act) =>
    timers.after(act.atMs, () => {
      tell({ atMs: act.atMs, text: act.tell });
      perform(act.deed, stage).catch((error: unknown) => {
        const what = messageOf(error);
        tell({ atMs: act.atMs, text: `that failed: ${what}` });
      });
    }),
  );
  return () => {
    for (const cancel of plans) cancel();
  };
}

async function perform(deed: Deed, stage: Stage): Promise<void> {
  switch (deed.kind) {
    case 'nothing':
      return;
    case 'lose-timers':
      stage.loseTimers(deed.who);
      return;
    case 'freeze':
      stage.freeze(deed.who);
      return;
    case 'continue':
      stage.continue(deed.who);
      return;
    case 'restart-node-host':
      await stage.restartNodeHost(deed.who);
      return;
    case 'restart-gateway':
      await stage.restartGateway(deed);
      return;
    default:
      deed satisfies never;
  }
}
