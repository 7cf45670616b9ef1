import { isAbsolute, resolve } from 'node:path';
import { Secret } from '../core/index.ts';
import {
  OTLP_COMPRESSIONS,
  OTLP_PROTOCOLS,
  type OtlpProtocol,
  type OtlpQueueLimits,
  type OtlpSettings,
  type OtlpTarget,
  type OtlpTlsFiles,
} from '../exporters/otlp/otlp-settings.ts';
import { OTLP_SIGNALS, type OtlpSignal } from '../exporters/otlp/otlp-status.ts';
import type { Environment } from './environment-layer.ts';
import { formatFound, type ConfigProblem } from './problem.ts';
import { suggest } from './suggest.ts';

/** What OpenTelemetry's variables come to. */
export interface OtlpVariables {
  /** Absent: nothing is sent, and nothing of OpenTelemetry is loaded. */
  readonly settings?: OtlpSettings;
  readonly warnings: readonly ConfigProblem[];
}

const PREFIX = 'OTEL_EXPORTER_OTLP_';
/** Of the OTLP exporter; each also with the signal's name in it, which goes first. */
const GENERAL = [
  'ENDPOINT',
  'PROTOCOL',
  'HEADERS',
  'TIMEOUT',
  'COMPRESSION',
  'INSECURE',
  'CERTIFICATE',
  'CLIENT_CERTIFICATE',
  'CLIENT_KEY',
] as const;
type General = (typeof GENERAL)[number];

const TEMPORALITY = `${PREFIX}METRICS_TEMPORALITY_PREFERENCE`;
const KNOWN: readonly string[] = [
  ...GENERAL.map((name) => PREFIX + name),
  ...OTLP_SIGNALS.flatMap((signal) => GENERAL.map((name) => specific(signal, name))),
  TEMPORALITY,
  // What only a histogram would heed; there is none.
  `${PREFIX}METRICS_DEFAULT_HISTOGRAM_AGGREGATION`,
];

/** OpenTelemetry's own default for one request. */
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_EXPORT_TIMEOUT_MS = 30_000;
/** setTimeout cannot wait longer than 24 days. */
const MAX_MS = 86_400_000;
const MAX_RECORDS = 65_536;

function specific(signal: OtlpSignal, name: General): string {
  return `${PREFIX}${signal.toUpperCase()}_${name}`;
}

/**
 * Reads the standard `OTEL_…` variables. They are often set for a whole machine and meant for other programs as well,
 * and the specification wants a value that cannot be used to be ignored with a warning: so none of them keeps the
 * exporter from starting. Blank variables are absent.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and …/protocol/exporter/
 *
 * @param cwd what a relative path of a certificate is relative to
 */
export function readOtlpVariables(environment: Environment, cwd: string): OtlpVariables {
  const reader = new Reader(environment);
  if (reader.flag('OTEL_SDK_DISABLED')) return { warnings: reader.warnings };

  const targets = Object.fromEntries(
    OTLP_SIGNALS.flatMap((signal) => {
      const target = readTarget(reader, signal, cwd);
      return target === undefined ? [] : [[signal, target] as const];
    }),
  ) as OtlpSettings['targets'];
  reader.warnOfUnknown();
  if (Object.keys(targets).length === 0) return { warnings: reader.warnings };

  const settings: OtlpSettings = {
    targets,
    metrics: readMetricTimes(reader),
    logs: readQueueLimits(reader, 'OTEL_BLRP', 1_000),
    traces: readQueueLimits(reader, 'OTEL_BSP', 5_000),
    resourceAttributes: readResourceAttributes(reader),
  };
  warnOfTemporality(reader);
  return { settings, warnings: reader.warnings };
}

function readTarget(reader: Reader, signal: OtlpSignal, cwd: string): OtlpTarget | undefined {
  const selector = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const choice = readExporters(reader, selector);
  if (choice === 'none') return undefined;
  const found = reader.either(specific(signal, 'ENDPOINT'), `${PREFIX}ENDPOINT`);
  if (found === undefined) {
    if (choice === 'otlp') {
      reader.warn(
        selector,
        `asks for otlp, but no endpoint is set and none is assumed; set ${specific(signal, 'ENDPOINT')} or ${PREFIX}ENDPOINT.`,
      );
    }
    return undefined;
  }

  const protocol =
    reader.oneOf(specific(signal, 'PROTOCOL'), OTLP_PROTOCOLS) ??
    reader.oneOf(`${PREFIX}PROTOCOL`, OTLP_PROTOCOLS) ??
    'http/protobuf';
  const isSpecific = found.variable !== `${PREFIX}ENDPOINT`;
  const endpoint = endpointOf(reader, { found, isSpecific, protocol, signal });
  if (endpoint === undefined) return undefined;
  return {
    protocol,
    endpoint,
    headers: {
      ...readHeaders(reader, `${PREFIX}HEADERS`, protocol),
      ...readHeaders(reader, specific(signal, 'HEADERS'), protocol),
    },
    compression:
      reader.oneOf(specific(signal, 'COMPRESSION'), OTLP_COMPRESSIONS) ??
      reader.oneOf(`${PREFIX}COMPRESSION`, OTLP_COMPRESSIONS) ??
      'none',
    timeoutMs:
      reader.number(specific(signal, 'TIMEOUT'), 1, MAX_MS) ??
      reader.number(`${PREFIX}TIMEOUT`, 1, MAX_MS) ??
      DEFAULT_TIMEOUT_MS,
    tls: readTls(reader, signal, cwd),
  };
}

/** `otlp`: asked for by name. `unsaid`: goes by whether there is an endpoint. */
function readExporters(reader: Reader, variable: string): 'otlp' | 'none' | 'unsaid' {
  const text = reader.text(variable);
  if (text === undefined) return 'unsaid';
  const words = text.split(',').map((word) => word.trim());
  if (words.some((word) => word !== 'otlp' && word !== 'none')) {
    reader.warn(
      variable,
      `found ${formatFound(text)}; allowed: otlp or none. What else it names is not written${words.includes('otlp') ? '' : ', and nothing is sent'} (Prometheus reads /metrics).`,
    );
  }
  return words.includes('otlp') ? 'otlp' : 'none';
}

function endpointOf(
  reader: Reader,
  {
    found: { variable, text },
    isSpecific,
    protocol,
    signal,
  }: {
    readonly found: { readonly variable: string; readonly text: string };
    readonly isSpecific: boolean;
    readonly protocol: OtlpProtocol;
    readonly signal: OtlpSignal;
  },
): string | undefined {
  const refuse = (allowed: string): void => {
    reader.warn(
      variable,
      `found ${shownEndpoint(text)}; allowed for ${protocol}: ${allowed}. ${isSpecific ? capitalise(signal) : 'Nothing'} will ${isSpecific ? 'not be sent' : 'be sent there'}.`,
    );
  };
  switch (protocol) {
    case 'http/protobuf': {
      const url = URL.parse(text);
      if (url === null || !isHttp(url) || url.hostname === '') {
        refuse('http:// or https:// followed by host[:port][/path]');
        return undefined;
      }
      if (isSpecific) return url.href;
      url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`;
      return url.href;
    }
    case 'grpc': {
      if (text.startsWith('unix:')) return text;
      const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
      const isInsecure =
        reader.boolean(specific(signal, 'INSECURE')) ?? reader.boolean(`${PREFIX}INSECURE`) ?? false;
      const url = URL.parse(hasScheme ? text : `${isInsecure ? 'http' : 'https'}://${text}`);
      if (url === null || !isHttp(url) || url.hostname === '') {
        refuse('http:// or https:// followed by host:port, host:port alone, or unix:/path');
        return undefined;
      }
      return `${url.protocol}//${url.host}`;
    }
    default:
      return protocol satisfies never;
  }
}

/** Scheme and host, where both are plain to see: what cannot be parsed cannot be told from the credential in it. */
function shownEndpoint(text: string): string {
  const origin = /^([a-z][a-z0-9+.-]*:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?)(\/.*)?$/i.exec(text);
  if (origin?.[1] === undefined || text.includes('@')) return 'a value that is not shown';
  const shown = formatFound(origin[1]);
  return origin[2] === undefined ? shown : `${shown} and more that is not shown`;
}

function isHttp({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:';
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `name=value,…`, values percent-encoded. A value is never shown: it is most often a credential. */
function readHeaders(
  reader: Reader,
  variable: string,
  protocol: OtlpProtocol,
): Readonly<Record<string, Secret>> {
  const headers: Record<string, Secret> = {};
  for (const [index, pair] of reader.pairs(variable).entries()) {
    const value = pair.value === undefined ? undefined : decode(pair.value);
    if (!isHeaderName(pair.key, protocol) || value === undefined || !/^[\x20-\x7e]*$/.test(value)) {
      reader.warn(
        variable,
        `entry ${index + 1} (not shown) is no header; allowed for ${protocol}: name=value pairs with commas between them, values of printable ASCII, percent-encoded${protocol === 'grpc' ? ', names of letters, digits and _ . - that do not end in -bin' : ''}.`,
      );
      continue;
    }
    headers[pair.key.toLowerCase()] = new Secret(value);
  }
  return headers;
}

/** HTTP: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2. gRPC allows less, and a name in `-bin` holds bytes, not text. */
function isHeaderName(name: string, protocol: OtlpProtocol): boolean {
  switch (protocol) {
    case 'http/protobuf':
      return /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name);
    case 'grpc':
      return /^[A-Za-z0-9_.-]+$/.test(name) && !/-bin$/i.test(name);
    default:
      return protocol satisfies never;
  }
}

function readTls(reader: Reader, signal: OtlpSignal, cwd: string): OtlpTlsFiles {
  const path = (name: General): string | undefined => {
    const text = reader.either(specific(signal, name), PREFIX + name)?.text;
    return text === undefined || isAbsolute(text) ? text : resolve(cwd, text);
  };
  const ca = path('CERTIFICATE');
  const certificate = path('CLIENT_CERTIFICATE');
  const key = path('CLIENT_KEY');
  if ((certificate === undefined) !== (key === undefined)) {
    const missing = key === undefined ? 'CLIENT_KEY' : 'CLIENT_CERTIFICATE';
    reader.warn(
      PREFIX + (key === undefined ? 'CLIENT_CERTIFICATE' : 'CLIENT_KEY'),
      `is of no use alone; set ${PREFIX}${missing} too. No client certificate will be shown.`,
    );
  }
  return {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && key !== undefined && { client: { certificate, key } }),
  };
}

function readMetricTimes(reader: Reader): OtlpSettings['metrics'] {
  const intervalMs = reader.number('OTEL_METRIC_EXPORT_INTERVAL', 1, MAX_MS) ?? DEFAULT_INTERVAL_MS;
  const timeoutMs = reader.number('OTEL_METRIC_EXPORT_TIMEOUT', 1, MAX_MS);
  if (timeoutMs !== undefined && timeoutMs > intervalMs) {
    reader.warn(
      'OTEL_METRIC_EXPORT_TIMEOUT',
      `found ${timeoutMs}; allowed: at most the interval, ${intervalMs} ms, which is used.`,
    );
  }
  return { intervalMs, timeoutMs: Math.min(timeoutMs ?? DEFAULT_EXPORT_TIMEOUT_MS, intervalMs) };
}

function readQueueLimits(reader: Reader, prefix: 'OTEL_BLRP' | 'OTEL_BSP', delayMs: number): OtlpQueueLimits {
  const maxQueueSize = reader.number(`${prefix}_MAX_QUEUE_SIZE`, 1, MAX_RECORDS) ?? 2_048;
  const maxBatchSize = reader.number(`${prefix}_MAX_EXPORT_BATCH_SIZE`, 1, MAX_RECORDS);
  if (maxBatchSize !== undefined && maxBatchSize > maxQueueSize) {
    reader.warn(
      `${prefix}_MAX_EXPORT_BATCH_SIZE`,
      `found ${maxBatchSize}; allowed: at most the size of the queue, ${maxQueueSize}, which is used.`,
    );
  }
  return {
    delayMs: reader.number(`${prefix}_SCHEDULE_DELAY`, 0, MAX_MS) ?? delayMs,
    maxQueueSize,
    maxBatchSize: Math.min(maxBatchSize ?? 512, maxQueueSize),
    timeoutMs: reader.number(`${prefix}_EXPORT_TIMEOUT`, 1, MAX_MS) ?? DEFAULT_EXPORT_TIMEOUT_MS,
  };
}

/** On any error the whole variable is ignored, as the specification of resources demands. No part of it is shown. */
function readResourceAttributes(reader: Reader): Readonly<Record<string, string>> {
  const variable = 'OTEL_RESOURCE_ATTRIBUTES';
  const attributes: Record<string, string> = {};
  for (const [index, { key, value }] of reader.pairs(variable).entries()) {
    const [name, text] = [decode(key), value === undefined ? undefined : decode(value)];
    if (name === undefined || name === '' || text === undefined) {
      reader.warn(
        variable,
        `entry ${index + 1} (not shown) is no attribute; allowed: name=value pairs with commas between them, "," and "=" in them percent-encoded. None of it is used.`,
      );
      return serviceName(reader);
    }
    attributes[name] = text;
  }
  return { ...attributes, ...serviceName(reader) };
}

function serviceName(reader: Reader): Readonly<Record<string, string>> {
  const name = reader.text('OTEL_SERVICE_NAME');
  return name === undefined ? {} : { 'service.name': name };
}

function warnOfTemporality(reader: Reader): void {
  const found = reader.text(TEMPORALITY)?.toLowerCase();
  // For counters that are read from memory `lowmemory` means cumulative as well.
  if (found === undefined || found === 'cumulative' || found === 'lowmemory') return;
  reader.warn(
    TEMPORALITY,
    `found ${formatFound(found)}; allowed: cumulative or lowmemory, since counters here outlive a restart. A collector can convert them (processor cumulativetodelta).`,
  );
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** One variable at a time, with what is wrong in it collected; each is complained about once. */
class Reader {
  readonly #environment: Environment;
  readonly #warnings = new Map<string, ConfigProblem>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  get warnings(): readonly ConfigProblem[] {
    return [...this.#warnings.values()];
  }

  warn(variable: string, message: string): void {
    this.#warnings.set(`${variable} ${message}`, { where: `environment variable ${variable}`, message });
  }

  text(variable: string): string | undefined {
    const text = this.#environment[variable]?.trim();
    return text === '' ? undefined : text;
  }

  /** The first of two that says anything. */
  either(first: string, second: string): { readonly variable: string; readonly text: string } | undefined {
    for (const variable of [first, second]) {
      const text = this.text(variable);
      if (text !== undefined) return { variable, text };
    }
    return undefined;
  }

  oneOf<T extends string>(variable: string, allowed: readonly T[]): T | undefined {
    const text = this.text(variable);
    if (text === undefined) return undefined;
    const known = allowed.find((word) => word === text.toLowerCase());
    if (known === undefined)
      this.warn(variable, `found ${formatFound(text)}; allowed: ${allowed.join(' or ')}. It is ignored.`);
    return known;
  }

  boolean(variable: string): boolean | undefined {
    const word = this.oneOf(variable, ['true', 'false']);
    return word === undefined ? undefined : word === 'true';
  }

  flag(variable: string): boolean {
    return this.boolean(variable) ?? false;
  }

  number(variable: string, min: number, max: number): number | undefined {
    const text = this.text(variable);
    if (text === undefined) return undefined;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    this.warn(
      variable,
      `found ${formatFound(text)}; allowed: a whole number from ${min} to ${max}. It is ignored.`,
    );
    return undefined;
  }

  /** Of `key=value,key=value`; a value may have `=` in it. */
  pairs(variable: string): readonly { readonly key: string; readonly value: string | undefined }[] {
    const parts = (this.text(variable) ?? '').split(',').map((part) => part.trim());
    return parts
      .filter((part) => part !== '')
      .map((part) => {
        const at = part.indexOf('=');
        if (at < 0) return { key: part, value: undefined };
        return { key: part.slice(0, at).trim(), value: part.slice(at + 1).trim() };
      });
  }

  /** A misspelt variable would be obeyed by nobody, silently. */
  warnOfUnknown(): void {
    for (const variable of Object.keys(this.#environment)) {
      if (!variable.startsWith(PREFIX) || KNOWN.includes(variable) || this.text(variable) === undefined)
        continue;
      // A signal that we do not have.
      if (variable.startsWith(`${PREFIX}PROFILES_`)) continue;
      const meant = suggest(variable, KNOWN);
      this.warn(variable, `unknown variable.${meant === undefined ? '' : ` Did you mean ${meant}?`}`);
    }
  }
}
