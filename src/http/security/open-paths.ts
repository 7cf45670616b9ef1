const PROBE = /^\/(?:livez|readyz)(?:\/[^/]*)?$/;
const SELF = /^\/-\/(?:healthy|ready)$/;

/**
 * Whether a request target is a probe, which may be left open while pages ask for credentials. Spelled exactly: what
 * the router is more generous about is none.
 *
 * @param target as in the request line: `/livez?verbose`
 */
export function isProbePath(target: string): boolean {
  const [path = ''] = target.split(/[?#]/, 1);
  return PROBE.test(path) || SELF.test(path);
}
