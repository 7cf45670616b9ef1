import type { NodesDocument } from '../../../src/document/nodes-document.ts';
import type { ExporterUnderTest } from '../exporter-under-test.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import { addLook, type Spell } from './spells.ts';
import type { Span } from './truth.ts';

const LOOK_EVERY_MS = 250;
/** Looks at `/livez` between two at `/api/v1/nodes`. */
const LIST_EVERY = 4;
/** A supervisor's probe would have given up by then. */
const PATIENCE_MS = 5_000;

interface LivezDocument {
  readonly ok: boolean;
  readonly nodes: readonly {
    readonly name: string;
    readonly result: string;
    readonly state: string;
    readonly reasons: readonly string[];
    readonly why: string;
  }[];
}

/** One exporter, asked four times a second, and what it said. */
export class Watcher {
  readonly name: string;
  readonly exporter: ExporterUnderTest;
  /** When it ran, and was not stopped. */
  readonly lives: Span[] = [];
  readonly spells = new Map<string, Spell[]>();
  /** Answers that cannot be true whatever is so, and looks that got none, in words. */
  readonly wrong: { readonly atMs: number; readonly what: string }[] = [];
  looks = 0;
  #isAsked = true;
  #asking: Promise<void> | undefined;

  constructor(name: string, exporter: ExporterUnderTest) {
    this.name = name;
    this.exporter = exporter;
    this.beginLife();
  }

  beginLife(): void {
    this.lives.push({ fromMs: monotonicMs() });
  }

  /** Call before whatever ends it. */
  endLife(): void {
    const life = this.lives.at(-1);
    if (life !== undefined) life.toMs = monotonicMs();
  }

  start(nodes: readonly string[]): void {
    for (const node of nodes) this.spells.set(node, []);
    this.#asking = this.#ask();
  }

  async end(): Promise<void> {
    this.#isAsked = false;
    await this.#asking;
  }

  /** What it says of a node host now. */
  latest(node: string): Spell | undefined {
    return this.spells.get(node)?.at(-1);
  }

  async #ask(): Promise<void> {
    for (let round = 0; this.#isAsked; round += 1) {
      const askedMs = monotonicMs();
      try {
        await this.#lookAtLivez(askedMs);
        if (round % LIST_EVERY === 0) await this.#lookAtNodes();
      } catch (error: unknown) {
        this.#noteUnanswered(askedMs, error);
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #lookAtLivez(askedMs: number): Promise<void> {
    const response = await fetch(`${this.exporter.url}/livez?verbose`, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { nodes } = (await response.json()) as LivezDocument;
    const answeredMs = monotonicMs();
    this.looks += 1;
    for (const { name, result, state, reasons, why } of nodes) {
      const spells = this.spells.get(name);
      const isFailed = result === 'failed';
      if (spells !== undefined)
        addLook(spells, { askedMs, answeredMs, state, isFailed, reasons: reasons.join(', '), why });
    }
    const failed = nodes.filter(({ result }) => result === 'failed');
    if ((response.status === 503) !== failed.length > 0)
      this.#note(`/livez ${response.status}, and ${failed.length} node hosts fail`);
  }

  async #lookAtNodes(): Promise<void> {
    const response = await fetch(`${this.exporter.url}/api/v1/nodes`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { nodes } = (await response.json()) as Pick<NodesDocument, 'nodes'>;
    const listed = nodes.map(({ name }) => name).sort();
    const wanted = [...this.spells.keys()].sort();
    if (listed.join() !== wanted.join() || nodes.some(({ scope }) => scope !== 'local'))
      this.#note(`lists ${nodes.map(({ name, scope }) => `${name} (${scope})`).join(', ')}`);
  }

  /** One that is stopped, or not there, owes no answer. */
  #noteUnanswered(askedMs: number, error: unknown): void {
    const life = this.lives.at(-1);
    if (life === undefined || life.toMs !== undefined || life.fromMs > askedMs) return;
    const what = error instanceof Error ? error.message : String(error);
    this.#note(`no answer for ${((monotonicMs() - askedMs) / 1_000).toFixed(1)} s: ${what}`);
  }

  #note(what: string): void {
    this.wrong.push({ atMs: monotonicMs(), what });
  }
}
