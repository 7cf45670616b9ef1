import { dashboard, type Builder } from './sdk.ts';

type DashboardLink = ReturnType<typeof dashboard.defaultDashboardLink>;

/** The dashboards' own addresses within Grafana. */
export const UIDS = { fleet: 'openclaw-nodehost-fleet', nodeHost: 'openclaw-nodehost' } as const;

const TARGETS = '${datasource:queryparam}&${job:queryparam}&${instance:queryparam}';

/** Opened from a cell, a row or a line. */
export interface DataLink {
  readonly title: string;
  readonly url: string;
}

/**
 * The dashboard of the node host that stands in these labels, for the same time and the same exporters.
 *
 * Names come from people: `percentencode` keeps a `#` or `&` in one from cutting the address.
 */
function nodeHostUrl({ gateway, nodeHost }: { readonly gateway: string; readonly nodeHost: string }): string {
  const own = `var-gateway=\${${gateway}:percentencode}&var-node_host=\${${nodeHost}:percentencode}`;
  return `/d/${UIDS.nodeHost}?${TARGETS}&${own}&\${__url_time_range}`;
}

/** From a line or a row of a graph. */
export const NODE_HOST_OF_LINE: DataLink = {
  title: 'Open ${__field.labels.node_host}',
  url: nodeHostUrl({ gateway: '__field.labels.gateway', nodeHost: '__field.labels.node_host' }),
};

/** From a row of a table, whose columns have these names. */
export function nodeHostOfRow(columns: { readonly gateway: string; readonly nodeHost: string }): DataLink {
  return {
    title: `Open \${__data.fields["${columns.nodeHost}"]}`,
    url: nodeHostUrl({
      gateway: `__data.fields["${columns.gateway}"]`,
      nodeHost: `__data.fields["${columns.nodeHost}"]`,
    }),
  };
}

/** As a builder, which is what panels take. The SDK's own adds settings that only links of a dashboard have. */
export function dataLink({ title, url }: DataLink): Builder<DashboardLink> {
  return { build: () => ({ title, url, targetBlank: false }) as DashboardLink };
}

/** At the top of the dashboard, keeping the time and the exporters, and the gateways where both dashboards select them. */
function topLink({
  title,
  uid,
  tooltip,
}: {
  title: string;
  uid: string;
  tooltip: string;
}): Builder<DashboardLink> {
  return {
    build: () =>
      // Without the SDK's `placement`, which would hide it in a menu.
      ({
        title,
        type: dashboard.DashboardLinkType.Link,
        icon: 'dashboard',
        tooltip,
        url: `/d/${uid}?${TARGETS}&\${gateway:queryparam}`,
        tags: [],
        asDropdown: false,
        targetBlank: false,
        includeVars: false,
        keepTime: true,
      }),
  };
}

/** To all node hosts. */
export const TO_FLEET = topLink({
  title: 'All node hosts',
  uid: UIDS.fleet,
  tooltip: 'All node hosts, for the same time',
});

/** To one node host, the first until another is chosen there. */
export const TO_NODE_HOST = topLink({
  title: 'One node host',
  uid: UIDS.nodeHost,
  tooltip: 'One node host with all that is known of it, for the same time',
});
