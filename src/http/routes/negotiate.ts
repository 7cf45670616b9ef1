import type { ExpositionFormat } from '../../ports/exposition.ts';

/** One element of an Accept or Accept-Encoding header. */
interface Preference {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1; 0 means "not this". */
  readonly quality: number;
}

function qualityOf(text: string | undefined): number {
  if (text === undefined) return 1;
  const quality = Number(text);
  return text !== '' && quality >= 0 && quality <= 1 ? quality : 0;
}

function parsePreference(element: string): Preference {
  const [value = '', ...rest] = element.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim().toLowerCase();
    parameters.set(
      name,
      part
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1'),
    );
  }
  return { value: value.toLowerCase(), parameters, quality: qualityOf(parameters.get('q')) };
}

function parsePreferences(header: string | undefined): readonly Preference[] {
  if (header === undefined) return [];
  return header
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '')
    .map(parsePreference);
}

/** How well a media range names a format: 3 exactly, 2 by its type, 1 by a wildcard for all, 0 not at all. */
function specificity({ value, parameters }: Preference, format: ExpositionFormat): number {
  const version = parameters.get('version');
  const [mediaType, family, versions] =
    format === 'openmetrics'
      ? ['application/openmetrics-text', 'application/*', ['1.0.0']]
      : ['text/plain', 'text/*', ['0.0.4']];
  if (value === mediaType) return version === undefined || versions.includes(version) ? 3 : 0;
  if (value === family) return 2;
  return value === '*/*' ? 1 : 0;
}

interface Match {
  readonly quality: number;
  readonly specificity: number;
  readonly position: number;
}

const NO_MATCH: Match = { quality: 0, specificity: 0, position: Number.POSITIVE_INFINITY };

/** The most specific range decides, as RFC 9110 says; of equals, the one with the higher quality. */
function matchOf(preferences: readonly Preference[], format: ExpositionFormat): Match {
  let best = NO_MATCH;
  for (const [position, preference] of preferences.entries()) {
    const match = { quality: preference.quality, specificity: specificity(preference, format), position };
    const isBetter =
      match.specificity > best.specificity ||
      (match.specificity > 0 && match.specificity === best.specificity && match.quality > best.quality);
    if (isBetter) best = match;
  }
  return best;
}

/**
 * Chooses the format for an Accept header. What the scraper prefers wins; of equals, the one it names more exactly,
 * then the one it names first. The last resort is the text format, also when nothing acceptable was asked for: a
 * scraper that gets something it can probably read beats a 406.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const preferences = parsePreferences(accept);
  const text = matchOf(preferences, 'text');
  const openmetrics = matchOf(preferences, 'openmetrics');
  if (openmetrics.quality === 0) return 'text';
  if (openmetrics.quality !== text.quality)
    return openmetrics.quality > text.quality ? 'openmetrics' : 'text';
  if (openmetrics.specificity !== text.specificity) {
    return openmetrics.specificity > text.specificity ? 'openmetrics' : 'text';
  }
  return openmetrics.position < text.position ? 'openmetrics' : 'text';
}

/** Whether to compress for an Accept-Encoding header. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const preferences = parsePreferences(acceptEncoding);
  const qualityFor = (...names: readonly string[]): number | undefined =>
    preferences.find(({ value }) => names.includes(value))?.quality;
  const gzip = qualityFor('gzip', 'x-gzip') ?? qualityFor('*') ?? 0;
  return gzip > 0 && gzip >= (qualityFor('identity') ?? 0);
}
