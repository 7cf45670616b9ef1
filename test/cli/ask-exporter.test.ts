import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askExporter } from '../../src/cli/ask-exporter.ts';
import type { AskDependencies } from '../../src/cli/request-exporter.ts';
import { localRequest } from '../../src/cli/local-request.ts';
import type { WebPolicy } from '../../src/http/security/web-policy.ts';
import { aServer, type TestServer } from '../http/helpers.ts';
import { aTlsPolicy, aWebPolicy, FakeHashChecker, pem } from '../http/security/web-fixtures.ts';
import { aNode, aSnapshot } from '../helpers/snapshots.ts';

const DEPENDENCIES: AskDependencies = { fetch: globalThis.fetch, localRequest };
const CERTIFICATE = pem('server.pem');
const PASSWORDS = { users: new Map([['alice', 'hash-of-wonderland']]) };

/** An exporter that knows of one node host, on TCP and on a Unix socket. */
async function anExporter(policy: Partial<WebPolicy>) {
  const directory = mkdtempSync(join(tmpdir(), 'ask-exporter-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const path = join(directory, 'a.sock');
  const server = await aServer(
    { snapshot: () => aSnapshot({ nodes: [aNode({ name: 'NodeA' })] }) },
    {
      places: [
        { kind: 'tcp', host: '127.0.0.1', port: 0 },
        { kind: 'unix', path, mode: 0o600 },
      ],
      policy: aWebPolicy(policy),
      checker: new FakeHashChecker(),
    },
  );
  return { tcp: tcpOf(server), unix: { kind: 'unix', path } as const };
}

function tcpOf({ port }: TestServer) {
  return { kind: 'tcp', host: '127.0.0.1', port } as const;
}

describe('asking a running exporter', () => {
  it('works over TLS, by the very certificate of the web config file', async () => {
    const { tcp } = await anExporter({ tls: aTlsPolicy() });
    const answer = await askExporter({ listen: [tcp], certificate: CERTIFICATE }, DEPENDENCIES);
    expect(answer).toMatchObject({ kind: 'report', report: { document: { nodes: [{ name: 'NodeA' }] } } });
  });

  it('does not believe whoever shows another certificate', async () => {
    const { tcp } = await anExporter({
      tls: aTlsPolicy({ cert: pem('server-next.pem'), key: pem('server-next.key') }),
    });
    expect(await askExporter({ listen: [tcp], certificate: CERTIFICATE }, DEPENDENCIES)).toEqual({
      kind: 'stranger',
      at: `https://127.0.0.1:${tcp.port}`,
      why: 'it shows another certificate than the one in the web config file',
    });
  });

  it('takes the Unix socket, which asks for nothing, wherever it stands in the list', async () => {
    const { tcp, unix } = await anExporter({ ...PASSWORDS, tls: aTlsPolicy() });
    const answer = await askExporter({ listen: [tcp, unix], certificate: CERTIFICATE }, DEPENDENCIES);
    expect(answer).toMatchObject({ kind: 'report', report: { document: { nodes: [{ name: 'NodeA' }] } } });
  });

  it('says what it lacks where only a password would do', async () => {
    const { tcp } = await anExporter(PASSWORDS);
    expect(await askExporter({ listen: [tcp] }, DEPENDENCIES)).toEqual({
      kind: 'stranger',
      at: `http://127.0.0.1:${tcp.port}`,
      why: 'it asks for a password, and only hashes are known here; add a unix: address to web.listen_address',
    });
  });

  it('says what it lacks where only a client certificate would do', async () => {
    const tls = aTlsPolicy({ clientAuth: 'RequireAndVerifyClientCert', clientCa: pem('ca.pem') });
    const { tcp } = await anExporter({ tls });
    expect(await askExporter({ listen: [tcp], certificate: CERTIFICATE }, DEPENDENCIES)).toMatchObject({
      kind: 'stranger',
      why: expect.stringContaining('add a unix: address to web.listen_address') as string,
    });
  });

  it('finds nobody where no socket is, and where nobody listens', async () => {
    const { tcp } = await anExporter({});
    const gone = { kind: 'unix', path: '/nowhere/a.sock' } as const;
    expect(await askExporter({ listen: [gone] }, DEPENDENCIES)).toEqual({ kind: 'nobody' });
    expect(await askExporter({ listen: [gone, tcp] }, DEPENDENCIES)).toMatchObject({ kind: 'report' });
    expect(await askExporter({ listen: [{ kind: 'tcp', port: 0 }] }, DEPENDENCIES)).toEqual({
      kind: 'nobody',
    });
  });
});
