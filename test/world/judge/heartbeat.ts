import type { CoreUnderTest, Said } from '../exporter/core.ts';
import type { NodeHost } from '../node-host/node-host.ts';
import type { Finding } from './finding.ts';

export interface HeartbeatJudgeOptions {
  readonly nowMs: () => number;
  readonly judgesHeartbeat: boolean;
  /** The exporter's viewpoints can tell that it is attached and alive. */
  readonly isKnowable: boolean;
}

/** A heartbeat older than this is one of a node host that was not attached and alive in that time, and the reverse. */
const STALE_MS = 75_000;
/** The slowest viewpoint that could tell. */
const SLACK_MS = 20_000;

/** Holds the heartbeat's age against the moments at which the node host was attached and alive. */
export class HeartbeatJudge {
  readonly #host: NodeHost;
  readonly #options: HeartbeatJudgeOptions;
  readonly #found: (finding: Finding) => void;
  #isAlive = false;
  #lastAliveMs = -Infinity;
  #aliveSinceMs = Infinity;
  #isFound = false;

  constructor(host: NodeHost, options: HeartbeatJudgeOptions, found: (finding: Finding) => void) {
    this.#host = host;
    this.#options = options;
    this.#found = found;
  }

  /** Whether it is attached and alive now. */
  look(isAlive: boolean): void {
    const now = this.#host.machine.awakeMs;
    if (isAlive || this.#isAlive) this.#lastAliveMs = now;
    if (isAlive && !this.#isAlive) this.#aliveSinceMs = now;
    this.#isAlive = isAlive;
  }

  judge(core: CoreUnderTest, said: Said, calmMs: number): void {
    if (!this.#options.judgesHeartbeat) return;
    const heartbeatMs = core.heartbeatOf(this.#host.id);
    if (heartbeatMs === undefined) return;
    // While the machine slept nobody was alive, and nobody asked.
    const now = this.#host.machine.awakeMs;
    if (this.#isAlive) this.#lastAliveMs = now;
    const ageMs = this.#host.machine.monoMs - heartbeatMs;
    const isAliveForMs = this.#isAlive ? now - this.#aliveSinceMs : 0;
    const { isKnowable } = this.#options;
    const isTooOld = isKnowable && ageMs > STALE_MS && isAliveForMs > STALE_MS && calmMs > STALE_MS;
    const isTooYoung =
      ageMs <= STALE_MS && now - this.#lastAliveMs > STALE_MS + SLACK_MS && calmMs > SLACK_MS;
    if (!isTooOld && !isTooYoung) {
      this.#isFound = false;
      return;
    }
    if (this.#isFound) return;
    this.#isFound = true;
    const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
    this.#found({
      kind: 'wrong heartbeat',
      atMs: this.#options.nowMs(),
      lastedMs: 0,
      host: this.#host.id,
      version: this.#host.habits.version,
      state: said.state,
      reasons: said.reasons.join(' '),
      why: `heartbeat ${seconds(ageMs)} old`,
      truth: isTooOld
        ? `attached and alive for ${seconds(isAliveForMs)}`
        : `not attached and alive for ${seconds(now - this.#lastAliveMs)}`,
    });
  }
}
