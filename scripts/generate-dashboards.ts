/**
 * Writes the dashboards that are imported into Grafana from their TypeScript.
 *
 *   node scripts/generate-dashboards.ts [--check]
 *
 * `--check` writes nothing and fails where a file is not what the code says.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { DASHBOARD_FILES } from '../dashboards/files.ts';

const DIRECTORY = new URL('../dashboards/', import.meta.url);

for (const { name, build } of DASHBOARD_FILES) {
  const url = new URL(name, DIRECTORY);
  const text = await format(JSON.stringify(build()), { ...(await resolveConfig(url)), parser: 'json' });
  if (!process.argv.includes('--check')) {
    writeFileSync(url, text);
  } else if (!existsSync(url) || readFileSync(url, 'utf8') !== text) {
    console.error(`dashboards/${name} is not what the code says; run: npm run dashboards`);
    process.exitCode = 1;
  }
}
