import { elapsedMs } from '../../core/index.ts';
import { LookLoop } from '../look-loop.ts';
import type { Source, SourceTools } from '../source.ts';

export interface ProbeSettings {
  /** Between the starts of two probes of one node host. */
  readonly intervalMs: number;
  /** How long the gateway waits for the node host. */
  readonly timeoutMs: number;
}

/** Looks for a program by name and runs nothing: the one command that every version of a node host has and that changes nothing. */
const COMMAND = 'system.which';
const PARAMS = { bins: ['sh'] } as const;

/** How a call by way of the gateway ended; see the gateway session, which offers it. */
export type ProbeReply =
  | { readonly kind: 'answered' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'unavailable'; readonly message: string };

export interface ProbeOptions extends SourceTools {
  /** What the gateway is called in what we say of it. */
  readonly gateway: string;
  /** The node hosts to probe now: those that are connected. */
  targets(): readonly string[];
  /** Must not reject, and must end by itself soon after `timeoutMs`. */
  invoke(nodeId: string, command: string, params: unknown, timeoutMs: number): Promise<ProbeReply>;
  readonly settings: ProbeSettings;
}

/** Makes each node host answer, all the way through the gateway. Needs a session with `operator.write`. */
export class ProbeSource extends LookLoop implements Source {
  readonly name = 'probe';
  readonly #options: ProbeOptions;
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(options: ProbeOptions) {
    const { ticker, settings } = options;
    super({ ticker, intervalMs: settings.intervalMs, look: () => this.#probeAll() });
    this.#options = options;
  }

  override async stop(): Promise<void> {
    await super.stop();
    await Promise.all(this.#underWay.values());
  }

  /** Starts a probe of each node host that has none under way, and waits for none: one that hangs delays no other. */
  #probeAll(): Promise<void> {
    for (const nodeId of new Set(this.#options.targets())) {
      if (this.#underWay.has(nodeId)) continue;
      const probe = this.#probe(nodeId).finally(() => this.#underWay.delete(nodeId));
      this.#underWay.set(nodeId, probe);
    }
    return Promise.resolve();
  }

  async #probe(nodeId: string): Promise<void> {
    const { clock, sink, gateway } = this.#options;
    const { intervalMs, timeoutMs } = this.#options.settings;
    const startedAt = clock.now();
    const reply = await this.#options.invoke(nodeId, COMMAND, PARAMS, timeoutMs);
    if (!this.isRunning) return;
    const at = clock.now();
    const durationMs = elapsedMs(startedAt, at);
    sink.observe({
      source: this.name,
      gateway,
      nodeId,
      at,
      validMs: 3 * intervalMs + timeoutMs,
      durationMs,
      outcome: reply.kind,
    });
    sink.report({
      source: this.name,
      gateway,
      at,
      durationMs,
      // A node host that does not answer was seen not to answer: the look worked.
      ...(reply.kind === 'unavailable'
        ? { error: { kind: errorKindOf(reply.message), message: reply.message } }
        : {}),
    });
  }
}

function errorKindOf(message: string): 'auth' | 'other' {
  return /missing scope/i.test(message) ? 'auth' : 'other';
}
