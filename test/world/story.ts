import type { Observation } from '../../src/core/index.ts';
import type { Layout } from './layout.ts';
import type { NodeHost } from './node-host/node-host.ts';
import type { Timeline } from './timeline.ts';

/** What happened in a world, in words: its troubles, what is so, and what was seen of it where that changed. */
export class Story {
  readonly lines: string[] = [];
  readonly #timeline: Timeline;
  readonly #layout: Layout;
  readonly #isTold: boolean;
  readonly #lastSeen = new Map<string, string>();

  constructor(timeline: Timeline, layout: Layout, isTold: boolean) {
    this.#timeline = timeline;
    this.#layout = layout;
    this.#isTold = isTold;
  }

  tell(words: string): void {
    if (this.#isTold) this.lines.push(`${clock(this.#timeline.nowMs)}  ${words}`);
  }

  /** Only what is not as it was seen before is told. */
  saw(observation: Observation, gateway?: string): void {
    if (!this.#isTold) return;
    for (const [key, words, isEvent] of this.#inWords(observation, gateway)) {
      if (!isEvent && this.#lastSeen.get(key) === words) continue;
      this.#lastSeen.set(key, words);
      this.tell(`    seen: ${key}: ${words}`);
    }
  }

  #inWords(observation: Observation, gateway = ''): readonly (readonly [string, string, boolean])[] {
    switch (observation.source) {
      case 'process': {
        const { process, target } = observation;
        const words = process === null ? 'none' : `${process.incarnation} ${process.kernelState}`;
        return [[`process of ${target}`, words, false]];
      }
      case 'socket': {
        const words = observation.connections.map(
          ({ state, unreadBytes }) => `${state}${unreadBytes > 0 ? ' unread' : ''}`,
        );
        return [[`sockets of ${observation.target}`, words.join(', ') || 'none', false]];
      }
      case 'log':
        return observation.kind === 'status'
          ? [[`log of ${observation.target}`, observation.readable ? 'readable' : 'not readable', false]]
          : [
              [
                `log of ${observation.target} (${observation.recency})`,
                JSON.stringify(observation.event),
                true,
              ],
            ];
      case 'gateway-http':
        return [
          [
            `${gateway} by HTTP (${observation.target ?? 'its own'})`,
            observation.result.ok ? 'answers' : observation.result.reason,
            false,
          ],
        ];
      case 'gateway-status':
        return [[`${gateway} says of itself`, observation.startup ?? 'nothing', false]];
      case 'gateway-ws':
        return [
          [
            `${gateway} by WebSocket (${observation.target ?? 'its own'})`,
            observation.result.ok ? 'answers' : observation.result.reason,
            false,
          ],
        ];
      case 'gateway-session':
        return this.#sessionInWords(observation, gateway);
      // Nobody writes it in the simulated world.
      case 'gateway-log':
        return [];
      case 'probe':
        return [[`probe of ${this.#nameOf(observation.nodeId)}`, observation.outcome, false]];
      case 'supervisor':
        return [[`supervisor of ${observation.target}`, observation.standing.kind, false]];
      default:
        return observation satisfies never;
    }
  }

  #sessionInWords(
    observation: Extract<Observation, { source: 'gateway-session' }>,
    gateway: string,
  ): readonly (readonly [string, string, boolean])[] {
    switch (observation.kind) {
      case 'roster': {
        const listed = new Set(observation.rows.map(({ nodeId }) => nodeId));
        const gone = this.#hosts.filter(({ deviceId }) => !listed.has(deviceId));
        const missing = gone.map(({ id }) => [`roster of ${gateway}: ${id}`, 'not listed', false] as const);
        const rows = observation.rows.map(
          (row) =>
            [
              `roster of ${gateway}: ${this.#nameOf(row.nodeId)}`,
              `${row.connected ? 'connected' : 'not connected'}${row.paired === false ? ', not paired' : ''}${row.approvalState === undefined || row.approvalState === 'approved' ? '' : `, ${row.approvalState}`}`,
              false,
            ] as const,
        );
        return [...rows, ...missing];
      }
      case 'host-stats':
        return [];
      case 'opened':
        return [[`session with ${gateway}`, `opened (${observation.serverVersion})`, false]];
      case 'closed':
        return [[`session with ${gateway}`, `closed (${observation.code})`, false]];
      case 'refused':
        return [[`session with ${gateway}`, `refused (${observation.auth})`, false]];
      case 'failed':
      case 'roster-failed':
        return [[`session with ${gateway}`, `${observation.kind} (${observation.reason})`, false]];
      case 'no-credential':
        return [[`session with ${gateway}`, 'no credential', false]];
      default:
        return observation satisfies never;
    }
  }

  get #hosts(): readonly NodeHost[] {
    return [...this.#layout.locals, ...this.#layout.remotes];
  }

  #nameOf(nodeId: string): string {
    const host = this.#hosts.find(({ deviceId }) => deviceId === nodeId);
    return host?.id ?? `stranger ${nodeId.slice(0, 6)}`;
  }
}

function clock(ms: number): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  const seconds = ms / 1_000;
  return `${pad(Math.floor(seconds / 3_600))}:${pad(Math.floor(seconds / 60) % 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;
}
