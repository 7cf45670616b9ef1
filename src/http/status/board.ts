import { randomUUID } from 'node:crypto';
import type { NodeSnapshot, Snapshot } from '../../core/snapshot.ts';
import { cardHtml, cardId, cardNews } from './card.ts';
import { gatewayHtml } from './gateway-view.ts';
import { countsHtml, headlineHtml, headlineOf, noticesHtml, type Headline } from './headline.ts';
import { sourcesHtml } from './sources-view.ts';

/** What changed on the page since some version of it. */
export interface Changes {
  /** HTML of whole elements, each with its id. */
  readonly parts: readonly string[];
  /** Ids of all cards, where one came or went. */
  readonly cards?: readonly string[];
}

interface Part {
  readonly news: string;
  readonly html: string;
  readonly version: number;
}

/** Facts that only flow (a pulse, a round trip) are shown at most this old. */
const FLOW_TICKS = 5;
/** Cards made anew for those in one tick; with more than this times `FLOW_TICKS`, facts that flow get older. */
const CARDS_PER_TICK = 20;

/**
 * The page's parts as they were last made, each with the version at which it last changed. What several people look at
 * is made once, and whoever has been sent a version is sent no more than what changed since.
 *
 * News (a verdict) is taken in with every `refresh`. Facts that flow are taken in turn, so that five hundred node hosts
 * cost no more for each tick than a hundred.
 */
export class StatusBoard {
  /** Names this run: versions of another one mean nothing. */
  readonly run = randomUUID();
  readonly #parts = new Map<string, Part>();
  readonly #cards = new Map<string, Part>();
  #order: readonly string[] = [];
  #version = 1;
  #cardsVersion = 1;
  #turn = 0;

  get version(): number {
    return this.#version;
  }

  /** Takes in what is known now. `everything`: also what flows, of all parts. */
  refresh(snapshot: Snapshot, everything = false): void {
    const next = this.#version + 1;
    const context = { at: snapshot.at, observedSince: snapshot.observedSince };
    const turns = Math.max(FLOW_TICKS, Math.ceil(snapshot.nodes.length / CARDS_PER_TICK));
    this.#turn += 1;
    const isTurnOf = (index: number): boolean => everything || (this.#turn + index) % turns === 0;

    this.#update(this.#parts, 'headline', next, {
      news: headlineNews(snapshot),
      isDue: isTurnOf(0),
      make: () => headlineHtml(snapshot),
    });
    this.#update(this.#parts, 'notices', next, {
      news: snapshot.doubt ?? '',
      isDue: isTurnOf(0),
      make: () => noticesHtml(snapshot),
    });
    this.#update(this.#parts, 'counts', next, {
      news: snapshot.nodes.map(({ state }) => state).join(),
      isDue: false,
      make: () => countsHtml(snapshot, undefined),
    });
    const { gateway } = snapshot;
    this.#update(this.#parts, 'gateway', next, {
      news: [gateway.name, gateway.health, gateway.why, gateway.httpUp, gateway.wsUp].join('\n'),
      isDue: isTurnOf(0),
      make: () => gatewayHtml(gateway),
    });
    this.#update(this.#parts, 'sources', next, {
      news: snapshot.sources.map(({ enabled, up }) => `${String(enabled)} ${String(up)}`).join(),
      isDue: isTurnOf(0),
      make: () => sourcesHtml(snapshot.sources),
    });
    this.#refreshCards(snapshot.nodes, (node, index) => {
      this.#update(this.#cards, cardId(node), next, {
        news: cardNews(node),
        isDue: isTurnOf(index),
        make: () => cardHtml(node, context),
      });
    });
  }

  /** What changed after `version`; `undefined`: nothing. */
  changesSince(version: number): Changes | undefined {
    if (version >= this.#version) return undefined;
    const parts = [...this.#parts.values(), ...this.#cards.values()]
      .filter((part) => part.version > version)
      .map(({ html }) => html);
    return { parts, ...(this.#cardsVersion > version && { cards: [...this.#cards.keys()] }) };
  }

  /** A part outside of the cards. */
  part(id: 'headline' | 'notices' | 'counts' | 'gateway' | 'sources'): string {
    return this.#parts.get(id)?.html ?? '';
  }

  card(id: string): string {
    return this.#cards.get(id)?.html ?? '';
  }

  #refreshCards(nodes: readonly NodeSnapshot[], update: (node: NodeSnapshot, index: number) => void): void {
    nodes.forEach(update);
    const order = nodes.map(cardId);
    const present = new Set(order);
    for (const id of this.#cards.keys()) if (!present.has(id)) this.#cards.delete(id);
    if (order.length === this.#order.length && order.every((id, index) => id === this.#order[index])) return;
    this.#order = order;
    this.#version += 1;
    this.#cardsVersion = this.#version;
  }

  #update(
    parts: Map<string, Part>,
    id: string,
    version: number,
    { news, isDue, make }: { readonly news: string; readonly isDue: boolean; readonly make: () => string },
  ): void {
    const known = parts.get(id);
    if (known?.news === news && !isDue) return;
    const html = make();
    const hasChanged = known?.html !== html;
    parts.set(id, { news, html, version: hasChanged ? version : known.version });
    if (hasChanged) this.#version = version;
  }
}

function headlineNews(snapshot: Snapshot): string {
  const { words, tone }: Headline = headlineOf(snapshot);
  return `${tone} ${words}`;
}
