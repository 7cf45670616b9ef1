import {
  HEARTBEAT_AGE,
  HEARTBEAT_ALERT_SECONDS,
  HEARTBEAT_STALE_SECONDS,
  REASON,
  SECONDS_IN_STATE,
  STATE_NUMBER,
} from '../expressions.ts';
import { PLAIN_COLORS } from '../node-state-look.ts';
import { series } from '../series.ts';
import { STATE_MAPPING } from './looks.ts';
import { statTiles } from './stat.ts';

type Stat = ReturnType<typeof statTiles>;

const NEUTRAL = [{ from: null, color: 'text' }] as const;

/** What it is now. */
export function verdictNow(): Stat {
  return statTiles({
    title: 'Verdict',
    description:
      'State of the node host at the end of the time shown; the worst, where several exporters see it.',
    width: 4,
    height: 4,
    queries: [{ expr: STATE_NUMBER, legend: '{{node_host}}' }],
    unit: 'none',
    steps: [{ from: null, color: PLAIN_COLORS.quiet }],
    mappings: [STATE_MAPPING],
    colored: 'background',
    whenEmpty: 'not known',
  });
}

/** For how long. */
export function sinceWhen(): Stat {
  return statTiles({
    title: 'For',
    description: 'Time since the node host entered this state.',
    width: 4,
    height: 4,
    queries: [{ expr: SECONDS_IN_STATE, legend: '{{node_host}}' }],
    unit: 's',
    decimals: 1,
    steps: NEUTRAL,
    colored: 'nothing',
    whenEmpty: 'not known',
  });
}

/** Why. */
export function mainReason(): Stat {
  return statTiles({
    title: 'Main reason',
    description:
      'Why the verdict is what it is: the refusal, where the gateway refused it, else the first of its reasons. `openclaw-liveness-exporter check` tells all of them in words.',
    width: 6,
    height: 4,
    queries: [{ expr: REASON, legend: '{{reason}}' }],
    unit: 'none',
    steps: NEUTRAL,
    show: 'name',
    colored: 'nothing',
    whenEmpty: 'not known',
  });
}

/** Whether it can be used. */
export function timeSinceHeartbeat(): Stat {
  return statTiles({
    title: 'Heartbeat age',
    description:
      'Time since it was last attached and proven alive: small if, and only if, it can be used. A healthy one is under 40 s where its process is seen, under 65 s where only its gateway tells.',
    width: 4,
    height: 4,
    queries: [{ expr: HEARTBEAT_AGE, legend: '{{node_host}}' }],
    unit: 's',
    decimals: 0,
    steps: [
      { from: null, color: PLAIN_COLORS.good },
      { from: HEARTBEAT_STALE_SECONDS, color: PLAIN_COLORS.warning },
      { from: HEARTBEAT_ALERT_SECONDS, color: PLAIN_COLORS.bad },
    ],
    whenEmpty: 'never seen',
  });
}

/** How often it had to come back. */
export function attachesInRange(): Stat {
  return statTiles({
    title: 'Times attached',
    description: 'How often it attached to its gateway in the time shown, as far as counters tell: rounded.',
    width: 3,
    height: 4,
    queries: [
      {
        expr: `max by (gateway, node_host) (increase(${series('openclaw_nodehost_connects_total')}[$__range]))`,
        legend: 'times',
      },
    ],
    unit: 'none',
    decimals: 0,
    steps: NEUTRAL,
    colored: 'nothing',
    whenEmpty: 'not known',
  });
}

/** How often its process was replaced. */
export function restartsInRange(): Stat {
  return statTiles({
    title: 'Restarts',
    description:
      'How often its process was replaced by another one in the time shown, as far as counters tell: rounded. Seen only on its own machine.',
    width: 3,
    height: 4,
    queries: [
      {
        expr: `max by (gateway, node_host) (increase(${series('openclaw_nodehost_process_restarts_total')}[$__range]))`,
        legend: 'restarts',
      },
    ],
    unit: 'none',
    decimals: 0,
    steps: NEUTRAL,
    colored: 'nothing',
    whenEmpty: 'not seen',
  });
}
