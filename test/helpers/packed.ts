import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * What a user gets: the package as `npm pack` makes it, in a directory of its own that is the caller's to remove. CI packs
 * once, and says in PACKED_TARBALL what came of it.
 */
export function packPackage(): { readonly directory: string; readonly tarball: string } {
  const directory = mkdtempSync(join(tmpdir(), 'packed-'));
  const given = process.env.PACKED_TARBALL;
  if (given === undefined)
    execFileSync('npm', ['pack', '--pack-destination', directory], { cwd: ROOT, stdio: 'ignore' });
  else copyFileSync(given, join(directory, basename(given)));
  const [name = ''] = readdirSync(directory);
  return { directory, tarball: join(directory, name) };
}
