import {
  mergeHeadersConfig,
  mergeResourceAttributesConfig,
  parseConfigFile,
  type ConfigurationModel,
  type NameStringValuePairConfigModel,
} from '@opentelemetry/configuration';
import { messageOf } from '../../runtime/error-parts.ts';
import type { OtlpSignal } from './otlp-status.ts';

/** What a file of OpenTelemetry's declarative configuration says. */
export interface ConfigFileReading {
  /** In the words of the standard variables, which stand in the place of those of the environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** For each thing that is said there and not heeded here, a sentence. */
  readonly refusals: readonly string[];
}

/** How the exporter of a signal is found in the file, and what its own settings are called in the environment. */
const SIGNALS = {
  metrics: { path: 'meter_provider.readers.0.periodic', prefix: 'OTEL_METRIC_EXPORT' },
  logs: { path: 'logger_provider.processors.0.batch', prefix: 'OTEL_BLRP' },
  traces: { path: 'tracer_provider.processors.0.batch', prefix: 'OTEL_BSP' },
} as const satisfies Record<OtlpSignal, { readonly path: string; readonly prefix: string }>;

/** Of `periodic` and `batch`, behind their prefix. */
const PACE: Readonly<Record<string, string>> = {
  interval: 'INTERVAL',
  timeout: 'TIMEOUT',
  schedule_delay: 'SCHEDULE_DELAY',
  export_timeout: 'EXPORT_TIMEOUT',
  max_queue_size: 'MAX_QUEUE_SIZE',
  max_export_batch_size: 'MAX_EXPORT_BATCH_SIZE',
};

/** Of `otlp_http` and `otlp_grpc`, behind `OTEL_EXPORTER_OTLP_<SIGNAL>_`. */
const EXPORTER: Readonly<Record<string, string>> = {
  endpoint: 'ENDPOINT',
  compression: 'COMPRESSION',
  timeout: 'TIMEOUT',
  'tls.ca_file': 'CERTIFICATE',
  'tls.cert_file': 'CLIENT_CERTIFICATE',
  'tls.key_file': 'CLIENT_KEY',
  'tls.insecure': 'INSECURE',
};

const PROTOCOLS = { otlp_http: 'http/protobuf', otlp_grpc: 'grpc' } as const;

/** What says nothing beyond what is done here anyway. */
const AS_IT_IS: ReadonlySet<string> = new Set([
  'encoding=protobuf',
  'temporality_preference=cumulative',
  'sampler.always_on=null',
]);

/** Reads the file; `${…}` in it is replaced from the environment. Never throws. */
export function readConfigFile(path: string): ConfigFileReading {
  try {
    return readModel(parseConfigFile(path));
  } catch (error: unknown) {
    // A message of the file system names the path, one of the parser the place.
    return { variables: {}, refusals: [messageOf(error)] };
  }
}

function readModel(model: ConfigurationModel): ConfigFileReading {
  const variables: Record<string, string> = {};
  const unread = new Map<string, Leaf>(leavesOf(model));
  const take = (path: string, variable: string): void => {
    const value = unread.get(path);
    if (unread.delete(path) && value !== null) variables[variable] = String(value);
  };
  take('disabled', 'OTEL_SDK_DISABLED');
  takeList(unread, 'resource.attributes', () => {
    const { attributes, attributes_list: list } = model.resource ?? {};
    const merged = mergeResourceAttributesConfig(attributes, list) ?? [];
    variables.OTEL_RESOURCE_ATTRIBUTES = encoded(merged.map(({ name, value }) => [name, value]));
  });
  for (const [signal, { path, prefix }] of Object.entries(SIGNALS)) {
    for (const [key, word] of Object.entries(PACE)) take(`${path}.${key}`, `${prefix}_${word}`);
    for (const [kind, protocol] of Object.entries(PROTOCOLS)) {
      const at = `${path}.exporter.${kind}`;
      if (![...unread.keys()].some((leaf) => leaf === at || leaf.startsWith(`${at}.`))) continue;
      const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}`;
      variables[`OTEL_${signal.toUpperCase()}_EXPORTER`] = 'otlp';
      variables[`${own}_PROTOCOL`] = protocol;
      unread.delete(at);
      for (const [key, word] of Object.entries(EXPORTER)) take(`${at}.${key}`, `${own}_${word}`);
      takeList(unread, `${at}.headers`, () => {
        const { headers, headers_list: list } = valueAt(model, at) as HeadersModel;
        variables[`${own}_HEADERS`] = encoded(Object.entries(mergeHeadersConfig(headers, list) ?? {}));
      });
    }
  }
  const refused = [...unread].filter(([path, value]) => !isAsItIs(path, value)).map(([path]) => path);
  return { variables, refusals: refused.map((path) => `${path} is not heeded`) };
}

/** A value, or a section that says nothing more than that it is there. */
type Leaf = string | number | boolean | null;

interface HeadersModel {
  readonly headers?: NameStringValuePairConfigModel[];
  readonly headers_list?: string | null;
}

/** Calls back if anything is said at `path` or in the list beside it, and marks it as read. */
function takeList(unread: Map<string, Leaf>, path: string, read: () => void): void {
  const found = [...unread.keys()].filter((leaf) => leaf.startsWith(`${path}.`) || leaf === `${path}_list`);
  if (found.length === 0) return;
  for (const leaf of found) unread.delete(leaf);
  read();
}

function isAsItIs(path: string, value: Leaf): boolean {
  return [...AS_IT_IS].some((known) => `${path}=${String(value)}`.endsWith(`.${known}`));
}

function encoded(pairs: readonly (readonly [string, unknown])[]): string {
  return pairs.map((pair) => pair.map((part) => encodeURIComponent(String(part))).join('=')).join(',');
}

function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>>)[key], tree);
}

/** Every value that is no section, by its path. */
function leavesOf(value: unknown, path: readonly string[] = []): readonly (readonly [string, Leaf])[] {
  const key = path.join('.');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return [[key, value]];
  const entries = Object.entries(value ?? {});
  if (entries.length === 0) return [[key, null]];
  return entries.flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
}
