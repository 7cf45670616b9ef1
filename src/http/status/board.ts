import { randomUUID } from 'node:crypto';
import type { NodeSnapshot, Snapshot } from '../../core/index.ts';
import { cardHtml, cardId, cardNews } from './card.ts';
import { gatewayHtml, gatewayId, gatewayNews, gatewaysWithNodes } from './gateway-view.ts';
import { countsHtml, headlineHtml, headlineOf, noticesHtml, noticesNews, type Headline } from './headline.ts';
import { sourcesHtml } from './sources-view.ts';

/** What changed on the page since some version of it. */
export interface Changes {
  /** HTML of whole elements, each with its id. */
  readonly parts: readonly string[];
  /** Ids of all that is in a list, where something came or went. */
  readonly cards?: readonly string[];
  readonly gateways?: readonly string[];
}

interface Part {
  readonly news: string;
  readonly html: string;
  readonly version: number;
}

/** A list whose elements come and go. */
interface List {
  readonly parts: Map<string, Part>;
  /** In the order of the snapshot. */
  ids: readonly string[];
  /** At which an element last came or went. */
  version: number;
}

function emptyList(): List {
  return { parts: new Map(), ids: [], version: 1 };
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
  readonly #cards = emptyList();
  readonly #gateways = emptyList();
  /** When the newest snapshot that was taken in was made, monotonic. */
  #newestMs = Number.NEGATIVE_INFINITY;
  #version = 1;
  #turn = 0;

  get version(): number {
    return this.#version;
  }

  /** Takes in what is known now: all news, and in turn what flows. */
  refresh(snapshot: Snapshot): void {
    this.#turn += 1;
    const turns = Math.max(FLOW_TICKS, Math.ceil(snapshot.nodes.length / CARDS_PER_TICK));
    const isTurnOf = (index: number): boolean => (this.#turn + index) % turns === 0;
    this.#newestMs = snapshot.at.monoMs;
    this.#refreshParts(snapshot, isTurnOf(0));
    this.#noteWhich(this.#cards, snapshot.nodes.map(cardId));
    snapshot.nodes.forEach((node, index) => {
      this.#refreshCard(node, { snapshot, isDue: isTurnOf(index) });
    });
  }

  /**
   * Takes in everything, for a page that is loaded now. It pauses after each card: five hundred of them take longer than
   * whoever asks for `/livez` should wait.
   */
  *renew(snapshot: Snapshot): Generator<void, void, undefined> {
    this.#newestMs = Math.max(this.#newestMs, snapshot.at.monoMs);
    this.#refreshParts(snapshot, true);
    this.#noteWhich(this.#cards, snapshot.nodes.map(cardId));
    for (const node of snapshot.nodes) {
      // A beat came in a pause, and knew better.
      const isOverdue = snapshot.at.monoMs < this.#newestMs && this.#cards.parts.has(cardId(node));
      if (!isOverdue) this.#refreshCard(node, { snapshot, isDue: true });
      yield;
    }
  }

  /** What changed after `version`; `undefined`: nothing. */
  changesSince(version: number): Changes | undefined {
    if (version >= this.#version) return undefined;
    const [cards, gateways] = [this.#cards, this.#gateways];
    const parts = [...this.#parts.values(), ...gateways.parts.values(), ...cards.parts.values()]
      .filter((part) => part.version > version)
      .map(({ html }) => html);
    return {
      parts,
      ...(cards.version > version && { cards: cards.ids }),
      ...(gateways.version > version && { gateways: gateways.ids }),
    };
  }

  /** A part outside of the lists. */
  part(id: 'headline' | 'notices' | 'counts' | 'sources'): string {
    return this.#parts.get(id)?.html ?? '';
  }

  card(id: string): string {
    return this.#cards.parts.get(id)?.html ?? '';
  }

  /** All gateways, worst first. */
  get gateways(): readonly string[] {
    return this.#gateways.ids.map((id) => this.#gateways.parts.get(id)?.html ?? '');
  }

  #refreshParts(snapshot: Snapshot, isDue: boolean): void {
    const { nodes, sources } = snapshot;
    this.#update(this.#parts, 'headline', {
      news: headlineNews(snapshot),
      isDue,
      make: () => headlineHtml(snapshot),
    });
    this.#update(this.#parts, 'notices', {
      news: noticesNews(snapshot),
      isDue,
      make: () => noticesHtml(snapshot),
    });
    this.#update(this.#parts, 'counts', {
      news: nodes.map(({ state }) => state).join(),
      isDue: false,
      make: () => countsHtml(snapshot, undefined),
    });
    this.#refreshGateways(snapshot, isDue);
    this.#update(this.#parts, 'sources', {
      news: sources.map(({ enabled, up }) => `${String(enabled)} ${String(up)}`).join(),
      isDue,
      make: () => sourcesHtml(sources),
    });
  }

  #refreshGateways(snapshot: Snapshot, isDue: boolean): void {
    const all = gatewaysWithNodes(snapshot);
    this.#noteWhich(
      this.#gateways,
      all.map(({ gateway }) => gatewayId(gateway)),
    );
    for (const each of all) {
      this.#update(this.#gateways.parts, gatewayId(each.gateway), {
        news: gatewayNews(each, all.length),
        isDue,
        make: () => gatewayHtml(each, all.length),
      });
    }
  }

  #refreshCard(
    node: NodeSnapshot,
    { snapshot, isDue }: { readonly snapshot: Snapshot; readonly isDue: boolean },
  ): void {
    this.#update(this.#cards.parts, cardId(node), {
      news: cardNews(node),
      isDue,
      make: () => cardHtml(node, snapshot),
    });
  }

  #noteWhich(list: List, ids: readonly string[]): void {
    if (ids.length === list.ids.length && ids.every((id, index) => id === list.ids[index])) return;
    const present = new Set(ids);
    for (const id of list.parts.keys()) if (!present.has(id)) list.parts.delete(id);
    list.ids = ids;
    this.#version += 1;
    list.version = this.#version;
  }

  #update(
    parts: Map<string, Part>,
    id: string,
    { news, isDue, make }: { readonly news: string; readonly isDue: boolean; readonly make: () => string },
  ): void {
    const known = parts.get(id);
    if (known?.news === news && !isDue) return;
    const html = make();
    if (known?.html === html) {
      parts.set(id, { ...known, news });
      return;
    }
    this.#version += 1;
    parts.set(id, { news, html, version: this.#version });
  }
}

function headlineNews(snapshot: Snapshot): string {
  const { words, tone }: Headline = headlineOf(snapshot);
  return `${tone} ${words}`;
}
