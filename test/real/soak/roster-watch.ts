import type { Gateway } from '../harness/gateway.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Span, Truth } from './truth.ts';

const LOOK_EVERY_MS = 1_000;

/** Asks a gateway, by the harness' own session, who is attached since when. What it does not answer is not known. */
export class RosterWatch {
  readonly #gateway: Gateway;
  readonly #truth: Truth;
  readonly #open = new Map<string, { readonly connectedAtMs: unknown; readonly span: Span }>();
  #isLooking = true;
  #looking: Promise<void> | undefined;

  constructor(gateway: Gateway, truth: Truth) {
    this.#gateway = gateway;
    this.#truth = truth;
  }

  start(): void {
    this.#looking = this.#look();
  }

  async end(): Promise<void> {
    this.#isLooking = false;
    await this.#looking;
  }

  /** For how long a node host has been attached by one connection; 0 where it is not. */
  attachedForMs(node: string): number {
    const open = this.#open.get(node);
    return open === undefined ? 0 : monotonicMs() - open.span.fromMs;
  }

  async #look(): Promise<void> {
    while (this.#isLooking) {
      const askedMs = monotonicMs();
      try {
        this.#note(askedMs, await this.#gateway.nodes());
      } catch {
        this.#open.clear();
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  #note(askedMs: number, rows: readonly Readonly<Record<string, unknown>>[]): void {
    const answeredMs = monotonicMs();
    const attached = rows.filter(({ connected }) => connected === true);
    for (const { displayName, connectedAtMs } of attached) {
      const node = String(displayName);
      const open = this.#open.get(node);
      if (open?.connectedAtMs === connectedAtMs && open !== undefined) open.span.toMs = askedMs;
      else this.#open.set(node, { connectedAtMs, span: this.#truth.attachedFrom(node, answeredMs) });
    }
    const names = new Set(attached.map(({ displayName }) => String(displayName)));
    for (const node of this.#open.keys()) if (!names.has(node)) this.#open.delete(node);
  }
}
