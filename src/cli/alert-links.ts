/** A base that no link can be made of. The message names the flag. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

export interface LinkBases {
  /** Where `<AlertName>.md` is found. Absent: at the exporter, as shipped. */
  readonly runbooks?: string;
  /** Where Grafana is. Absent: the status page of the exporter, as shipped. */
  readonly grafana?: string;
}

const RUNBOOK = /(runbook_url: >-\n +).*\/runbooks\//g;
const STATUS_PAGE = /(dashboard_url: >-\n +)(.*)/g;

/**
 * The rules with other bases in their links; all else, comments included, stays as it is. Pure.
 *
 * @throws LinkError
 */
export function rewriteLinks(rules: string, { runbooks, grafana }: LinkBases): string {
  let text = rules;
  if (runbooks !== undefined) {
    const base = baseOf('--runbooks', runbooks);
    text = text.replaceAll(RUNBOOK, (_, key: string) => `${key}${base}`);
  }
  if (grafana !== undefined) {
    const base = baseOf('--grafana', grafana);
    text = text.replaceAll(
      STATUS_PAGE,
      (_, key: string, page: string) => `${key}${base}${dashboardFor(page)}`,
    );
  }
  return text;
}

/** The dashboard that shows what a link to the status page shows, with the same choice. */
function dashboardFor(statusPage: string): string {
  const isAbout = (label: string): boolean => statusPage.includes(`{{ $labels.${label} `);
  const isNodeHost = isAbout('node_host');
  const labels = [
    ...(isAbout('instance') ? ['job', 'instance'] : []),
    ...(isAbout('gateway') || (isNodeHost && isAbout('instance')) ? ['gateway'] : []),
    ...(isNodeHost ? ['node_host'] : []),
  ];
  const choice = labels.map((label) => `var-${label}={{ $labels.${label} | urlquery }}`).join('&');
  return `d/openclaw-nodehost${isNodeHost ? '' : '-fleet'}${choice === '' ? '' : `?${choice}`}`;
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
