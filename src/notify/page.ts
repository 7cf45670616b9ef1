import {
  adviceOf,
  mainReasonOf,
  type GatewaySnapshot,
  type NodeSnapshot,
  type Snapshot,
} from '../core/index.ts';
import { isCrashLooping, type Lives } from './crash-loop.ts';

/**
 * What pages without Prometheus: each bears the name of the shipped rule that pages for the same, and waits as long. Not
 * all that pages there; docs/notify.md says what does not.
 */
export const PAGE_RULES = {
  zombie: { alert: 'OpenClawNodeHostZombie', holdMs: 15_000 },
  wedged: { alert: 'OpenClawNodeHostWedged', holdMs: 0 },
  down: { alert: 'OpenClawNodeHostDown', holdMs: 30_000 },
  blocked: { alert: 'OpenClawNodeHostBlocked', holdMs: 60_000 },
  'crash-looping': { alert: 'OpenClawNodeHostCrashLooping', holdMs: 0 },
  'gateway-down': { alert: 'OpenClawGatewayDown', holdMs: 120_000 },
  'gateway-deaf': { alert: 'OpenClawGatewayDeaf', holdMs: 120_000 },
} as const;
export type PageCause = keyof typeof PAGE_RULES;

/** Something that a person should be woken for, as it is now. */
export interface Page {
  /** The same for as long as it is the same trouble of the same node host or gateway. */
  readonly key: string;
  /** The node host or gateway that it is about; see `Seen.unsure`. */
  readonly about: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  /** When its verdict began; absent where nobody keeps that: then since it was seen first. */
  readonly startsAtMs?: number;
  /** For how long it must have been so. */
  readonly holdMs: number;
}

/** All that pages at one instant. */
export interface Seen {
  readonly pages: readonly Page[];
  /** Nobody can tell how these are: what was last told of them still holds. */
  readonly unsure: ReadonlySet<string>;
}

/** @param lives the processes of node hosts of this machine, by key */
export function pagesOf(
  snapshot: Pick<Snapshot, 'nodes' | 'gateways' | 'at'>,
  lives: ReadonlyMap<string, Lives> = new Map(),
): Seen {
  const { nodes, gateways } = snapshot;
  const loops = nodes.map((node) => ({ node, is: isCrashLooping(lives.get(node.key), node, snapshot) }));
  return {
    pages: [
      ...nodes.flatMap(pageOfNode),
      ...loops.filter(({ is }) => is === true).map(({ node }) => pageOfLoop(node)),
      ...gateways.flatMap(pageOfGateway),
    ],
    unsure: new Set([
      ...nodes.filter(({ state }) => state === 'unknown').map(aboutNode),
      ...loops.filter(({ is }) => is === undefined).map(({ node }) => aboutLives(node)),
      ...gateways.filter(({ health }) => health === 'unknown').map(aboutGateway),
    ]),
  };
}

function aboutNode({ key }: NodeSnapshot): string {
  return `node ${key}`;
}

function aboutLives({ key }: NodeSnapshot): string {
  return `processes of node ${key}`;
}

function aboutGateway({ name }: GatewaySnapshot): string {
  return `gateway ${name}`;
}

function pageOfNode(node: NodeSnapshot): readonly Page[] {
  const { state, name, gateway, kind, reasons, why, remedy, since } = node;
  // An app that is refused is told by a warning, and one that sleeps by nothing.
  if (kind === 'app') return [];
  if (state !== 'zombie' && state !== 'wedged' && state !== 'down' && state !== 'blocked') return [];
  return [
    page(state, aboutNode(node), {
      labels: { node_host: name, gateway, state, reason: mainReasonOf(reasons) ?? '' },
      summary: `Node host ${name} is ${state}.`,
      description: [`${name}: ${why}.`, adviceOf(remedy)].filter((sentence) => sentence !== '').join(' '),
      startsAtMs: since.wallMs,
    }),
  ];
}

function pageOfLoop(node: NodeSnapshot): Page {
  const { name, gateway, why } = node;
  return page('crash-looping', aboutLives(node), {
    // Its verdict changes with each process: it would be another alert each time.
    labels: { node_host: name, gateway },
    summary: `Node host ${name} is started again and again and never attaches.`,
    description: `${name}: its process was replaced at least five times in 15 min, and its gateway is healthy. Now: ${why}. One more restart does not help: its log says why it ends.`,
  });
}

function pageOfGateway(gateway: GatewaySnapshot): readonly Page[] {
  const { name, health, why } = gateway;
  if (health !== 'down' && health !== 'deaf') return [];
  return [
    page(`gateway-${health}`, aboutGateway(gateway), {
      labels: { gateway: name },
      summary: health === 'down' ? `Gateway ${name} does not answer.` : `Gateway ${name} lets nobody in.`,
      description: `${name}: ${why}.`,
    }),
  ];
}

/**
 * A page like any other, about a node host that there is not: it goes the way of one in earnest, and wakes the same people.
 *
 * @param labels by which routes go that ours do not have, or would be another's
 */
export function drillPage(labels: Page['labels']): Page {
  return page('zombie', 'drill', {
    labels: { node_host: 'drill', gateway: 'drill', state: 'zombie', reason: 'silent', ...labels },
    summary: 'Drill: nothing is wrong.',
    description:
      'Somebody tries whether a page arrives; a node host called drill does not exist. It ends by itself.',
  });
}

function page(
  cause: PageCause,
  about: string,
  told: Pick<Page, 'summary' | 'description' | 'startsAtMs' | 'labels'>,
): Page {
  const { alert, holdMs } = PAGE_RULES[cause];
  const labels = { alertname: alert, severity: 'critical', ...told.labels };
  return { ...told, key: `${alert} ${about}`, about, labels, holdMs };
}
