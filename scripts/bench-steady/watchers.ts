import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Gateway } from '../../test/real/harness/gateway.ts';
import type { NodeHost } from '../../test/real/harness/node-host.ts';
import { reservePort } from '../../test/real/harness/ports.ts';

/** A program that watches a node host, and what Prometheus would ask it for. */
export interface Watcher {
  readonly name: string;
  readonly process: ChildProcess;
  readonly url: string;
}

/** What is watched, and where a watcher may keep its files. */
export interface Scene {
  readonly gateway: Gateway;
  readonly host: NodeHost;
  readonly directory: string;
}

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const UNPACK = fileURLToPath(new URL('../unpack-debian-package.sh', import.meta.url));

/** This exporter, as a user would run it. */
export async function startOurs({ gateway, host, directory }: Scene): Promise<Watcher> {
  const port = await reservePort();
  const token = join(directory, 'token');
  writeFileSync(token, gateway.token, { mode: 0o600 });
  const settings = {
    '--web.listen-address': `127.0.0.1:${port}`,
    '--gateway.url': gateway.url,
    '--gateway.token-file': token,
    '--node.state-dir': host.stateDir,
    '--state.dir': join(directory, 'state'),
    '--log.level': 'warn',
  };
  const argv = [PROGRAM, ...Object.entries(settings).flat()];
  const env = { PATH: process.env.PATH, HOME: directory };
  return {
    name: 'ours',
    process: spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit'], env }),
    url: `http://127.0.0.1:${port}/metrics`,
  };
}

interface Peer {
  /** Debian's package. */
  readonly package: string;
  /** @returns its arguments, and the path that Prometheus asks for */
  readonly argue: (
    listen: Listen,
    scene: Scene,
  ) => { readonly argv: readonly string[]; readonly path?: string };
}

interface Listen {
  readonly address: string;
  readonly port: number;
}

/** What Debian has of the same job: the machine, its processes, `/health` and the log. */
const PEERS: readonly Peer[] = [
  {
    package: 'prometheus-node-exporter',
    argue: ({ address }) => ({ argv: [`--web.listen-address=${address}`] }),
  },
  {
    package: 'prometheus-process-exporter',
    argue: ({ address }, { directory }) => {
      const config = join(directory, 'process-exporter.yml');
      writeFileSync(config, 'process_names:\n  - comm: [openclaw-node, openclaw-gateway]\n');
      return { argv: [`--config.path=${config}`, `--web.listen-address=${address}`] };
    },
  },
  {
    package: 'prometheus-blackbox-exporter',
    argue: ({ address }, { directory, gateway }) => {
      const config = join(directory, 'blackbox.yml');
      writeFileSync(config, 'modules:\n  http_2xx:\n    prober: http\n    timeout: 5s\n');
      return {
        argv: [`--config.file=${config}`, `--web.listen-address=${address}`],
        path: `/probe?module=http_2xx&target=${encodeURIComponent(gateway.healthUrl)}`,
      };
    },
  },
  {
    package: 'mtail',
    argue: ({ port }, { directory, host }) => {
      const program = join(directory, 'node-host.mtail');
      writeFileSync(
        program,
        'counter closes by code\n/closed \\((?P<code>\\d+)\\)/ {\n  closes[$code]++\n}\n',
      );
      const logs = host.logPaths.flatMap((path) => ['--logs', path]);
      return {
        argv: [
          '--logtostderr',
          '--address',
          '127.0.0.1',
          '--port',
          String(port),
          '--progs',
          program,
          ...logs,
        ],
      };
    },
  },
];

/** Debian's four beside the same node host; those that cannot be had are left out, and it is said. */
export async function startPeers(scene: Scene, say: (line: string) => void): Promise<readonly Watcher[]> {
  const watchers: Watcher[] = [];
  for (const peer of PEERS) {
    const bin = spawnSync('bash', [UNPACK, peer.package, peer.package], { encoding: 'utf8' });
    if (bin.status !== 0) {
      say(`left out: ${peer.package} could not be brought: ${bin.stderr.trim().split('\n').at(-1) ?? ''}`);
      continue;
    }
    const port = await reservePort();
    const { argv, path = '/metrics' } = peer.argue({ address: `127.0.0.1:${port}`, port }, scene);
    watchers.push({
      name: peer.package,
      process: spawn(join(bin.stdout.trim(), peer.package), argv, { stdio: 'ignore' }),
      url: `http://127.0.0.1:${port}${path}`,
    });
  }
  return watchers;
}
