import type { Instant, Observation, SourceName, SourceReport } from '../../../src/core/index.ts';
import type { Process } from '../process.ts';
import type { Random } from '../random.ts';
import type { CoreUnderTest } from './core.ts';
import type { Viewpoint } from './viewpoints.ts';

export interface EyesOptions {
  readonly process: Process;
  readonly core: CoreUnderTest;
  readonly random: Random;
  /** Viewpoints that cannot look at the moment. */
  readonly blind: ReadonlySet<Viewpoint>;
  /** How much later than planned a look comes. */
  readonly lateMs: () => number;
  /** For a story: everything that was seen. */
  readonly saw: (observation: Observation, gateway?: string) => void;
}

/** What every source of one run of the exporter works with. */
export class Eyes {
  readonly process: Process;
  readonly core: CoreUnderTest;
  readonly random: Random;
  readonly blind: ReadonlySet<Viewpoint>;
  readonly #options: EyesOptions;
  #hasNews = false;

  constructor(options: EyesOptions) {
    this.#options = options;
    this.process = options.process;
    this.core = options.core;
    this.random = options.random;
    this.blind = options.blind;
  }

  get now(): Instant {
    const { machine } = this.process;
    return { monoMs: machine.monoMs, wallMs: machine.wallMs };
  }

  /** Looks soon, and again so long after each look has ended, as the sources' own loops do. */
  loop(intervalMs: number, look: () => void): void {
    const again = (): number => {
      look();
      return intervalMs + this.#options.lateMs();
    };
    this.process.repeat(again, this.random.between(0, Math.min(intervalMs, 50)));
  }

  /** @param isNews it may change a verdict so that the next tick is too late */
  observe(observation: Observation, isNews: boolean): void {
    this.core.observe(observation);
    this.#hasNews ||= isNews;
    this.#options.saw(observation);
  }

  observeGateway(gateway: string, observation: Observation, isNews: boolean): void {
    this.core.observeGateway(observation);
    this.#hasNews ||= isNews;
    this.#options.saw(observation, gateway);
  }

  report(source: SourceName, at: Instant, error?: SourceReport['error']): void {
    this.core.report({
      source,
      at,
      durationMs: this.process.machine.monoMs - at.monoMs,
      ...(error !== undefined && { error }),
    });
  }

  /** Whether anything was seen since the last time somebody asked that is worth an assessment at once. */
  takeNews(): boolean {
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    return hasNews;
  }
}
