import { createHash } from 'node:crypto';
import { formatDuration } from '../config/duration.ts';
import type { HeldPage, Message } from './outbox.ts';

/** Where the reader finds more. */
export interface MessageContext {
  /** Names this exporter among those that tell the same receiver. */
  readonly exporter: string;
  /** Its own address, for links; without a slash at the end. */
  readonly externalUrl: string;
}

/** What Alertmanager writes where an alert has not ended. */
const NOT_ENDED = '0001-01-01T00:00:00Z';

/** The body of Alertmanager's webhook, version 4: what receives Alertmanager receives this. */
export function webhookMessage({ pages, truncated }: Message, context: MessageContext): object {
  const alerts = pages.map((held) => alertOf(held, context));
  return {
    version: '4',
    groupKey: `{}:{exporter=${JSON.stringify(context.exporter)}}`,
    truncatedAlerts: truncated,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver: 'openclaw-liveness-exporter',
    groupLabels: { exporter: context.exporter },
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: context.externalUrl,
    alerts,
  };
}

/** One alert of a message. */
export interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

export function alertOf(
  { page, startsAtMs, endedAtMs }: Pick<HeldPage, 'page' | 'startsAtMs' | 'endedAtMs'>,
  { exporter, externalUrl }: MessageContext,
): Alert {
  const hasEnded = endedAtMs !== undefined;
  return {
    status: hasEnded ? 'resolved' : 'firing',
    labels: { exporter, ...page.labels },
    annotations: {
      summary: page.summary,
      description: page.description,
      ...(hasEnded && { lasted: formatDuration(1_000 * Math.round((endedAtMs - startsAtMs) / 1_000)) }),
      runbook_url: `${externalUrl}/runbooks/${page.labels.alertname ?? ''}.md`,
    },
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: hasEnded ? new Date(endedAtMs).toISOString() : NOT_ENDED,
    generatorURL: `${externalUrl}/`,
    fingerprint: createHash('sha256').update(`${exporter} ${page.key}`).digest('hex').slice(0, 16),
  };
}

function common(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value)),
  );
}
