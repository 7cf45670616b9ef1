import { Secret } from '../core/index.ts';
import { OTLP_PROTOCOLS, type OtlpSettings, type OtlpCollector } from '../exporters/otlp/otlp-settings.ts';
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
/** Of the official exporters; each also with the signal's name in it, which goes first. */
const NAMES = [
  ...['ENDPOINT', 'PROTOCOL', 'HEADERS', 'TIMEOUT', 'COMPRESSION', 'INSECURE'],
  ...['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'],
];
const KNOWN: readonly string[] = [
  ...NAMES.map((name) => PREFIX + name),
  ...OTLP_SIGNALS.flatMap((signal) => NAMES.map((name) => own(signal, name))),
  `${PREFIX}METRICS_TEMPORALITY_PREFERENCE`,
  `${PREFIX}METRICS_DEFAULT_HISTOGRAM_AGGREGATION`,
];

function own(signal: OtlpSignal, name: string): string {
  return `${PREFIX}${signal.toUpperCase()}_${name}`;
}

/**
 * Reads of the standard `OTEL_…` variables what the official exporters cannot know: which signals are sent, and that
 * nobody is dialled without an endpoint. They are often set for a whole machine and meant for other programs as well, and
 * the specification wants a value that cannot be used to be ignored with a warning: so none of them keeps the exporter
 * from starting. Blank variables are absent.
 */
export function readOtlpVariables(environment: Environment): OtlpVariables {
  const reader = new Reader(environment);
  const { warnings } = reader;
  if (reader.oneOf('OTEL_SDK_DISABLED', ['true', 'false']) === 'true') return { warnings };
  const collectors = Object.fromEntries(
    OTLP_SIGNALS.flatMap((signal) => {
      const collector = readCollector(reader, signal);
      return collector === undefined ? [] : [[signal, collector] as const];
    }),
  ) as OtlpSettings['collectors'];
  reader.warnOfUnknown();
  return Object.keys(collectors).length === 0 ? { warnings } : { settings: { collectors }, warnings };
}

function readCollector(reader: Reader, signal: OtlpSignal): OtlpCollector | undefined {
  const selector = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const chosen = reader.text(selector)?.split(/\s*,\s*/);
  const other = chosen?.find((word) => word !== 'otlp' && word !== 'none');
  if (other !== undefined) {
    reader.warn(selector, `found ${formatFound(other)}; allowed: otlp or none. Prometheus reads /metrics.`);
  }
  if (chosen?.includes('otlp') === false) return undefined;
  const variable = reader.first(own(signal, 'ENDPOINT'), `${PREFIX}ENDPOINT`);
  const written = reader.text(variable);
  if (written === undefined) {
    const message = `asks for otlp, but no endpoint is set and none is assumed; set ${own(signal, 'ENDPOINT')} or ${variable}.`;
    if (chosen !== undefined) reader.warn(selector, message);
    return undefined;
  }
  const named = reader.first(own(signal, 'PROTOCOL'), `${PREFIX}PROTOCOL`);
  const protocol = reader.oneOf(named, OTLP_PROTOCOLS) ?? 'http/protobuf';
  const path = variable === `${PREFIX}ENDPOINT` ? `v1/${signal}` : undefined;
  const endpoint = publicEndpoint(written, { protocol, path });
  if (endpoint === undefined) {
    reader.warn(
      variable,
      `found a value that is not shown; allowed for ${protocol}: ${ALLOWED[protocol]}. Nothing is sent there.`,
    );
    return undefined;
  }
  const headers = [own(signal, 'HEADERS'), `${PREFIX}HEADERS`].map(
    (name) => new Secret(reader.text(name) ?? ''),
  );
  return { protocol, endpoint, secrets: { endpoint: new Secret(written), headers } };
}

const ALLOWED: Readonly<Record<OtlpCollector['protocol'], string>> = {
  'http/protobuf':
    'http:// or https:// followed by host[:port][/path], a query only in the endpoint of one signal',
  grpc: 'http:// or https:// followed by host:port, host:port alone, or unix:///path',
};

/**
 * Scheme, host and path; `undefined` where the official exporter could make nothing of it: it would dial localhost.
 *
 * @param path what the exporter adds to an endpoint for all signals
 */
function publicEndpoint(
  text: string,
  { protocol, path }: { readonly protocol: OtlpCollector['protocol']; readonly path: string | undefined },
): string | undefined {
  if (protocol === 'grpc') {
    if (/^unix:\/\/\/./.test(text)) return text;
    const hasScheme = /^\w{1,8}:\/\//.test(text);
    const url = URL.parse(hasScheme ? text : `https://${text}`);
    return isHttp(url) ? `${hasScheme ? `${url.protocol}//` : ''}${url.host}` : undefined;
  }
  const url = URL.parse(text);
  if (!isHttp(url) || (path !== undefined && `${url.search}${url.hash}` !== '')) return undefined;
  const base = `${url.protocol}//${url.host}${url.pathname}`;
  return path === undefined ? base : `${base.replace(/\/+$/, '')}/${path}`;
}

function isHttp(url: URL | null): url is URL {
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '';
}

/** One variable at a time, with what is wrong in it collected; each is complained about once. */
class Reader {
  readonly #environment: Environment;
  readonly warnings: ConfigProblem[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  warn(variable: string, message: string): void {
    const where = `environment variable ${variable}`;
    if (!this.warnings.some((told) => told.where === where && told.message === message))
      this.warnings.push({ where, message });
  }

  text(variable: string): string | undefined {
    const text = this.#environment[variable]?.trim();
    return text === '' ? undefined : text;
  }

  /** Of a signal's own variable and the general one, the one that counts. */
  first(one: string, other: string): string {
    return this.text(one) === undefined ? other : one;
  }

  oneOf<T extends string>(variable: string, allowed: readonly T[]): T | undefined {
    const text = this.text(variable);
    const known = allowed.find((word) => word === text?.toLowerCase());
    if (text !== undefined && known === undefined)
      this.warn(variable, `found ${formatFound(text)}; allowed: ${allowed.join(' or ')}. It is ignored.`);
    return known;
  }

  /** A misspelt variable would be obeyed by nobody, silently. */
  warnOfUnknown(): void {
    for (const variable of Object.keys(this.#environment)) {
      const isOurs = variable.startsWith(PREFIX) && !variable.startsWith(`${PREFIX}PROFILES_`);
      if (!isOurs || KNOWN.includes(variable) || this.text(variable) === undefined) continue;
      const meant = suggest(variable, KNOWN);
      this.warn(variable, `unknown variable.${meant === undefined ? '' : ` Did you mean ${meant}?`}`);
    }
  }
}
