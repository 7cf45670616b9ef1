/** Links as they ship: the package's own runbooks, and Grafana where it is when nothing was changed. */
export const SHIPPED_RUNBOOKS = 'https://unpkg.com/openclaw-liveness-exporter/docs/runbooks/';
export const SHIPPED_GRAFANA = 'http://localhost:3000/';

/** A base that no link can be made of. The message names the flag. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

export interface LinkBases {
  /** Where `<AlertName>.md` is found. `undefined`: as shipped. */
  readonly runbooks: string | undefined;
  /** Where Grafana is. `undefined`: as shipped. */
  readonly grafana: string | undefined;
}

/**
 * The rules with other bases in their links; all else, comments included, stays as it is. Pure.
 *
 * @throws LinkError
 */
export function rewriteLinks(rules: string, { runbooks, grafana }: LinkBases): string {
  let text = rules;
  if (runbooks !== undefined) {
    text = text.replaceAll(SHIPPED_RUNBOOKS, () => baseOf('--runbooks', runbooks));
  }
  if (grafana !== undefined) text = text.replaceAll(SHIPPED_GRAFANA, () => baseOf('--grafana', grafana));
  return text;
}

/** Ends in a slash, so that a path can follow; must not upset YAML or the template that it is put into. */
function baseOf(flag: string, value: string): string {
  if (!URL.canParse(value)) throw new LinkError(`${flag} ${value}: not a URL`);
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new LinkError(`${flag} ${value}: not an http or https URL`);
  }
  if (url.username !== '' || url.password !== '') {
    // Not repeated: it has a password in it.
    throw new LinkError(`${flag}: leave the credentials out, an annotation is read by many`);
  }
  if (url.search !== '' || url.hash !== '') {
    throw new LinkError(`${flag} ${value}: a path follows it, so it can have neither ? nor #`);
  }
  // `{{` would be a template's; URL escapes braces in a path.
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}
