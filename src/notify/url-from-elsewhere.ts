import { hostname } from 'node:os';

/**
 * Whoever reads a message sits at another machine: there a loopback address is another's. Empty where there is none.
 *
 * @param given by the operator, who knows better
 */
export function urlFromElsewhere(url: string | undefined, given: string | undefined): string {
  if (given !== undefined) return given;
  const parsed = URL.parse(url ?? '');
  if (parsed === null) return '';
  if (/^(?:localhost|127\.|0\.0\.0\.0|\[::1?\])/.test(parsed.hostname)) parsed.hostname = hostname();
  return parsed.origin;
}
