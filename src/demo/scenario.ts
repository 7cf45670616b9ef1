import type { Timers } from './timers.ts';
import { messageOf } from '../runtime/error-parts.ts';

/** What happens, when (from the start of the story), and what the audience is told. */
export interface Act {
  readonly atMs: number;
  readonly tell: string;
  readonly deed?: (stage: Stage) => Promise<void> | void;
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
export const DEMO_TIMINGS = {
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
} as const;

/** The demo's story: a zombie, a frozen one and one that recovers by itself; then both are healed. */
export function demoScenario({ zombie, frozen }: Cast): readonly Act[] {
  const { gatewayRestartMs, gatewayOutageMs: outageMs } = DEMO_TIMINGS;
  return [
    { atMs: 0, tell: 'three node hosts connect to their gateway' },
    {
      atMs: DEMO_TIMINGS.loseTimersMs,
      tell: `${zombie} loses its timers: it looks healthy, and could never reconnect`,
      deed: (stage) => stage.loseTimers(zombie),
    },
    {
      atMs: gatewayRestartMs,
      tell: `gateway restarts: it closes every connection (1012), back in ${outageMs / 1000} s`,
      deed: (stage) => stage.restartGateway({ outageMs }),
    },
    {
      atMs: gatewayRestartMs + outageMs,
      tell: `gateway answers again: the others come back, ${zombie} will not try`,
    },
    {
      atMs: DEMO_TIMINGS.freezeMs,
      tell: `${frozen} freezes (SIGSTOP): process and connection stay, nothing runs`,
      deed: (stage) => stage.freeze(frozen),
    },
    {
      atMs: DEMO_TIMINGS.continueMs,
      tell: `${frozen} is continued (SIGCONT): no restart was needed`,
      deed: (stage) => stage.continue(frozen),
    },
    {
      atMs: DEMO_TIMINGS.restartZombieMs,
      tell: `${zombie} is restarted, as by a supervisor that asks /livez`,
      deed: (stage) => stage.restartNodeHost(zombie),
    },
    {
      atMs: DEMO_TIMINGS.endMs,
      tell: 'the story is told, all is calm: harm one yourself, or end with Ctrl-C',
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
  const plans = acts.map(({ atMs, tell: text, deed }) =>
    timers.after(atMs, () => {
      tell({ atMs, text });
      Promise.resolve(deed?.(stage)).catch((error: unknown) =>
        tell({ atMs, text: `that failed: ${messageOf(error)}` }),
      );
    }),
  );
  return () => {
    for (const cancel of plans) cancel();
  };
}
