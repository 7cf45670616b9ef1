/** Shorter ones are found in every text. */
const MIN_SECRET_LENGTH = 8;
/** A part of a secret is a leak too; so many characters of it are no coincidence. */
const PART_LENGTH = 12;

/** Pages that every exporter has; those of each node host come on top. */
const PAGES = [
  '/',
  '/metrics',
  '/livez',
  '/livez?verbose',
  '/readyz?verbose',
  '/-/healthy',
  '/-/ready',
  '/api/v1/nodes',
  '/sd',
  '/nowhere',
];

/** Where a secret stands, in the clear or encoded as texts of this exporter are. Never holds the secret itself. */
export function findLeaks(secrets: readonly string[], texts: ReadonlyMap<string, string>): readonly string[] {
  const forms = secrets.flatMap(formsOf);
  return [...texts].flatMap(([where, text]) => (forms.some((form) => text.includes(form)) ? [where] : []));
}

function formsOf(secret: string): readonly string[] {
  if (secret.length < MIN_SECRET_LENGTH)
    throw new Error('a secret this short would be found anywhere; use a longer one');
  const part = secret.slice(0, Math.max(PART_LENGTH, Math.ceil(secret.length / 2)));
  return [
    part,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    // Without its end: where the secret stands within more, the last characters are others.
    Buffer.from(secret).toString('base64').slice(0, -4),
    Buffer.from(secret).toString('hex'),
  ];
}

/** Every page of a running exporter, with its headers. Pages that cannot be had are left out. */
export async function readPages(
  get: (path: string) => Promise<Response>,
): Promise<ReadonlyMap<string, string>> {
  const read = async (path: string): Promise<readonly [string, string]> => {
    const response = await get(path);
    return [path, `${JSON.stringify([...response.headers])}\n${await response.text()}`];
  };
  const pages = new Map(await Promise.all(PAGES.map(read)));
  const nodes = /"key": "((?:[^"\\]|\\.)*)"/g;
  const keys = [...(pages.get('/api/v1/nodes') ?? '').matchAll(nodes)].map(
    ([, key]) => JSON.parse(`"${key ?? ''}"`) as string,
  );
  const detail = keys.slice(0, 20).map((key) => read(`/api/v1/nodes/${encodeURIComponent(key)}`));
  return new Map([...pages, ...(await Promise.all(detail))]);
}
