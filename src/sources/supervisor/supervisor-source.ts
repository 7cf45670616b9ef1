import {
  elapsedMs,
  isSameService,
  present,
  type Instant,
  type Service,
  type TargetId,
} from '../../core/index.ts';
import { lookReport } from '../look-failure.ts';
import { LookLoop } from '../look-loop.ts';
import type { Source, SourceTools } from '../source.ts';
import type { AskError, AskServiceManager, ServiceAnswer } from './service-manager.ts';

/** The service that supervises a node host, as far as is known now. */
export interface Supervised {
  readonly service: Service;
  /** The operator named the service. One that was only inferred need not exist, and nobody is told when it does not. */
  readonly isNamed: boolean;
  /** The process of the node host; `null` when it is gone. */
  readonly incarnation: string | null;
}

export interface SupervisorSourceOptions extends SourceTools {
  readonly targets: readonly TargetId[];
  /** `undefined`: nothing supervises it, or nobody knows what. */
  readonly supervised: (target: TargetId) => Supervised | undefined;
  readonly ask: AskServiceManager;
}

/** How often it is reviewed whether somebody is to be asked, and how often one is that has just lost its process. */
const INTERVAL_MS = 5_000;
/** Each answer is a process of its own, and says little about a node host that runs. */
const ASK_EVERY_MS = 60_000;
/** Managers wait up to 10 s before each of their restarts, and give up within minutes or never. */
const WATCH_CLOSELY_MS = 60_000;

interface Asked {
  readonly service: Service;
  readonly at: Instant;
  readonly incarnation: string | null;
  /** When the process was first found to be gone. */
  readonly goneSince: Instant | undefined;
  /** This service has been seen, so that its absence is news. */
  readonly wasSeen: boolean;
  /** What it said last for a person to know. */
  readonly note: string | undefined;
}

/** Watches whether the service manager still cares for the node host. */
export class SupervisorSource extends LookLoop implements Source {
  readonly name = 'supervisor';
  readonly #options: SupervisorSourceOptions;
  #targets: readonly TargetId[];
  readonly #asked = new Map<TargetId, Asked>();
  readonly #stopped = new AbortController();

  constructor(options: SupervisorSourceOptions) {
    super({ ticker: options.ticker, intervalMs: INTERVAL_MS, look: () => this.#look() });
    this.#options = options;
    this.#targets = options.targets;
  }

  override start(): void {
    if (!this.#stopped.signal.aborted) super.start();
  }

  override stop(): Promise<void> {
    this.#stopped.abort();
    return super.stop();
  }

  /** Other targets from the next look on. */
  setTargets(targets: readonly TargetId[]): void {
    this.#targets = targets;
    for (const target of this.#asked.keys()) if (!targets.includes(target)) this.#asked.delete(target);
  }

  async #look(): Promise<void> {
    const { supervised, clock, sink } = this.#options;
    const at = clock.now();
    const errors: AskError[] = [];
    let answers = 0;
    for (const target of this.#targets) {
      const now = supervised(target);
      if (now === undefined) {
        this.#asked.delete(target);
        continue;
      }
      const last = this.#asked.get(target);
      const known = last !== undefined && isSameService(last.service, now.service) ? last : undefined;
      if (!isDue(known, now.incarnation, at)) continue;
      const answer = await this.#ask(target, { now, known });
      if (answer === undefined) continue;
      if (answer === 'answered') answers += 1;
      else errors.push(answer);
      if (this.#stopped.signal.aborted) return;
    }

    if (errors.length === 0 && answers === 0) return;
    // Not everybody is asked each time, and what was said holds until it is asked again.
    const notes = [...this.#asked.values()].flatMap(({ note }) => note ?? []);
    sink.report(lookReport('supervisor', { at, clock, errors, notes }));
  }

  /** `undefined`: there is nobody to ask, and nobody said that there was. */
  async #ask(
    target: TargetId,
    { now, known }: { readonly now: Supervised; readonly known: Asked | undefined },
  ): Promise<'answered' | AskError | undefined> {
    const { ask, clock, sink } = this.#options;
    const at = clock.now();
    const { service, incarnation, isNamed } = now;
    const said = await ask(service, this.#stopped.signal);
    const wasSeen = said.kind === 'known' || known?.wasSeen === true;
    const answer = unloaded(said, wasSeen || (isNamed && incarnation === null));
    if (this.#stopped.signal.aborted) return undefined;

    const isSeen = answer.kind === 'known';
    const goneSince = incarnation === null ? (known?.goneSince ?? at) : undefined;
    const note = isSeen ? answer.note : undefined;
    this.#asked.set(target, { service, at, incarnation, goneSince, wasSeen, note });
    if (!isSeen) return answer.error.isAbsent && !isNamed && !wasSeen ? undefined : answer.error;
    sink.observe({
      source: 'supervisor',
      target,
      at,
      service: answer.service ?? service,
      standing: answer.standing,
      ...present({ restarts: answer.restarts }),
    });
    return 'answered';
  }
}

/**
 * A service that was there and is not any more has been taken away under its manager; one that was named and whose process
 * is not there either was never put there, or is another user's. Nothing that can be seen will start it.
 */
function unloaded(answer: ServiceAnswer, isAwaited: boolean): ServiceAnswer {
  const isGone = answer.kind === 'error' && answer.error.isAbsent && answer.error.kind === 'not_found';
  return isGone && isAwaited
    ? { kind: 'known', standing: { kind: 'not-loaded' }, note: answer.error.message }
    : answer;
}

function isDue(known: Asked | undefined, incarnation: string | null, at: Instant): boolean {
  if (known?.incarnation !== incarnation) return true;
  if (known.goneSince !== undefined && elapsedMs(known.goneSince, at) < WATCH_CLOSELY_MS) return true;
  return elapsedMs(known.at, at) >= ASK_EVERY_MS;
}
