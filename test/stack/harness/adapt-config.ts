import { parse, stringify } from 'yaml';
import { promDurationMs } from '../../helpers/promql.ts';
import { dividedDuration } from './prometheus-duration.ts';
import { asList, asMap, optionalList, optionalMap, without, type YamlMap } from './yaml-document.ts';

/*
 * The shipped files, changed as little as a test can: addresses, because nothing of a test listens where a user's servers
 * do, and for a quick stack what the servers wait for. All of it is pure: text in, text out.
 */

/** A scrape that is cut off before a busy machine answered would be an outage of its own. */
const LEAST_SCRAPE_MS = 1_000;
/** Alertmanager and Prometheus take any wait above zero; below this nothing is gained. */
const LEAST_WAIT_MS = 200;

export interface PrometheusAddresses {
  /** host:port of every exporter to scrape. */
  readonly exporters: readonly string[];
  readonly prometheus: string;
  readonly alertmanager: string;
}

/** deploy/prometheus/prometheus.yml with these addresses; its rule files lie in `rules/` beside it. */
export function adaptPrometheusConfig(
  text: string,
  options: { readonly addresses: PrometheusAddresses; readonly divisor: number },
): string {
  const { addresses, divisor } = options;
  const config = asMap(parse(text), 'the Prometheus configuration');
  const global = optionalMap(config.global, 'global');
  const targets = new Map<string, readonly string[]>([
    ['openclaw-nodehost', addresses.exporters],
    ['prometheus', [addresses.prometheus]],
    ['alertmanager', [addresses.alertmanager]],
  ]);
  return stringify({
    ...config,
    global: {
      ...global,
      ...faster(
        global,
        ['scrape_interval', 'evaluation_interval', 'scrape_timeout'],
        divisor,
        LEAST_SCRAPE_MS,
      ),
    },
    rule_files: ['rules/*.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [addresses.alertmanager] }] }] },
    scrape_configs: asList(config.scrape_configs, 'scrape_configs').map((entry) => {
      const job = without(asMap(entry, 'a scrape configuration'), ['file_sd_configs', 'static_configs']);
      const known = targets.get(String(job.job_name));
      if (known === undefined)
        throw new Error(`a scrape job without an address in tests: ${String(job.job_name)}`);
      return {
        ...job,
        ...faster(job, ['scrape_interval', 'scrape_timeout'], divisor, LEAST_SCRAPE_MS),
        static_configs: [{ targets: known }],
      };
    }),
  });
}

/** A shipped rule file; a quick one waits less in `for`, `keep_firing_for` and `interval`. */
export function adaptRules(text: string, divisor: number): string {
  if (divisor === 1) return text;
  const file = asMap(parse(text), 'a rule file');
  return stringify({
    ...file,
    groups: asList(file.groups, 'groups').map((entry) => {
      const group = asMap(entry, 'a rule group');
      return {
        ...group,
        ...faster(group, ['interval'], divisor, LEAST_SCRAPE_MS),
        rules: optionalList(group.rules, 'rules').map((rule) => {
          const map = asMap(rule, 'a rule');
          return { ...map, ...faster(map, ['for', 'keep_firing_for'], divisor, LEAST_WAIT_MS) };
        }),
      };
    }),
  });
}

/** The longest `for` of each alert of a rule file, in milliseconds as it stands there. */
export function holdsOf(text: string): ReadonlyMap<string, number> {
  const file = asMap(parse(text), 'a rule file');
  const holds = new Map<string, number>();
  for (const entry of asList(file.groups, 'groups')) {
    for (const rule of optionalList(asMap(entry, 'a rule group').rules, 'rules')) {
      const { alert, for: hold } = asMap(rule, 'a rule');
      if (typeof alert !== 'string') continue;
      const ms = typeof hold === 'string' ? promDurationMs(hold) : 0;
      holds.set(alert, Math.max(ms, holds.get(alert) ?? 0));
    }
  }
  return holds;
}

const GROUP_TIMES = ['group_wait', 'group_interval'] as const;

/** alerts/alertmanager.example.yml with every receiver's URL pointing at `webhook`. */
export function adaptAlertmanagerConfig(
  text: string,
  options: { readonly webhook: string; readonly divisor: number },
): string {
  const config = asMap(parse(text), 'the Alertmanager configuration');
  return stringify({
    ...config,
    ...(config.route === undefined ? {} : { route: fasterRoute(config.route, options.divisor) }),
    receivers: asList(config.receivers, 'receivers').map((receiver) =>
      redirected(asMap(receiver, 'a receiver'), options.webhook),
    ),
  });
}

function redirected(receiver: YamlMap, webhook: string): YamlMap {
  return Object.fromEntries(
    Object.entries(receiver).map(([key, value]) => {
      if (!key.endsWith('_configs')) return [key, value];
      if (key !== 'webhook_configs')
        throw new Error(`a test cannot receive for ${key} of ${String(receiver.name)}`);
      return [
        key,
        asList(value, key).map((entry) => {
          return { ...without(asMap(entry, key), ['url', 'url_file']), url: webhook };
        }),
      ];
    }),
  );
}

function fasterRoute(value: unknown, divisor: number): YamlMap {
  const route = asMap(value, 'a route');
  return {
    ...route,
    ...faster(route, [...GROUP_TIMES, 'repeat_interval'], divisor, LEAST_WAIT_MS),
    ...(route.routes === undefined
      ? {}
      : { routes: asList(route.routes, 'routes').map((child) => fasterRoute(child, divisor)) }),
  };
}

/** Those of `keys` that the mapping has, divided. */
function faster(map: YamlMap, keys: readonly string[], divisor: number, leastMs: number): YamlMap {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const text = map[key];
      if (typeof text !== 'string' && typeof text !== 'number') return [];
      return [[key, divisor === 1 ? text : dividedDuration(String(text), divisor, leastMs)]];
    }),
  );
}

/** What the shipped configuration of Prometheus says about its own pace, in milliseconds. */
export function intervalsOf(text: string): { readonly scrapeMs: number; readonly evaluationMs: number } {
  const global = optionalMap(asMap(parse(text), 'the Prometheus configuration').global, 'global');
  const read = (key: string): number => {
    const value = global[key];
    if (typeof value !== 'string') throw new Error(`global.${key} is not set`);
    return promDurationMs(value);
  };
  return { scrapeMs: read('scrape_interval'), evaluationMs: read('evaluation_interval') };
}
