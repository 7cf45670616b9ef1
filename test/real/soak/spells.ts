/** What an exporter said of one node host in one look. */
export interface Look {
  /** Between these two it was so. */
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly state: string;
  /** Whether it made `/livez` fail. */
  readonly isFailed: boolean;
  readonly reasons: string;
  readonly why: string;
}

/** Looks one after another that said the same. */
export interface Spell {
  readonly state: string;
  readonly isFailed: boolean;
  readonly reasons: string;
  readonly why: string;
  readonly firstAnsweredMs: number;
  lastAskedMs: number;
  looks: number;
}

/** An hour of looks is a hundred spells: a night fits into memory. */
export function addLook(spells: Spell[], look: Look): void {
  const last = spells.at(-1);
  if (last?.state === look.state && last.isFailed === look.isFailed && last.reasons === look.reasons) {
    last.lastAskedMs = look.askedMs;
    last.looks += 1;
    return;
  }
  const { askedMs, answeredMs, state, isFailed, reasons, why } = look;
  spells.push({ state, isFailed, reasons, why, firstAnsweredMs: answeredMs, lastAskedMs: askedMs, looks: 1 });
}
