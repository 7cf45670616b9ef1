/**
 * Copies the rules, and nothing else that Prometheus could take for some, with links to your own runbooks and your own Grafana.
 *
 *   npm run alerts -- --out <dir> [--runbooks <url>] [--grafana <url>]
 *
 * `--runbooks` is the address under which `<AlertName>.md` is found, `--grafana` the one that Grafana is opened by.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LinkError, rewriteLinks } from './alert-links.ts';

const ALERTS = new URL('../alerts/', import.meta.url);

const USAGE = `usage: npm run alerts -- --out <dir> [--runbooks <url>] [--grafana <url>]

  --out <dir>       where the files go; made where it is missing, files of the same name are replaced
  --runbooks <url>  where the runbooks are, for example https://wiki.example.com/runbooks/
  --grafana <url>   where Grafana is, for example https://grafana.example.com/`;

function main(args: readonly string[]): void {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string' },
      runbooks: { type: 'string' },
      grafana: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return;
  }
  const { out, runbooks, grafana } = values;
  if (out === undefined || out === '') throw new LinkError('--out <dir> is missing');
  if (resolve(out) === resolve(fileURLToPath(ALERTS))) {
    throw new LinkError(`--out ${out}: would replace the files that are copied`);
  }

  const files = readdirSync(ALERTS)
    .filter((name) => name.endsWith('.rules.yml'))
    .map((name) => {
      const text = readFileSync(new URL(name, ALERTS), 'utf8');
      return { name, text: rewriteLinks(text, { runbooks, grafana }) };
    });
  makeFolder(resolve(out));
  for (const { name, text } of files) {
    writeFileSync(join(out, name), text);
    console.log(join(out, name));
  }
}

/**
 * Makes a folder and those above it. One after the other: Node's recursive `mkdir` tries for ever where a folder cannot be
 * made in one that exists (`/proc`).
 *
 * @throws the system's error where one of them cannot be made
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** What parseArgs says of a flag that it does not know. */
function isUsageError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

try {
  main(process.argv.slice(2));
} catch (error: unknown) {
  const isOurs = error instanceof LinkError || isUsageError(error);
  const isOfTheSystem = error instanceof Error && 'syscall' in error;
  if (!isOurs && !isOfTheSystem) throw error;
  console.error(`alerts: ${error.message}${isOurs ? `\n\n${USAGE}` : ''}`);
  process.exitCode = isOurs ? 2 : 1;
}
