import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What a user gets: the package as `npm pack` makes it, in a directory of its own that is the caller's to remove. */
export function packPackage(): { readonly directory: string; readonly tarball: string } {
  const directory = mkdtempSync(join(tmpdir(), 'packed-'));
  execFileSync('npm', ['pack', '--pack-destination', directory], { cwd: ROOT, stdio: 'ignore' });
  const [name = ''] = readdirSync(directory);
  return { directory, tarball: join(directory, name) };
}
