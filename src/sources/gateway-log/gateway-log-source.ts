import { createHash, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../../core/index.ts';
import { knownSecrets, type KnownSecrets } from '../known-secrets.ts';
import { lookReport } from '../look-failure.ts';
import { LookLoop } from '../look-loop.ts';
import type { Source, SourceTools } from '../source.ts';
import { readLogPositions, type TailPosition } from '../tail/position.ts';
import { WatchedLog, type LogLocation, type WatchedLook } from '../tail/watched-log.ts';
import { locationOf, type GatewayLogPlace } from './places.ts';
import { SharedLog, type Writer } from './shared-log.ts';

/** A gateway of this machine, and where it may log. */
export interface LoggingGateway extends Writer {
  readonly places: readonly GatewayLogPlace[];
  /** Somebody said that its log is there: that it is not is a failure. */
  readonly isGiven: boolean;
}

export interface GatewayLogSourceOptions extends SourceTools {
  readonly gateways: readonly LoggingGateway[];
  /** What `positions()` gave in an earlier run, as it came out of the state file; nothing in it is trusted. */
  readonly positions?: Readonly<Record<string, unknown>>;
  readonly secrets?: KnownSecrets;
}

/** A regenerated token is to be told within 5 s. */
const INTERVAL_MS = 1_000;
const TICK_MS = 1_000;
/** In its own words: `log file size cap reached; suppressing writes`. */
const FULL =
  'the gateway has stopped writing to its log, which has grown to its largest size; what it refuses goes unseen until tomorrow, or until it is restarted with another file';
/** Marks what this source keeps among the positions of all logs. */
const PREFIX = 'gateway-log ';
const DISGUISE = 'gateway-log-disguise';

interface Followed {
  readonly places: readonly GatewayLogPlace[];
  readonly isGiven: boolean;
  readonly log: WatchedLog;
  readonly shared: SharedLog;
  location: LogLocation;
  /** It was there at some time; that it is not any more is a failure. */
  wasReadable: boolean;
}

/** Reads the logs that the gateways of this machine write themselves: each file once, however many share it. */
export class GatewayLogSource extends LookLoop implements Source {
  readonly name = 'gateway-log';
  readonly #options: GatewayLogSourceOptions;
  readonly #secrets: KnownSecrets;
  /** Callers from one address are told alike over restarts, and nobody can tell the address from it. */
  readonly #salt: string;
  readonly #saved: Readonly<Record<string, TailPosition>>;
  #followed: ReadonlyMap<string, Followed> = new Map();

  constructor(options: GatewayLogSourceOptions) {
    const { positions = {}, gateways, ticker, secrets = knownSecrets } = options;
    super({ ticker, intervalMs: INTERVAL_MS, look: () => this.#look() });
    this.#options = options;
    this.#secrets = secrets;
    this.#saved = readLogPositions(positions);
    this.#salt = saltIn(positions[DISGUISE]);
    this.setGateways(gateways);
  }

  override async stop(): Promise<void> {
    await super.stop();
    await Promise.all([...this.#followed.values()].map(({ log }) => log.close()));
  }

  /** Taken in one turn with the counters, the two belong together. */
  positions(): Readonly<Record<string, unknown>> {
    if (this.#followed.size === 0) return {};
    return {
      ...Object.fromEntries([...this.#followed].map(([key, { log }]) => [key, log.position()])),
      [DISGUISE]: { salt: this.#salt },
    };
  }

  /** Others from the next look on; a log that stays is read on where it was left. */
  setGateways(gateways: readonly LoggingGateway[]): void {
    const former = new Map(this.#followed);
    const groups = Map.groupBy(
      gateways.filter(({ places }) => places.length > 0),
      ({ places }) => keyOf(places),
    );
    this.#followed = new Map(
      [...groups].map(([key, [first, ...rest]]): [string, Followed] => {
        const writers = [first, ...rest].filter((writer) => writer !== undefined);
        const known = former.get(key);
        former.delete(key);
        if (known !== undefined) known.shared.writers = writers;
        return [key, known ?? this.#follow(key, writers)];
      }),
    );
    for (const { log } of former.values()) log.discard();
    this.poke();
  }

  #follow(key: string, writers: readonly LoggingGateway[]): Followed {
    const { clock, sink } = this.#options;
    const places = writers[0]?.places ?? [];
    const position = this.#saved[key] ?? { files: [], journals: [] };
    const shared = new SharedLog(writers, {
      sink,
      scrub: this.#secrets.scrubName,
      disguise: (address) =>
        createHash('sha256')
          .update(this.#salt + address)
          .digest('hex')
          .slice(0, 12),
    });
    const location = locationOf(places, clock.now().wallMs, position);
    const log = new WatchedLog({
      name: writers.map(({ gateway }) => gateway).join(', '),
      where: location,
      clock,
      watchingSinceWallMs: watchingSince(position, clock.now()),
      position,
      onLines: (batch) => {
        shared.take(batch, clock.now());
      },
      onStatus: ({ readable }, at) => {
        if (!readable && !followed.wasReadable) return;
        followed.wasReadable = true;
        for (const { gateway } of shared.writers)
          sink.observe({ source: 'gateway-log', kind: 'status', gateway, at, readable });
      },
    });
    const isGiven = writers.some((writer) => writer.isGiven);
    const followed: Followed = { places, isGiven, log, shared, location, wasReadable: false };
    return followed;
  }

  async #look(): Promise<void> {
    if (this.#followed.size === 0) return;
    // Somebody may call himself what we use as a credential.
    await this.#secrets.known();
    const { clock, sink } = this.#options;
    const at = clock.now();
    const looks = await Promise.all(
      [...this.#followed.values()].map((followed) => this.#lookAt(followed, at)),
    );
    const told = looks.filter((look) => look !== null);
    if (told.some(({ more }) => more)) this.poke();
    if (told.length === 0) return;
    const errors = told.flatMap((look) => look.errors);
    const notes = told.flatMap((look) => look.notes);
    const gaps = told.flatMap((look) => look.gaps);
    sink.report(lookReport('gateway-log', { at, clock, errors, notes, gaps }));
  }

  /** `null`: nobody said that there is a log, and there is none. */
  async #lookAt(
    followed: Followed,
    at: Instant,
  ): Promise<(WatchedLook & { readonly notes: readonly string[] }) | null> {
    const location = locationOf(followed.places, at.wallMs, followed.log.position());
    if (!isDeepStrictEqual(location, followed.location)) {
      followed.location = location;
      followed.log.moveTo(location);
    }
    const look = await followed.log.look();
    if (look === null) return null;
    const { more, errors, gaps } = look;
    const full = followed.shared.isFull ? [FULL] : [];
    if (errors.length === 0 || followed.isGiven) return { more, errors, notes: full, gaps };
    const worth = errors.filter(({ kind }) => kind !== 'not_found');
    if (worth.length === 0 && !followed.wasReadable) return null;
    // It was found, not given: what it could tell is more than anybody asked for.
    return { more, errors: [], gaps, notes: [...full, ...worth.map(({ message }) => message)] };
  }
}

function keyOf(places: readonly GatewayLogPlace[]): string {
  return PREFIX + places.map((place) => Object.values(place).join(':')).join(' ');
}

/** What was created after an earlier run stopped reading has no history: all of it counts. */
function watchingSince({ files }: TailPosition, now: Instant): number {
  const readUntil = files.map(({ modifiedNs }) => Number(BigInt(modifiedNs) / 1_000_000n));
  // Times of files and of clocks come in ticks.
  return Math.min(now.wallMs, ...readUntil.map((ms) => ms - TICK_MS));
}

function saltIn(saved: unknown): string {
  const found = typeof saved === 'object' && saved !== null && 'salt' in saved ? saved.salt : undefined;
  return typeof found === 'string' && /^[0-9a-f]{32}$/.test(found) ? found : randomBytes(16).toString('hex');
}
