/*
 * The SDK is CommonJS: Node lets an ES module have only its default export. Everything else here imports from this file.
 */
import bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import common from '@grafana/grafana-foundation-sdk/common';
import dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import stat from '@grafana/grafana-foundation-sdk/stat';
import statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import table from '@grafana/grafana-foundation-sdk/table';
import timeseries from '@grafana/grafana-foundation-sdk/timeseries';

export { bargauge, common, dashboard, prometheus, stat, statetimeline, table, timeseries };

/*
 * The classic schema, which the SDK calls deprecated: it is the only one that Grafana 10 to 13 all import (13 converts it
 * when it loads).
 */
// eslint-disable-next-line @typescript-eslint/no-deprecated
export const ClassicDashboardBuilder = dashboard.DashboardBuilder;
export type ClassicDashboard = ReturnType<InstanceType<typeof ClassicDashboardBuilder>['build']>;

export type { Builder } from '@grafana/grafana-foundation-sdk/cog';
export type {
  DynamicConfigValue,
  Panel,
  RowPanel,
  ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
