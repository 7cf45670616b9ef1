import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FakeCli } from './fake-cli.ts';

const TLS = fileURLToPath(new URL('../fixtures/tls/web', import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'web-config-cli-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  cpSync(TLS, directory, { recursive: true });
});

function webConfig(text: string): string {
  const path = join(directory, 'web.yml');
  writeFileSync(path, text);
  return path;
}

describe('a web config file on the command line', () => {
  it.each([[['config', 'check']], [['serve']]])(
    'with a mistake is refused by %j, which says where',
    async (command) => {
      const path = webConfig('tls_server_config:\n  cert_file: nowhere.pem\n  key_file: server.key\n');
      const cli = new FakeCli();
      expect(await cli.run(...command, '--web.config.file', path)).toBe(2);
      expect(cli.err).toContain(
        `${path}:2: tls_server_config.cert_file: ${directory}/nowhere.pem does not exist; correct the path`,
      );
      expect(cli.starts).toEqual([]);
    },
  );

  it('that is doubtful is warned of', async () => {
    const path = webConfig(
      'tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  client_auth_type: RequireAnyClientCert\n',
    );
    const cli = new FakeCli();
    expect(await cli.run('config', 'check', '--web.config.file', path)).toBe(0);
    expect(cli.err).toContain(
      `warning: ${path}:4: tls_server_config.client_auth_type: RequireAnyClientCert verifies no certificate`,
    );
    expect(cli.out).toContain(`config_file: ${path}  # flag --web.config.file`);
  });

  it('makes check ask over TLS, with the certificate that it names', async () => {
    const path = webConfig('tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n');
    const cli = new FakeCli();
    const asked: unknown[] = [];
    cli.localRequest = (way) => {
      asked.push(way);
      return Promise.resolve(new Response('', { status: 401 }));
    };
    await cli.run('check', '--web.config.file', path);
    expect(asked).toEqual([
      {
        kind: 'tls',
        host: '127.0.0.1',
        port: 9789,
        certificate: expect.stringContaining('BEGIN CERTIFICATE') as string,
      },
    ]);
    expect(cli.out.replace(/\s+/g, ' ')).toContain('https://127.0.0.1:9789: it asks for a password');
  });
});
