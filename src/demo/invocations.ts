import { randomUUID } from 'node:crypto';
import { parseJson } from './json.ts';
import type { Cancel, Timers } from './timers.ts';

/** What a node host sends back with `node.invoke.result`. */
export interface InvokeResult {
  readonly id: string;
  readonly ok: boolean;
  readonly payload?: unknown;
  readonly payloadJSON?: string | null | undefined;
  readonly error?: { readonly code?: string | undefined; readonly message?: string | undefined } | undefined;
}

export type InvokeOutcome =
  | { readonly ok: true; readonly payload: unknown; readonly payloadJSON: string | null }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

interface Pending {
  readonly nodeId: string;
  readonly giveUp: Cancel;
  readonly done: (outcome: InvokeOutcome) => void;
}

/** Invocations that were sent to a node and not answered yet. Each ends once: answered, timed out, or node gone. */
export class Invocations {
  readonly #timers: Timers;
  readonly #pending = new Map<string, Pending>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Returns the id that the node must answer with. */
  begin(nodeId: string, timeoutMs: number, done: (outcome: InvokeOutcome) => void): string {
    const id = randomUUID();
    const giveUp = this.#timers.after(timeoutMs, () => {
      this.#end(id, { ok: false, error: { code: 'TIMEOUT', message: 'node invoke timed out' } });
    });
    this.#pending.set(id, { nodeId, giveUp, done });
    return id;
  }

  /** Answers whether anybody was still waiting. */
  settle(result: InvokeResult): boolean {
    if (!result.ok) {
      const { code = 'UNAVAILABLE', message = 'node invoke failed' } = result.error ?? {};
      return this.#end(result.id, { ok: false, error: { code, message } });
    }
    const payloadJSON = result.payloadJSON ?? null;
    const payload = payloadJSON === null ? result.payload : parseJson(payloadJSON);
    return this.#end(result.id, { ok: true, payload, payloadJSON });
  }

  failAllOf(nodeId: string): void {
    const error = { code: 'NOT_CONNECTED', message: 'node disconnected' };
    for (const [id, pending] of [...this.#pending]) {
      if (pending.nodeId === nodeId) this.#end(id, { ok: false, error });
    }
  }

  #end(id: string, outcome: InvokeOutcome): boolean {
    const pending = this.#pending.get(id);
    if (pending === undefined) return false;
    this.#pending.delete(id);
    pending.giveUp();
    pending.done(outcome);
    return true;
  }
}
