/** Viewpoints that an exporter may have or lack. */
export const VIEWPOINTS = ['process', 'socket', 'log', 'http', 'credential', 'probe', 'supervisor'] as const;
export type Viewpoint = (typeof VIEWPOINTS)[number];

/** The viewpoints of one exporter. */
export class ViewpointSet {
  readonly #has: ReadonlySet<Viewpoint>;

  constructor(has: Iterable<Viewpoint>) {
    this.#has = new Set(has);
  }

  has(viewpoint: Viewpoint): boolean {
    return this.#has.has(viewpoint);
  }

  /** `all`, `no log`, `no credential, no socket`; `probe` and `supervisor` go without saying only where they are off. */
  get name(): string {
    const usual: readonly Viewpoint[] = ['process', 'socket', 'log', 'http', 'credential'];
    const missing = usual.filter((viewpoint) => !this.has(viewpoint)).map((viewpoint) => `no ${viewpoint}`);
    const base = missing.length === 0 ? 'all' : missing.join(', ');
    return this.has('probe') ? `${base} + probe` : base;
  }
}

/** Reads `all`, `all+probe`, `no-log`, `no-log,no-socket`, `process`. @throws Error for what is none of these. */
export function parseViewpoints(text: string): ViewpointSet {
  const has = new Set<Viewpoint>(VIEWPOINTS.filter((viewpoint) => viewpoint !== 'probe'));
  for (const word of text.split(/[,+ ]+/)) {
    if (word === '' || word === 'all') continue;
    const isMissing = word.startsWith('no-');
    const viewpoint = VIEWPOINTS.find((known) => known === (isMissing ? word.slice(3) : word));
    if (viewpoint === undefined)
      throw new Error(`no such viewpoint: ${word}; known: ${VIEWPOINTS.join(', ')}`);
    if (isMissing) has.delete(viewpoint);
    else has.add(viewpoint);
  }
  return new ViewpointSet(has);
}

const MISSING: readonly (readonly [weight: number, missing: string])[] = [
  [30, 'all'],
  [8, 'all+probe'],
  [8, 'no-credential'],
  [8, 'no-log'],
  [6, 'no-socket'],
  [4, 'no-http'],
  [3, 'no-process'],
  [4, 'no-supervisor'],
  [4, 'no-credential,no-log'],
  [4, 'no-credential,no-socket'],
  [4, 'no-log,no-socket'],
  [2, 'no-credential,no-http'],
  [2, 'no-log,no-http'],
  [2, 'no-socket,no-http'],
  [1, 'no-process,no-credential'],
  [1, 'no-process,no-log'],
  [1, 'no-process,no-socket'],
  [1, 'no-process,no-http'],
  [2, 'no-credential,no-log,no-socket'],
  [2, 'no-log,probe'],
  [2, 'no-socket,probe'],
];

/** Sets of viewpoints with how often each is tried: every viewpoint missing, alone and in pairs. */
export const VIEWPOINT_SETS: readonly (readonly [weight: number, set: ViewpointSet])[] = MISSING.map(
  ([weight, text]) => [weight, parseViewpoints(text)],
);
