import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeCli } from './fake-cli.ts';

interface Told {
  readonly status: string;
  readonly alerts: readonly { readonly labels: Record<string, string> }[];
}

interface Receiver {
  readonly config: string;
  readonly told: string[];
  readonly labels: Record<string, string>[];
}

/** A receiver that answers `status`, and a configuration that names it. */
async function receiver(status: number): Promise<Receiver> {
  const told: string[] = [];
  const labels: Record<string, string>[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => {
      const message = JSON.parse(chunk.toString()) as Told;
      told.push(message.status);
      labels.push(...message.alerts.map((alert) => alert.labels));
    });
    request.on('end', () => response.writeHead(status).end());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const directory = mkdtempSync(join(tmpdir(), 'drill-'));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
  });
  writeFileSync(join(directory, 'url'), `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
    mode: 0o600,
  });
  const config = join(directory, 'liveness.yml');
  writeFileSync(config, `notify:\n  webhook_url_file: ${join(directory, 'url')}\n`, { mode: 0o600 });
  return { config, told, labels };
}

describe('drill', () => {
  it('pages whom the configuration names, and ends it', async () => {
    const { config, told } = await receiver(200);
    const cli = new FakeCli();
    cli.isPatient = true;
    expect(await cli.run('drill', '--config.file', config)).toBe(0);
    expect(told).toEqual(['firing', 'resolved']);
    expect(cli.out).toMatch(
      /^the webhook took the page after \d\.\d s\nthe webhook took its end after \d\.\d s\n$/,
    );
    expect(cli.isListening).toBe(false);
  });

  it('takes labels by which routes go, values with what they have in them', async () => {
    const { config, labels } = await receiver(200);
    const cli = new FakeCli();
    cli.isPatient = true;
    const given = ['--label', 'team=platform', '--label', 'note=a=b, c'];
    expect(await cli.run('drill', '--config.file', config, ...given)).toBe(0);
    expect(labels[0]).toMatchObject({ node_host: 'drill', team: 'platform', note: 'a=b, c' });
  });

  it('ends the page where it is interrupted, and has failed where nobody took it', async () => {
    const { config, told } = await receiver(200);
    const cli = new FakeCli();
    const running = cli.run('drill', '--config.file', config, '--hold', '1h');
    await expect.poll(() => told).toEqual(['firing']);
    cli.signal('SIGINT');
    expect(await running).toBe(0);
    expect(told).toEqual(['firing', 'resolved']);
    const refusing = await receiver(503);
    expect(await cli.run('drill', '--config.file', refusing.config)).toBe(1);
    expect(cli.out).toContain('the webhook did not take the page: it answered HTTP 503\n');
  });

  it('says that a dead man’s URL alone is nobody to drill', async () => {
    const { config } = await receiver(200);
    writeFileSync(config, readFileSync(config, 'utf8').replace('webhook_url_file', 'dead_man_url_file'));
    const cli = new FakeCli();
    expect(await cli.run('drill', '--config.file', config)).toBe(2);
    expect(cli.err).toContain(
      'nobody can be drilled: notify has no webhook_url_file and no program (dead_man_url_file is not drilled); name one',
    );
  });

  it.each([
    [[], 'nobody can be drilled: notify has no webhook_url_file and no program; name one'],
    [
      ['--alertmanager', 'alertmanager:9093'],
      'flag --alertmanager: found "alertmanager:9093"; allowed: the URL',
    ],
    [
      ['--alertmanager', 'http://u:hunter22@am:9093'],
      'flag --alertmanager: allowed: a URL without a password',
    ],
    [['--alertmanager', 'http://am:9093', '--label', 'team'], 'flag --label: found "team"; allowed: a name'],
    [['--alertmanager', 'http://am:9093', '--label', 'team='], 'flag --label: found "team="'],
    [
      ['--hold', 'long'],
      "option '--hold <duration>' argument 'long' is invalid. Allowed: a duration such as",
    ],
    [['--timeout', '0s'], "option '--timeout <duration>' argument '0s' is invalid."],
  ])('is refused with %j', async (flags, message) => {
    const cli = new FakeCli();
    expect(await cli.run('drill', ...flags)).toBe(2);
    expect(cli.err).toContain(message);
    expect(cli.err).not.toContain('hunter22');
  });
});
