import { STATE_LOOKS } from './node-state-look.ts';
import { DATA_SOURCE } from './query.ts';
import { dashboard, prometheus, type Builder } from './sdk.ts';
import { series } from './series.ts';

type Annotation = Builder<ReturnType<typeof dashboard.defaultAnnotationQuery>>;

interface AnnotationOptions {
  readonly name: string;
  readonly expr: string;
  readonly title: string;
  readonly text: string;
  readonly color: string;
  /** The value of each series is a time in ms: that of the event. Otherwise an event lasts while the value is 1. */
  readonly valueIsTime: boolean;
}

function annotation({ name, expr, title, text, color, valueIsTime }: AnnotationOptions): Annotation {
  const builder = new dashboard.AnnotationQueryBuilder()
    .name(name)
    .datasource(DATA_SOURCE)
    .enable(true)
    .iconColor(color)
    .target(new prometheus.DataqueryBuilder().refId('Anno').datasource(DATA_SOURCE).expr(expr).range())
    .titleFormat(title)
    .textFormat(text)
    .useValueForTime(valueIsTime);
  return {
    build: () => {
      const built = builder.build();
      // The SDK's default would hide the switch in a menu.
      delete built.placement;
      return built;
    },
  };
}

/** An alert of a dead exporter may lack the labels that the variables select; it is shown all the same. */
const ALERT_TARGETS = 'job=~"$job|", instance=~"$instance|"';

/**
 * Critical alerts of our rules when they begin to fire, about what the dashboard is about. Not while they fire: that
 * would be drawn as a shade over the colours of the states, one over the other, until neither can be read.
 */
export function pages(about: 'everything' | 'node host'): Annotation {
  const own = about === 'everything' ? '' : ', node_host=~"$node_host"';
  const firing = `ALERTS{alertname=~"OpenClaw.+", alertstate="firing", severity="critical", ${ALERT_TARGETS}${own}}`;
  return annotation({
    name: 'Pages',
    expr: `max by (alertname, gateway, node_host) (
  ${firing}
  unless
  ${firing} offset $__interval
)`,
    title: '{{alertname}}',
    text: '{{node_host}} {{gateway}}',
    color: STATE_LOOKS.zombie.color,
    valueIsTime: false,
  });
}

/** A gateway that became healthy, or was seen to be for the first time: the end of an outage or of a restart. */
export function gatewayRecoveries(): Annotation {
  return annotation({
    name: 'Gateway healthy again',
    expr: `1000 * max by (gateway) (${series('openclaw_nodehost_gateway_healthy_since_timestamp_seconds')})`,
    title: 'gateway healthy',
    text: '{{gateway}}',
    color: STATE_LOOKS['gateway-down'].color,
    valueIsTime: true,
  });
}

/** Each change of state, at the time of the verdict rather than that of the scrape after it. */
export function transitions(): Annotation {
  return annotation({
    name: 'Changes of state',
    expr: `1000 * max by (gateway, node_host, state) (
  ${series('openclaw_nodehost_state_since_timestamp_seconds')}
  * on (job, instance, gateway, node_host) group_left (state)
  (${series('openclaw_nodehost_state')} == 1)
)`,
    title: '{{state}}',
    text: '{{node_host}} is {{state}}',
    color: STATE_LOOKS.starting.color,
    valueIsTime: true,
  });
}
