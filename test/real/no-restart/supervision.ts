import type { RealManager } from '../../sources/linux/real-manager.ts';
import { sleep } from '../harness/wait-until.ts';
import type { Keeper } from './stage.ts';

const LOOK_EVERY_MS = 2_000;
const PATIENCE_MS = 5_000;

/** A start that systemd did not decide upon by itself. */
export interface Intervention {
  readonly unit: string;
  readonly what: string;
}

/** What systemd says of one unit. */
interface Standing {
  readonly unit: string;
  readonly pid: number;
  /** How often systemd itself started it again, since anybody last told it to. */
  readonly restarts: number;
}

/**
 * Asks systemd, and not the exporter, who restarted whom: its count of restarts begins anew with each one that it is told to do,
 * and a process that is another one without being counted was started by somebody else. Counts beside that how often `/livez` asked
 * for a restart.
 */
export class Supervision {
  readonly interventions: Intervention[] = [];
  readonly #manager: RealManager;
  readonly #keepers: readonly Keeper[];
  readonly #known = new Map<string, Standing>();
  readonly #failedLooks = new Map<Keeper, number>();
  readonly #accusations = new Map<Keeper, Set<string>>();
  looks = 0;
  #isLooking = true;
  #looking: Promise<void> | undefined;

  constructor(manager: RealManager, keepers: readonly Keeper[]) {
    this.#manager = manager;
    this.#keepers = keepers;
  }

  start(): void {
    this.#looking = this.#look();
  }

  async end(): Promise<void> {
    this.#isLooking = false;
    await this.#looking;
  }

  restarts(unit: string): number {
    return this.#known.get(unit)?.restarts ?? 0;
  }

  /** Looks at which `/livez` of this exporter failed. */
  failedLooks(keeper: Keeper): number {
    return this.#failedLooks.get(keeper) ?? 0;
  }

  /** What `/livez` of this exporter accused whom of since it was asked last, each once. */
  takeAccusations(keeper: Keeper): readonly string[] {
    const found = [...(this.#accusations.get(keeper) ?? [])];
    this.#accusations.delete(keeper);
    return found;
  }

  async #look(): Promise<void> {
    const units = this.#keepers.flatMap(({ hosts }) => hosts.map(({ unit }) => unit));
    while (this.#isLooking) {
      const answer = this.#manager.systemctl('show', '--property=Id,MainPID,NRestarts', ...units);
      for (const standing of standingsIn(answer)) this.#note(standing);
      await Promise.all(this.#keepers.map((keeper) => this.#ask(keeper)));
      this.looks += 1;
      await sleep(LOOK_EVERY_MS);
    }
  }

  #note(now: Standing): void {
    const { unit, pid } = now;
    const before = this.#known.get(unit);
    const intervention = before && interventionIn(before, now);
    if (intervention !== undefined) this.interventions.push({ unit, what: intervention });
    // Between two processes it has none, and the last one is what the next is held against.
    if (pid !== 0 || before === undefined || intervention !== undefined) this.#known.set(unit, now);
  }

  async #ask(keeper: Keeper): Promise<void> {
    const answer = await fetch(`${keeper.exporter.url}/livez`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch(() => undefined);
    const text = await answer?.text().catch(() => '');
    if (answer?.status !== 503) return;
    this.#failedLooks.set(keeper, this.failedLooks(keeper) + 1);
    const known = this.#accusations.get(keeper) ?? new Set();
    this.#accusations.set(keeper, new Set([...known, ...accusationsIn(text ?? '')]));
  }
}

/** What no automatic restart explains, in words. */
export function interventionIn(before: Standing, now: Standing): string | undefined {
  if (now.restarts < before.restarts)
    return `systemd counts ${now.restarts} restarts of its own after ${before.restarts}: somebody told it to`;
  const isOther = now.pid !== 0 && before.pid !== 0 && now.pid !== before.pid;
  return isOther && now.restarts === before.restarts
    ? `process ${before.pid} became ${now.pid}, and systemd did not restart it`
    : undefined;
}

/** Who is accused of what by an answer of `/livez` that failed, without numbers, which change with each look. */
export function accusationsIn(answer: string): readonly string[] {
  return answer
    .split('\n')
    .filter((line) => line !== '' && !line.includes('(restart-did-not-help)'))
    .map((line) => line.replaceAll(/\d+ (s|min|h)\b/g, '… $1'));
}

/** Of `systemctl show --property=Id,MainPID,NRestarts`: a block each. */
export function standingsIn(answer: string): readonly Standing[] {
  return answer.split('\n\n').flatMap((block) => {
    const fields = new Map(block.split('\n').map((line) => [line.split('=')[0], line.split('=')[1]]));
    const unit = fields.get('Id');
    return unit === undefined
      ? []
      : [{ unit, pid: Number(fields.get('MainPID')), restarts: Number(fields.get('NRestarts')) }];
  });
}
