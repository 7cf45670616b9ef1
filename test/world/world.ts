import { Exporter } from './exporter/exporter.ts';
import type { Verdicts } from './judge/finding.ts';
import { Judge } from './judge/judge.ts';
import { drawLayout, TOKEN, type Layout, type LayoutWishes } from './layout.ts';
import type { NodeHost } from './node-host/node-host.ts';
import { Random } from './random.ts';
import { Timeline } from './timeline.ts';
import { EXPORTER_TROUBLES } from './trouble/exporter-troubles.ts';
import { GATEWAY_TROUBLES } from './trouble/gateway-troubles.ts';
import { MACHINE_TROUBLES } from './trouble/machine-troubles.ts';
import { NODE_HOST_TROUBLES } from './trouble/node-host-troubles.ts';
import type { Scene, Trouble } from './trouble/trouble.ts';
import { WAY_TROUBLES } from './trouble/way-troubles.ts';
import { Story } from './story.ts';
import { truthOf } from './truth.ts';

export interface WorldOptions extends LayoutWishes {
  readonly seed: string;
  /** Between two troubles, on average; `undefined`: none comes by itself. */
  readonly troubleEveryMs: number | undefined;
  /** Everything that happens is written down. */
  readonly tellsStory?: boolean;
  readonly judgesHeartbeat?: boolean;
}

const TROUBLES: readonly Trouble[] = [
  ...GATEWAY_TROUBLES,
  ...WAY_TROUBLES,
  ...NODE_HOST_TROUBLES,
  ...EXPORTER_TROUBLES,
  ...MACHINE_TROUBLES,
];
const WEIGHTED = weighted(TROUBLES);
/** What may happen while the exporter's machine sleeps. */
const WEIGHTED_ELSEWHERE = weighted([...GATEWAY_TROUBLES, ...WAY_TROUBLES]);
/** Time for everybody to come up before the first trouble. */
const SETTLING_MS = 90_000;
/** A restarter of the operator's own acts on a 503 that lasts this long, and then leaves it alone for a minute. */
const RESTARTER_MS = { acts: 25_000, rests: 60_000 };

/** Gateways, node hosts and an exporter in simulated time, with trouble, and a judge of what the exporter says. */
export class World {
  readonly timeline = new Timeline();
  readonly layout: Layout;
  readonly exporter: Exporter;
  readonly judge: Judge;
  readonly story: Story;
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #hasRestarter: boolean;
  readonly #deadSinceMs = new Map<NodeHost, number>();
  #quietUntilMs = SETTLING_MS;

  constructor(options: WorldOptions) {
    this.#options = options;
    const random = new Random(options.seed);
    this.#random = random.fork('troubles');
    this.layout = drawLayout(this.timeline, random, options);
    this.story = new Story(this.timeline, this.layout, options.tellsStory === true);
    this.#hasRestarter = options.troubleEveryMs !== undefined && random.fork('restarter').chance(0.5);
    const { layout } = this;
    this.exporter = new Exporter({
      machine: layout.desk,
      random: random.fork('exporter'),
      viewpoints: layout.viewpoints,
      hosts: layout.locals,
      watched: layout.watched,
      gateways: layout.watchedGateways,
      assessed: () => {
        this.#assessed();
      },
      saw: (observation, gateway) => {
        this.story.saw(observation, gateway);
      },
    });
    this.exporter.token = TOKEN;
    this.judge = new Judge({
      layout,
      nowMs: () => this.timeline.nowMs,
      exporter: this.exporter,
      tell: (words) => {
        this.story.tell(words);
      },
      judgesHeartbeat: options.judgesHeartbeat === true,
    });
    this.#start();
  }

  /** Lets so much time pass. */
  run(ms: number): this {
    this.timeline.runUntil(this.timeline.nowMs + ms);
    return this;
  }

  get verdicts(): Verdicts {
    return this.judge.verdicts;
  }

  /** For a trouble that is made by hand: as if it came now, to the first node host of the exporter's machine. */
  get scene(): Scene {
    return this.#scene(this.layout.locals[0]!);
  }

  #start(): void {
    const { layout } = this;
    const changed = (): void => {
      this.judge.worldChanged();
    };
    for (const { gateway, parts, wayKind } of layout.sites) {
      gateway.start({ bootMs: 0, startsUpMs: 0 });
      gateway.onChange(changed);
      for (const part of [parts.link, parts.tunnel, parts.proxy, parts.certificate, parts.names])
        part?.onChange(changed);
      this.story.tell(`${gateway.name} (${gateway.version}) is reached by ${wayKind}`);
    }
    const boot = this.#random.fork('boot');
    for (const host of [...layout.locals, ...layout.remotes]) {
      host.onChange(changed);
      const { gateway } = layout.siteOf(host);
      gateway.know(host.deviceId, host.displayName, host.habits.version);
      this.timeline.after(boot.between(100, 20_000), () => {
        host.restart();
      });
      this.story.tell(
        `${host.id} (${host.habits.version}, ${host.supervisor.kind}) dials ${host.path.url}; the exporter knows of it: ${JSON.stringify(host.hints)}`,
      );
    }
    this.story.tell(
      `the exporter sees: ${layout.viewpoints.name}; node hosts are ${layout.naming}; it watches ${layout.watchedGateways.map(({ path }) => path.url).join(', ')}`,
    );
    this.timeline.after(boot.between(0, 30_000), () => {
      this.exporter.start();
    });
    if (this.#options.troubleEveryMs !== undefined)
      this.#planTrouble(SETTLING_MS, this.#options.troubleEveryMs);
  }

  #planTrouble(afterMs: number, everyMs: number): void {
    this.timeline.after(afterMs, () => {
      if (this.timeline.nowMs < this.#quietUntilMs) {
        const restMs = this.#quietUntilMs - this.timeline.nowMs;
        this.#planTrouble(restMs + this.#random.between(0, 30_000), everyMs);
        return;
      }
      this.#makeTrouble();
      // Now and then two come together.
      const gapMs = this.#random.chance(0.15) ? 10_000 : 2 * everyMs;
      this.#planTrouble(this.#random.between(0, gapMs), everyMs);
    });
  }

  #makeTrouble(): void {
    const { desk, locals } = this.layout;
    const host = this.#random.pick(locals);
    const isOnlyElsewhere = desk.isAsleep;
    if (isOnlyElsewhere && this.layout.siteOf(host).gateway.machine === desk) return;
    for (let tries = 0; tries < 20; tries += 1) {
      const trouble = this.#random.weighted(isOnlyElsewhere ? WEIGHTED_ELSEWHERE : WEIGHTED);
      if (trouble.begin(this.#scene(host))) return;
    }
  }

  #scene(host: NodeHost): Scene {
    return {
      layout: this.layout,
      exporter: this.exporter,
      random: this.#random,
      host,
      site: this.layout.siteOf(host),
      after: (ms, happen) => {
        this.layout.desk.after(ms, happen);
      },
      elsewhere: (ms, happen, machine) => {
        (machine ?? this.timeline).after(ms, happen);
      },
      tell: (words) => {
        this.story.tell(words);
      },
      disturbed: () => {
        this.judge.worldChanged();
        this.judge.disturbed();
      },
      quiet: (ms) => {
        this.#quietUntilMs = Math.max(this.#quietUntilMs, this.timeline.nowMs + ms);
      },
      cureLater: (cured) => {
        this.#cureLater(cured);
      },
    };
  }

  #cureLater(host: NodeHost): void {
    const { runner } = host;
    this.layout.desk.after(this.#random.logBetween(200_000, 900_000), () => {
      if (host.runner !== runner) return;
      const { gateway } = this.layout.siteOf(host);
      if (truthOf(host, gateway).helps === 'no') return;
      this.story.tell(`${host.id} is restarted by its operator`);
      host.restart();
      this.judge.disturbed();
    });
  }

  #assessed(): void {
    const { core } = this.exporter;
    if (core === undefined) return;
    this.judge.assessed(core);
    if (!this.#hasRestarter) return;
    const now = this.timeline.nowMs;
    for (const host of this.layout.locals) {
      if (core.saysOf(host.id)?.live !== false) {
        this.#deadSinceMs.delete(host);
        continue;
      }
      const sinceMs = this.#deadSinceMs.get(host) ?? now;
      this.#deadSinceMs.set(host, sinceMs);
      if (now - sinceMs < RESTARTER_MS.acts) continue;
      this.#deadSinceMs.set(host, now + RESTARTER_MS.rests);
      this.story.tell(`${host.id} is restarted by a script that acts on /livez`);
      host.restart();
      this.judge.disturbed();
    }
  }
}

function weighted(troubles: readonly Trouble[]): readonly (readonly [weight: number, trouble: Trouble])[] {
  return troubles.map((trouble) => [trouble.weight, trouble]);
}
