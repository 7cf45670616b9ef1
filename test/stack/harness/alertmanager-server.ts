import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guardian } from '../../../src/demo/guardian.ts';
import { withTemplates } from './alertmanager-templates.ts';
import type { Labels } from './page-receiver.ts';
import { ProcessServer } from './process-server.ts';
import { ServerProcess } from './server-process.ts';

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
  readonly guardian: Guardian;
  /** Its configuration and data; removed by who made it. */
  readonly directory: string;
  readonly port: number;
  readonly config: string;
}

/** A real Alertmanager as a process of its own, without a cluster. */
export class AlertmanagerServer extends ProcessServer {
  static async start(options: AlertmanagerOptions): Promise<AlertmanagerServer> {
    const { binary, guardian, directory, port, config } = options;
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'alertmanager.yml'), config);
    const process = await ServerProcess.start({
      name: 'alertmanager',
      ...withTemplates(binary, [
        `--config.file=${join(directory, 'alertmanager.yml')}`,
        `--storage.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        // Alone: it would look for a network interface to gossip on.
        '--cluster.listen-address=',
        '--log.level=warn',
      ]),
      directory,
      url: `http://127.0.0.1:${port}`,
      guardian,
    });
    return new AlertmanagerServer(process);
  }

  /** All that it holds, also what is silenced or inhibited. */
  async alerts(): Promise<readonly HeldAlert[]> {
    return (await (await this.ask('/api/v2/alerts')).json()) as readonly HeldAlert[];
  }

  /** Nobody is told of what has these labels. */
  async silence(labels: Labels): Promise<void> {
    const response = await fetch(`${this.url}/api/v2/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        matchers: Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false })),
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        createdBy: 'test',
        comment: 'test',
      }),
    });
    if (!response.ok) throw new Error(`Alertmanager did not take a silence: HTTP ${response.status}`);
  }
}
