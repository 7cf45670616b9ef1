import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '../../real/harness/cleanup.ts';
import { ManagedProcess } from '../../real/harness/managed-process.ts';
import { waitUntil } from '../../real/harness/wait-until.ts';
import type { Labels } from './page-receiver.ts';

/** An alert as Alertmanager holds it. */
export interface HeldAlert {
  readonly labels: Labels;
  readonly status: {
    readonly state: 'unprocessed' | 'active' | 'suppressed';
    /** Fingerprints of the alerts that keep this one quiet. */
    readonly inhibitedBy: readonly string[];
  };
}

export interface AlertmanagerOptions {
  readonly binary: string;
  /** Its configuration and data; removed by who made it. */
  readonly directory: string;
  readonly port: number;
  readonly config: string;
}

/** A real Alertmanager as a process of its own, without a cluster. */
export class AlertmanagerServer implements Resource {
  readonly url: string;
  readonly pid: number;
  readonly logPaths: readonly string[];
  readonly #process: ManagedProcess;

  private constructor(port: number, process: ManagedProcess, logPath: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.logPaths = [logPath];
    this.#process = process;
    this.pid = process.pid;
  }

  static async start(options: AlertmanagerOptions): Promise<AlertmanagerServer> {
    const { binary, directory, port, config } = options;
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'alertmanager.yml'), config);
    const logPath = join(directory, 'alertmanager.log');
    const process = new ManagedProcess({
      command: binary,
      args: [
        `--config.file=${join(directory, 'alertmanager.yml')}`,
        `--storage.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        // Alone: it would look for a network interface to gossip on.
        '--cluster.listen-address=',
        '--log.level=warn',
      ],
      env: { PATH: '/usr/bin:/bin' },
      cwd: directory,
      stdoutPath: logPath,
      stderrPath: logPath,
    });
    const server = new AlertmanagerServer(port, process, logPath);
    try {
      await waitUntil(() => server.isReady(), { timeoutMs: 60_000, what: 'Alertmanager to be ready' });
      return server;
    } catch (error: unknown) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async isReady(): Promise<boolean> {
    if (this.#process.exitStatus !== undefined) {
      throw new Error(`Alertmanager ended: ${JSON.stringify(this.#process.exitStatus)}`);
    }
    return (await fetch(`${this.url}/-/ready`)).ok;
  }

  /** All that it holds, also what is silenced or inhibited. */
  async alerts(): Promise<readonly HeldAlert[]> {
    return (await (await fetch(`${this.url}/api/v2/alerts`)).json()) as readonly HeldAlert[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
  }
}
