import { z } from 'zod';
import { parseJson } from '../runtime/json-object.ts';
import { request, type Answer, type SendResult } from './request.ts';
import type { Alert } from './webhook-message.ts';

const HELD = z.object({
  receivers: z.array(z.object({ name: z.string() })),
  status: z.object({
    state: z.enum(['unprocessed', 'active', 'suppressed']),
    silencedBy: z.array(z.string()).default([]),
    inhibitedBy: z.array(z.string()).default([]),
  }),
});

/** An alert as Alertmanager holds it. */
export type HeldAlert = z.output<typeof HELD>;

export type Looked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** What Alertmanager has counted since its start, over all receivers of all alerts. */
export interface Deliveries {
  readonly taken: number;
  readonly refused: number;
}

const ALERTS = '/api/v2/alerts';
const REQUESTS = 'alertmanager_notification_requests_total';
const FAILED_REQUESTS = 'alertmanager_notification_requests_failed_total';

/** An Alertmanager (0.22 or newer) by its HTTP interface. Nothing here rejects. */
export class AlertmanagerClient {
  readonly #base: string;

  /** @param url with the prefix under which it is served, if any */
  constructor(url: URL) {
    this.#base = url.href.replace(/\/$/, '');
  }

  async post(alert: Omit<Alert, 'status' | 'fingerprint'>): Promise<SendResult> {
    const { labels, annotations, startsAt, endsAt, generatorURL } = alert;
    const body = JSON.stringify([{ labels, annotations, startsAt, endsAt, generatorURL }]);
    return atPath(ALERTS, await request(`${this.#base}${ALERTS}`, { body }));
  }

  /** The alert with just these labels; `undefined`: it holds none. */
  async find(labels: Readonly<Record<string, string>>): Promise<Looked<HeldAlert | undefined>> {
    const query = new URLSearchParams(
      Object.entries(labels).map(([name, value]): [string, string] => [
        'filter',
        `${name}=${JSON.stringify(value)}`,
      ]),
    );
    const answer = atPath(
      ALERTS,
      await request(`${this.#base}${ALERTS}?${query.toString()}`, { isRead: true }),
    );
    if (!answer.ok) return answer;
    const parsed = z.array(HELD).safeParse(parseJson(answer.text));
    return parsed.success
      ? { ok: true, value: parsed.data[0] }
      : { ok: false, why: `what it answered at ${ALERTS} is no list of alerts` };
  }

  async deliveries(): Promise<Looked<Deliveries>> {
    const answer = atPath('/metrics', await request(`${this.#base}/metrics`, { isRead: true }));
    if (!answer.ok) return answer;
    const [requests, refused] = [total(answer.text, REQUESTS), total(answer.text, FAILED_REQUESTS)];
    return requests === undefined || refused === undefined
      ? { ok: false, why: `its /metrics has no ${REQUESTS}` }
      : { ok: true, value: { taken: requests - refused, refused } };
  }
}

function atPath(path: string, answer: Answer): Answer {
  return answer.ok ? answer : { ok: false, why: `${answer.why} (${path})` };
}

/** Of all series of one name; `undefined` where there is none. */
function total(exposition: string, name: string): number | undefined {
  const values = exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}
