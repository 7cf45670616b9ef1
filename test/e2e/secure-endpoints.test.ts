import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { hashSync } from '@node-rs/bcrypt';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { localRequest } from '../../src/cli/local-request.ts';
import { Guardian } from '../../src/demo/guardian.ts';
import { SimulatedGateway } from '../../src/demo/simulated-gateway.ts';
import { findLeaks, readPages } from '../helpers/secret-leaks.ts';
import { withCleanup, type Cleanup } from '../real/harness/cleanup.ts';
import { hasEnded, lastWords } from '../real/harness/last-words.ts';
import { reservePort } from '../real/harness/ports.ts';
import { Hopeless, waitUntil } from '../real/harness/wait-until.ts';
import { PrometheusServer } from '../stack/harness/prometheus-server.ts';
import { findStackBinaries } from '../stack/harness/stack-binaries.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const TLS = fileURLToPath(new URL('../fixtures/tls/web', import.meta.url));
const TIMEOUT_MS = 60_000;

interface SecuredExporter {
  readonly port: number;
  readonly socketPath: string;
  readonly pid: number;
  readonly log: () => string;
  /** Runs `check` with the same configuration. */
  check(): Promise<{ readonly code: number | null; readonly output: string }>;
  end(): Promise<number | null>;
}

/** The exporter as an operator starts it, with `web` beside a gateway that wants `token`. */
async function startExporter(
  cleanup: Cleanup,
  {
    directory,
    gateway,
    token,
  }: { readonly directory: string; readonly gateway: string; readonly token: string },
): Promise<SecuredExporter> {
  const port = await reservePort();
  const socketPath = join(directory, 'liveness.sock');
  const config = join(directory, 'liveness.yml');
  const home = join(directory, 'home');
  mkdirSync(home);
  writeFileSync(join(directory, 'token'), token, { mode: 0o600 });
  writeFileSync(
    config,
    stringify({
      web: {
        listen_address: [`127.0.0.1:${port}`, `unix:${socketPath}`],
        config_file: 'web.yml',
        open_probes: true,
      },
      gateway: { url: gateway, token_file: 'token' },
      state: { dir: join(directory, 'state') },
      log: { level: 'debug' },
    }),
  );
  const environment = { PATH: process.env.PATH ?? '', HOME: home };
  const child = spawn(process.execPath, [MAIN, '--config.file', config], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const end = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    return exited;
  };
  cleanup.defer(async () => {
    await end();
  });
  const isReady = async (): Promise<boolean> => {
    if (hasEnded(child)) throw new Hopeless(lastWords('the exporter', child, log));
    return (await localRequest({ kind: 'unix', path: socketPath }, '/-/ready', 1_000)).ok;
  };
  await waitUntil(isReady, { timeoutMs: TIMEOUT_MS, what: 'the exporter to be ready' });
  return {
    port,
    socketPath,
    pid: child.pid ?? 0,
    log: () => log,
    async check() {
      const checking = spawn(process.execPath, [MAIN, 'check', '--config.file', config], {
        env: environment,
      });
      let output = '';
      checking.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const code = await new Promise<number | null>((resolve) => checking.once('exit', resolve));
      return { code, output };
    },
    end,
  };
}

interface Seen {
  readonly status: number;
  readonly serialNumber: string | undefined;
}

/** One request over TLS, as a client that knows the CA. */
function get(
  port: number,
  path: string,
  credentials?: { readonly user: string; readonly password: string },
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: 'localhost',
        port,
        path,
        ca: readFileSync(`${TLS}/ca.pem`),
        agent: false,
        ...(credentials !== undefined && { auth: `${credentials.user}:${credentials.password}` }),
      },
      (response) => {
        const { socket } = response;
        const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
        response.resume();
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, serialNumber: certificate?.serialNumber });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

it('TLS and passwords: Prometheus scrapes, certificates and users change without a restart, no secret is seen anywhere', async () => {
  await withCleanup(async (cleanup) => {
    const directory = await cleanup.temporaryDirectory('secured');
    const token = randomBytes(16).toString('hex');
    const password = randomBytes(12).toString('base64url');
    const nextPassword = randomBytes(12).toString('base64url');
    const gateway = new SimulatedGateway({ token, port: await reservePort() });
    await gateway.start();
    cleanup.defer(() => gateway.stop());

    const install = (certificate: string): void => {
      copyFileSync(`${TLS}/${certificate}.key`, join(directory, 'server.key'));
      copyFileSync(`${TLS}/${certificate}.pem`, join(directory, 'server.pem'));
    };
    const hashes: string[] = [];
    const writeWebConfig = (users: Readonly<Record<string, string>>): void => {
      const hashed = Object.entries(users).map(([user, secret]) => [user, hashSync(secret, 10)] as const);
      hashes.push(...hashed.map(([, hash]) => hash));
      writeFileSync(
        join(directory, 'web.yml'),
        stringify({
          tls_server_config: { cert_file: 'server.pem', key_file: 'server.key' },
          basic_auth_users: Object.fromEntries(hashed),
        }),
        { mode: 0o600 },
      );
    };
    install('server');
    writeWebConfig({ prometheus: password });
    const exporter = await startExporter(cleanup, { directory, gateway: gateway.url, token });
    const prometheusUser = { user: 'prometheus', password };

    // Who may see what.
    expect((await get(exporter.port, '/metrics')).status).toBe(401);
    expect((await get(exporter.port, '/livez')).status).toBe(200);
    expect(
      (await get(exporter.port, '/metrics', { user: 'prometheus', password: 'guess-guess' })).status,
    ).toBe(401);
    expect((await get(exporter.port, '/metrics', prometheusUser)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${exporter.port}/livez`)).status, 'plain HTTP').toBe(400);
    const { output } = await exporter.check();
    expect(output, 'check asks by the Unix socket').toContain(`unix:${exporter.socketPath}`);

    // A real Prometheus gets in.
    const guardian = new Guardian(directory);
    cleanup.defer(() => guardian.dismiss());
    const prometheus = cleanup.use(
      await PrometheusServer.start({
        binary: findStackBinaries().prometheus,
        guardian,
        directory: join(directory, 'prometheus'),
        port: await reservePort(),
        config: stringify({
          global: { scrape_interval: '1s', scrape_timeout: '1s' },
          scrape_configs: [
            {
              job_name: 'openclaw',
              scheme: 'https',
              basic_auth: { username: 'prometheus', password },
              tls_config: { ca_file: `${TLS}/ca.pem`, server_name: 'localhost' },
              static_configs: [{ targets: [`127.0.0.1:${exporter.port}`] }],
            },
          ],
        }),
        rules: [],
        resendDelay: '1m',
      }),
    );
    const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
      await waitUntil(holds, { what, timeoutMs: TIMEOUT_MS });
    };
    const value = async (query: string): Promise<number | undefined> =>
      (await prometheus.query(query))[0]?.samples[0]?.value;
    await until('a scrape', async () => (await value('up{job="openclaw"}')) === 1);
    await until(
      'the certificate in the metrics',
      async () =>
        (await value('openclaw_nodehost_exporter_web_certificate_expiry_timestamp_seconds')) ===
        Date.UTC(2120, 0, 1) / 1000,
    );

    // A renewal that stops halfway changes nothing, and is told; the rest of it is taken up.
    const before = (await get(exporter.port, '/livez')).serialNumber;
    copyFileSync(`${TLS}/server-next.pem`, join(directory, 'server.pem'));
    await until(
      'the mistake in the metrics',
      async () => (await value('openclaw_nodehost_exporter_web_config_last_reload_successful')) === 0,
    );
    expect((await get(exporter.port, '/livez')).serialNumber).toBe(before);
    expect(exporter.log()).toContain('server.key is not the key of the certificate');
    install('server-next');
    await until(
      'the new certificate',
      async () => (await get(exporter.port, '/livez')).serialNumber !== before,
    );

    // Another user; the old one is out, also where his password was remembered.
    writeWebConfig({ alice: nextPassword });
    await until(
      'the new user',
      async () =>
        (await get(exporter.port, '/metrics', { user: 'alice', password: nextPassword })).status === 200,
    );
    expect((await get(exporter.port, '/metrics', prometheusUser)).status).toBe(401);
    await until('Prometheus to be kept out', async () => (await value('up{job="openclaw"}')) === 0);

    // What waits for a restart is said, and the door stays as it is.
    writeFileSync(join(directory, 'web.yml'), '');
    await until('the log', () => Promise.resolve(exporter.log().includes('TLS ends with a restart')));
    expect((await get(exporter.port, '/metrics')).status).toBe(200);

    const way = { kind: 'unix', path: exporter.socketPath } as const;
    const pages = await readPages((path) => localRequest(way, path, 10_000));
    expect(pages.get('/metrics')).toMatch(
      /openclaw_nodehost_exporter_http_refusals_total\{reason="credentials"\} [1-9]/,
    );
    expect(await exporter.end()).toBe(0);
    expect(existsSync(exporter.socketPath)).toBe(false);
    const texts = new Map([...pages, ['log', exporter.log()] as const]);
    const key = readFileSync(`${TLS}/server.key`, 'utf8').split('\n')[1] ?? '';
    expect(findLeaks([token, password, nextPassword, 'guess-guess', key, ...hashes], texts)).toEqual([]);
  });
});
