import { increment } from './model/counters.ts';
import type { SourceReport } from './model/observation.ts';
import { omit } from './model/omit.ts';
import type { SourceSnapshot } from './model/snapshot.ts';
import {
  SOURCE_ERROR_KINDS,
  SOURCE_NAMES,
  type SourceErrorKind,
  type SourceName,
} from './model/vocabulary.ts';

const NO_ERRORS = Object.fromEntries(SOURCE_ERROR_KINDS.map((kind) => [kind, 0])) as Record<
  SourceErrorKind,
  number
>;

const READS_LOGS: ReadonlySet<SourceName> = new Set(['log', 'gateway-log']);

/** How the sources are doing, by their own reports. */
export class SourceHealth {
  readonly #health = new Map<SourceName, SourceSnapshot>();
  /** Of a source that looks at several gateways, those whose last look failed. */
  readonly #failing = new Map<SourceName, Set<string>>();

  constructor(enabled: readonly SourceName[]) {
    for (const source of SOURCE_NAMES) {
      const gaps = READS_LOGS.has(source) ? { gaps: 0 } : {};
      const isEnabled = enabled.includes(source);
      this.#health.set(source, { source, enabled: isEnabled, up: false, errors: NO_ERRORS, ...gaps });
    }
    this.#configured = enabled;
  }

  #configured: readonly SourceName[];

  get snapshots(): readonly SourceSnapshot[] {
    return [...this.#health.values()];
  }

  /** Others are switched on from now on. One that is never listed says itself that it is there. */
  enable(enabled: readonly SourceName[]): void {
    const before = this.#configured;
    this.#configured = enabled;
    for (const [name, health] of this.#health) {
      const isEnabled = enabled.includes(name);
      if (isEnabled !== before.includes(name)) this.#health.set(name, { ...health, enabled: isEnabled });
    }
  }

  isEnabled(name: SourceName): boolean {
    return this.#health.get(name)?.enabled === true;
  }

  /** Whether it has looked once, or never will. */
  hasReported(name: SourceName): boolean {
    const health = this.#health.get(name);
    return health?.enabled !== true || health.lastDurationMs !== undefined;
  }

  /** A gateway is not watched any more: that looks at it failed says nothing of the source now. */
  forget(gateway: string): void {
    for (const [source, failing] of this.#failing) {
      const health = this.#health.get(source);
      if (!failing.delete(gateway) || health === undefined) continue;
      this.#health.set(source, { ...health, up: failing.size === 0 && health.lastSuccess !== undefined });
    }
  }

  /** What one more look says of the source itself. @returns whether it was its first */
  record({ source, at, durationMs, error, note, gaps = [], gateway = '' }: SourceReport): boolean {
    const health = this.#health.get(source);
    if (health === undefined) return false;
    const failing = this.#failing.get(source) ?? new Set();
    if (error === undefined) failing.delete(gateway);
    else failing.add(gateway);
    this.#failing.set(source, failing);
    this.#health.set(source, {
      ...omit(health, 'note'),
      enabled: true,
      up: failing.size === 0,
      lastDurationMs: durationMs,
      ...(note !== undefined && { note }),
      ...(health.gaps !== undefined && { gaps: health.gaps + gaps.length }),
      ...(error === undefined
        ? { lastSuccess: at }
        : { lastError: { ...error, at }, errors: increment(health.errors, error.kind) }),
    });
    return health.lastDurationMs === undefined;
  }
}
