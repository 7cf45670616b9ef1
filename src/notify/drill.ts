import { elapsedMs, type Instant } from '../core/index.ts';
import type { Clock } from '../sources/source.ts';
import type { AlertmanagerClient, HeldAlert } from './alertmanager.ts';
import type { Channel } from './channel.ts';
import { drillPage } from './page.ts';
import type { SendResult } from './request.ts';
import { alertOf, webhookMessage, type Alert, type MessageContext } from './webhook-message.ts';

export interface DrillOptions {
  /** As of a page in earnest; its receiver keeps the two apart by `exporter`. */
  readonly context: MessageContext;
  /** What the page has beside its own labels, or in their place. */
  readonly labels: Readonly<Record<string, string>>;
  /** How long the page stands until it is ended. */
  readonly holdMs: number;
  /** How long Alertmanager is watched for what it does with it. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Resolves after `ms`, or as soon as somebody wants the drill to end; then with `false`. */
  readonly wait: (ms: number) => Promise<boolean>;
  /** One line for a person. */
  readonly tell: (line: string) => void;
}

const LOOK_EVERY_MS = 500;
/** Alertmanager ends what nobody repeats: also a drill that was killed. */
const ENDS_BY_ITSELF_MS = 300_000;

/** Sends a page and its end to whoever `notify:` names. @returns whether it took both */
export async function drillChannel(channel: Channel, options: DrillOptions): Promise<boolean> {
  const { clock, context, labels, holdMs, wait } = options;
  const begun = clock.now();
  const send = (endedAtMs?: number): Promise<SendResult> => {
    const held = { page: drillPage(labels), startsAtMs: begun.wallMs, since: begun };
    const page = endedAtMs === undefined ? held : { ...held, endedAtMs };
    return channel.send(JSON.stringify(webhookMessage({ pages: [page], truncated: 0 }, context)));
  };
  const told = { who: `the ${channel.name}`, options };
  if (!(await took({ ...told, what: 'the page' }, () => send()))) return false;
  await wait(holdMs);
  return tookEnd(told, () => send(clock.now().wallMs));
}

/**
 * Posts a page to Alertmanager, looks what becomes of it, and ends it. @returns whether it was seen that it is active there,
 * that a receiver took something since, and that its end was taken
 */
export async function drillAlertmanager(
  alertmanager: AlertmanagerClient,
  options: DrillOptions,
): Promise<boolean> {
  const { clock, context, labels, holdMs, timeoutMs, wait } = options;
  const begun = clock.now();
  const held = { page: drillPage(labels), startsAtMs: begun.wallMs };
  const firing = alertOf(held, context);
  const endsAt = new Date(begun.wallMs + holdMs + timeoutMs + ENDS_BY_ITSELF_MS).toISOString();
  const told = { who: 'Alertmanager', options };
  const before = await alertmanager.deliveries();
  if (!(await took({ ...told, what: 'the page' }, () => alertmanager.post({ ...firing, endsAt }))))
    return false;
  const fate = await follow(alertmanager, { begun, labels: firing.labels, before, options });
  if (fate === 'arrived') await wait(holdMs);
  // Whoever is asked whether it came can only say so if it stood for longer than `group_wait`.
  if (fate === 'unseen') await wait(Math.max(holdMs, timeoutMs - elapsedMs(begun, clock.now())));
  const ended = await tookEnd(told, () =>
    alertmanager.post(alertOf({ ...held, endedAtMs: clock.now().wallMs }, context)),
  );
  return fate === 'arrived' && ended;
}

/** Whoever took a page and not its end keeps it open. */
function tookEnd(
  told: { readonly who: string; readonly options: DrillOptions },
  send: () => Promise<SendResult>,
): Promise<boolean> {
  const advice = '; the page stays open there: close it by hand, or drill again';
  return took({ ...told, what: 'its end', advice }, send);
}

/** Sends, and says how long that took, or why it was not taken. */
async function took(
  told: {
    readonly who: string;
    readonly what: string;
    /** What to do where it is not taken. */
    readonly advice?: string;
    readonly options: DrillOptions;
  },
  send: () => Promise<SendResult>,
): Promise<boolean> {
  const { who, what, advice = '', options } = told;
  const begun = options.clock.now();
  const result = await send();
  const said = result.ok
    ? `took ${what} after ${since(begun, options)}`
    : `did not take ${what}: ${result.why}${advice}`;
  options.tell(`${who} ${said}`);
  return result.ok;
}

interface Following {
  readonly begun: Instant;
  readonly labels: Alert['labels'];
  readonly before: Awaited<ReturnType<AlertmanagerClient['deliveries']>>;
  readonly options: DrillOptions;
}

/** What became of a page: nobody was told, or nobody can see whether somebody was. */
type Fate = 'arrived' | 'kept' | 'unseen';

async function follow(alertmanager: AlertmanagerClient, following: Following): Promise<Fate> {
  const { begun, labels, options } = following;
  let why: string | undefined;
  const held = await until(following, async () => {
    const found = await alertmanager.find(labels);
    why = found.ok ? undefined : found.why;
    return found.ok && found.value?.status.state !== 'unprocessed' ? found.value : undefined;
  });
  if (held === undefined) {
    options.tell(
      `Alertmanager does not list it after ${since(begun, options)}${why === undefined ? '' : `: ${why}`}`,
    );
    return 'kept';
  }
  const receivers = held.receivers.map(({ name }) => name).join(', ');
  if (held.status.state === 'suppressed') {
    options.tell(`Alertmanager keeps it from ${receivers}: ${suppressedBy(held)}`);
    return 'kept';
  }
  options.tell(`Alertmanager lists it as active after ${since(begun, options)}, for: ${receivers}`);
  return followDelivery(alertmanager, following);
}

function suppressedBy({ status: { silencedBy, inhibitedBy } }: HeldAlert): string {
  if (silencedBy.length > 0) return `a silence (${silencedBy.join(', ')})`;
  return inhibitedBy.length > 0
    ? `it is inhibited (by ${inhibitedBy.join(', ')})`
    : 'it is muted at this time';
}

async function followDelivery(alertmanager: AlertmanagerClient, following: Following): Promise<Fate> {
  const { begun, before, options } = following;
  const unseen = (why: string): Fate => {
    options.tell(
      `whether Alertmanager told anybody cannot be seen (${why}), so this drill has failed: ask whoever is on call whether it came`,
    );
    return 'unseen';
  };
  if (!before.ok) return unseen(before.why);
  let refused = 0;
  let why: string | undefined;
  const delivered = await until(following, async () => {
    const now = await alertmanager.deliveries();
    why = now.ok ? undefined : now.why;
    if (!now.ok) return undefined;
    refused = now.value.refused - before.value.refused;
    return now.value.taken > before.value.taken ? now : undefined;
  });
  if (delivered !== undefined) {
    options.tell(
      `Alertmanager delivered a notification after ${since(begun, options)} (which, it does not say)`,
    );
    return 'arrived';
  }
  if (why !== undefined) return unseen(why);
  const because =
    refused > 0
      ? `receivers refused ${refused} tries; its log says why`
      : 'group_wait may be longer (--timeout), or its receiver tells nobody';
  options.tell(`Alertmanager delivered nothing within ${since(begun, options)}: ${because}`);
  return 'kept';
}

/** Looks until there is something to see; `undefined`: not in time, or somebody wants to end it. */
async function until<T>(
  { begun, options: { clock, timeoutMs, wait } }: Following,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (elapsedMs(begun, clock.now()) >= timeoutMs || !(await wait(LOOK_EVERY_MS))) return undefined;
  }
}

function since(begun: Instant, { clock }: DrillOptions): string {
  return `${(elapsedMs(begun, clock.now()) / 1_000).toFixed(1)} s`;
}
