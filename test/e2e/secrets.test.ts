import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { capturedAnswers } from '../helpers/captured-frames.ts';
import { FakeGateway } from '../helpers/fake-gateway.ts';
import { findLeaks, readPages } from '../helpers/secret-leaks.ts';
import { startExporterProcess } from './otlp/exporter-process.ts';

interface Roster {
  readonly ts: number;
  readonly nodes: readonly object[];
}

/** A gateway that repeats `secret` wherever it may say something, in every second answer as an error. */
function repeating(secret: string): Promise<FakeGateway> {
  const [answer] = capturedAnswers('2026.9.6', 'node.list');
  const roster = answer?.payload as Roster;
  let asked = 0;
  return FakeGateway.listen({
    version: '2026.9.6',
    react: ({ method }) => {
      if (method !== 'node.list') return undefined;
      asked += 1;
      if (asked % 2 === 0)
        return { error: { code: 'UNAVAILABLE', message: `not with ${secret}`, details: { secret } } };
      const nodes = roster.nodes.map((node) => ({
        ...node,
        displayName: `Box ${secret}`,
        version: secret,
        platform: secret,
      }));
      return { payload: { ...roster, nodes } };
    },
  });
}

/** Every file below a directory, with what is in it. */
function filesBelow(directory: string): readonly (readonly [string, string])[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, 'latin1')] as const);
}

it('what others repeat of a credential is on no page, in no metric, no log line and no file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
  const token = `tok-${randomBytes(16).toString('hex')}`;
  const gateway = await repeating(token);
  const log = join(directory, 'node.log');
  const config = join(directory, 'exporter.json');
  const state = join(directory, 'state');
  mkdirSync(join(directory, 'node'));
  writeFileSync(join(directory, 'token'), `${token}\n`, { mode: 0o600 });
  writeFileSync(log, '');
  writeFileSync(
    config,
    JSON.stringify({
      gateway: { url: gateway.url, token_file: join(directory, 'token') },
      nodes: [{ name: 'a', state_dir: join(directory, 'node'), log }],
      log: { level: 'debug' },
    }),
  );
  const exporter = await startExporterProcess({
    flags: ['--config.file', config, '--state.dir', state],
    home: directory,
    environment: {},
  });
  try {
    appendFileSync(log, `node host gateway closed (1008): unauthorized: ${token}\n`);
    const get = (path: string): Promise<Response> => fetch(`${exporter.url}${path}`);
    const says = async (path: string, words: RegExp): Promise<boolean> =>
      words.test(await (await get(path)).text());
    // Until all have spoken there is nothing to find; a vitest timeout ends it.
    while (!(await says('/api/v1/nodes', /Box \[redacted\]/))) await wait(100);
    while (!exporter.stderr().includes('not with [redacted]')) await wait(100);
    // What was there before the first look is no news, and counts nothing.
    appendFileSync(
      log,
      `node host gateway connect failed: ${Buffer.from(token).toString('base64')} ${token}\n`,
    );
    appendFileSync(log, `node host gateway closed (1008): unauthorized: ${token}\n`);
    while (!(await says('/metrics', /reconnect_failures_total\{.*\} [1-9]/))) await wait(100);
    const pages = await readPages(get);
    await exporter.stop();
    const texts = new Map([...pages, ['log', exporter.stderr()] as const, ...filesBelow(state)]);
    expect([...texts.keys()]).toContain(join(state, 'state.json'));
    expect(findLeaks([token], texts)).toEqual([]);
  } finally {
    await exporter.kill();
    await gateway.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
