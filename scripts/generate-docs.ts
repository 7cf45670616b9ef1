/**
 * Writes the generated pages of the documentation from their sources in the code, and the rules for Kubernetes from alerts/.
 *
 *   node scripts/generate-docs.ts [--check]
 *
 * `--check` writes nothing and fails where a page is not what the code says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { formatReference } from './configuration-reference.ts';
import { METRICS_DOC, renderMetricsDoc } from './generate-metrics-doc.ts';
import { operatorRules } from './operator-rules.ts';

const CONFIGURATION_DOC = new URL('../docs/configuration.md', import.meta.url);
const THRESHOLDS = new URL('../src/core/model/thresholds.ts', import.meta.url);

async function renderConfigurationDoc(): Promise<string> {
  const options = await resolveConfig(CONFIGURATION_DOC);
  return format(formatReference(readFileSync(THRESHOLDS, 'utf8')), { ...options, parser: 'markdown' });
}

const pages = [
  { url: METRICS_DOC, text: await renderMetricsDoc() },
  { url: CONFIGURATION_DOC, text: await renderConfigurationDoc() },
  ...operatorRules(),
];
for (const { url, text } of pages) {
  if (!process.argv.includes('--check')) {
    writeFileSync(url, text);
  } else if (readFileSync(url, 'utf8') !== text) {
    console.error(
      `${url.pathname.replace(/^.*\/(?=docs\/|deploy\/)/, '')} is not what the code says; run: npm run docs`,
    );
    process.exitCode = 1;
  }
}
