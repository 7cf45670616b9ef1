import { readFileSync } from 'node:fs';

/** The version in the package's own package.json, one folder up from here in src and in dist alike. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
