import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { SimulatedGateway } from '../../src/demo/simulated-gateway.ts';
import { mayRunAsNobody, NOBODY, unitAsWritten } from '../helpers/written-unit.ts';
import { reservePort } from '../real/harness/ports.ts';
import { startRealManager, type RealManager } from '../sources/linux/real-manager.ts';

const NODE_HOST = 'openclaw-node.service';
const EXPORTER = 'openclaw-liveness-exporter.service';
const ENTRY = fileURLToPath(new URL('../../src/demo/simulated-node-host-process.ts', import.meta.url));
const TOKEN = 'of-the-gateway';
/** Everything on a busy machine. */
const PATIENCE = { timeout: 120_000, interval: 500 };

const manager = mayRunAsNobody ? await startRealManager(NOBODY) : undefined;
afterAll(() => manager?.stop());

interface NodeDocument {
  readonly state: string;
  readonly evidence: { readonly process?: { readonly pid: number } };
}

/** A node host and its exporter as units of somebody without privileges, as both are installed. */
async function installBoth(manager: RealManager): Promise<{ ask: (path: string) => Promise<string> }> {
  const { home } = manager;
  const gateway = new SimulatedGateway({ token: TOKEN });
  await gateway.start();
  afterAll(() => gateway.stop());
  const state = join(home, 'node-host');
  const files = {
    launcher: join(home, 'openclaw.mjs'),
    token: join(home, 'token'),
    config: join(home, 'c.yml'),
  };
  mkdirSync(state);
  writeFileSync(
    files.launcher,
    `import { spawn } from 'node:child_process';
const child = spawn(process.execPath, ${JSON.stringify([ENTRY])}.concat(process.argv.slice(2)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
child.on('exit', (code) => process.exit(code ?? 1));
`,
  );
  writeFileSync(files.token, TOKEN);
  writeFileSync(files.config, 'recovery: { enabled: true, held: 10s, gateway_healthy: 10s }\n');
  for (const path of [state, ...Object.values(files)]) chownSync(path, NOBODY, NOBODY);
  for (const path of Object.values(files)) chmodSync(path, 0o600);
  manager.run(
    NODE_HOST,
    `[Service]
ExecStart=${process.execPath} ${files.launcher} node run --host 127.0.0.1 --port ${gateway.port} --display-name Studio
Environment=OPENCLAW_STATE_DIR=${state} OPENCLAW_GATEWAY_TOKEN=${TOKEN}
StandardError=append:${join(home, 'node.log')}
Restart=always
`,
  );
  const port = await reservePort();
  manager.run(
    EXPORTER,
    unitAsWritten(
      ...['--config.file', files.config, '--web.listen-address', `127.0.0.1:${port}`],
      ...['--node.state-dir', state, '--gateway.url', gateway.url, '--gateway.token-file', files.token],
    ),
  );
  return {
    ask: (path) =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        (response) => response.text(),
        () => '',
      ),
  };
}

describe.skipIf(manager === undefined)(
  'the exporter as a service of somebody without privileges (skipped: takes root, systemd and a checkout that all may read)',
  () => {
    if (manager === undefined) return;
    let ask: (path: string) => Promise<string> = () => Promise.resolve('');
    const node = async (): Promise<NodeDocument | undefined> => {
      const text = await ask('/api/v1/nodes/Studio');
      return text.startsWith('{') ? (JSON.parse(text) as NodeDocument) : undefined;
    };

    it('sees the process and the connection of a node host that is another service', async () => {
      ({ ask } = await installBoth(manager));
      await expect.poll(node, PATIENCE).toMatchObject({
        state: 'alive',
        evidence: {
          socket: { state: 'established' },
          supervisor: { service: { unit: NODE_HOST, user: true } },
        },
      });
    });

    it('has its service manager restart it once it is stopped, through all that its unit forbids', async () => {
      const stopped = (await node())?.evidence.process?.pid ?? 0;
      expect(stopped).toBeGreaterThan(0);
      process.kill(stopped, 'SIGSTOP');
      await expect
        .poll(() => ask('/metrics'), PATIENCE)
        .toMatch(/^openclaw_nodehost_recovery_attempts_total\{.*outcome="attached".*\} 1$/m);
      expect(existsSync(`/proc/${stopped}`)).toBe(false);
      expect(await node()).toMatchObject({ state: 'alive' });
    });

    it('would see neither in a user namespace of its own, which is why its unit asks for none', async () => {
      const dropIn = join(manager.configHome, 'systemd', 'user', `${EXPORTER}.d`);
      mkdirSync(dropIn);
      writeFileSync(join(dropIn, 'private.conf'), '[Service]\nPrivateUsers=yes\n');
      manager.systemctl('daemon-reload');
      manager.systemctl('restart', EXPORTER);
      const pid = manager.systemctl('show', '--property=MainPID', '--value', EXPORTER).trim();
      expect(readFileSync(`/proc/${pid}/uid_map`, 'utf8')).not.toContain('4294967295');
      await expect.poll(() => ask('/-/ready'), PATIENCE).toMatch(/ready/i);
      expect(await node()).toMatchObject({ evidence: { socket: null } });
    });
  },
);
