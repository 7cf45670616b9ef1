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

export type { Builder } from '@grafana/grafana-foundation-sdk/cog';
export type {
  Dashboard,
  DynamicConfigValue,
  Panel,
  RowPanel,
  ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
