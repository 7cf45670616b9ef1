import { elapsedMs, type Instant } from '../../core/index.ts';

export interface KnockRhythm {
  /** Between the starts of two knocks while nothing changes. */
  readonly intervalMs: number;
  /** After a change of HTTP one comes at once, but not sooner after another than this: HTTP may come and go. */
  readonly minGapMs: number;
  /** One that failed right after a change is confirmed, once, after this long: a gateway that starts is not deaf. */
  readonly confirmMs: number;
}

/** When the gateway itself is to be knocked at. */
export class KnockSchedule {
  readonly #rhythm: KnockRhythm;
  #last: Instant | undefined;
  #asked: 'no' | 'now' | 'to-confirm' = 'no';
  #followsChange = false;

  constructor(rhythm: KnockRhythm) {
    this.#rhythm = rhythm;
  }

  /** It began or stopped to answer HTTP. */
  httpChanged(): void {
    this.#asked = 'now';
  }

  isDue(now: Instant): boolean {
    if (this.#last === undefined) return true;
    const { intervalMs, minGapMs, confirmMs } = this.#rhythm;
    const waitMs = { no: intervalMs, now: minGapMs, 'to-confirm': confirmMs }[this.#asked];
    return elapsedMs(this.#last, now) >= waitMs;
  }

  begins(at: Instant): void {
    this.#last = at;
    this.#followsChange = this.#asked === 'now';
    this.#asked = 'no';
  }

  ended(gotThrough: boolean): void {
    if (this.#asked === 'no' && this.#followsChange && !gotThrough) this.#asked = 'to-confirm';
  }
}
