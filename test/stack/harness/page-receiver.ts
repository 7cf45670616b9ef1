import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Resource } from '../../real/harness/cleanup.ts';
import { monotonicMs, waitUntil } from '../../real/harness/wait-until.ts';

export type Labels = Readonly<Record<string, string>>;

/** Alerts that fire while all is well, so that their silence tells. */
export const ALWAYS_FIRING: readonly string[] = ['Watchdog'];

/** One alert of a notification, as Alertmanager's webhook (version 4) tells it. */
export interface PagedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fingerprint: string;
}

/** One notification: what makes somebody's telephone ring once. */
export interface Page {
  /** When it came in, by the wall clock of this machine. */
  readonly atWallMs: number;
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly groupLabels: Labels;
  readonly alerts: readonly PagedAlert[];
}

/** An alert in the notification that told it first. */
export interface FirstPage {
  readonly page: Page;
  readonly alert: PagedAlert;
}

/** Where Alertmanager's notifications go: an HTTP server on a free port of the loopback address that keeps them all. */
export class PageReceiver implements Resource {
  readonly #server: Server;
  readonly #pages: Page[] = [];
  readonly #onPage: (page: Page) => void;

  private constructor(onPage: (page: Page) => void) {
    this.#onPage = onPage;
    this.#server = createServer((request, response) => {
      readText(request).then(
        (text) => {
          const page = { atWallMs: Date.now(), ...(JSON.parse(text) as Omit<Page, 'atWallMs'>) };
          this.#pages.push(page);
          this.#onPage(page);
          response.end();
        },
        () => response.destroy(),
      );
    });
  }

  static async start(onPage: (page: Page) => void = () => undefined): Promise<PageReceiver> {
    const receiver = new PageReceiver(onPage);
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once('error', reject);
      receiver.#server.listen({ port: 0, host: '127.0.0.1' }, resolve);
    });
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Every notification, oldest first. */
  get pages(): readonly Page[] {
    return this.#pages;
  }

  /** Notifications that tell of a firing alert with these labels, oldest first; repeats count again. */
  firing(labels: Labels): readonly Page[] {
    return this.#pages.filter((page) => page.alerts.some((alert) => isAbout(alert, 'firing', labels)));
  }

  /** Names of the alerts that somebody was told of as firing, each once, without those that mean nothing is wrong. */
  alertnames(options: { readonly except: readonly string[] }): readonly string[] {
    const names = this.#pages.flatMap((page) =>
      page.alerts.filter((alert) => alert.status === 'firing').map((alert) => alert.labels.alertname ?? ''),
    );
    return [...new Set(names)].filter((name) => !options.except.includes(name)).sort();
  }

  /** Waits for the first notification that tells of such an alert. */
  async waitFor(
    status: PagedAlert['status'],
    labels: Labels,
    options: { readonly timeoutMs: number; readonly sinceWallMs?: number },
  ): Promise<FirstPage> {
    const { timeoutMs, sinceWallMs = 0 } = options;
    const found = (): FirstPage | undefined => {
      for (const page of this.#pages) {
        const alert = page.alerts.find((candidate) => isAbout(candidate, status, labels));
        if (alert !== undefined && page.atWallMs >= sinceWallMs) return { page, alert };
      }
      return undefined;
    };
    const startMs = monotonicMs();
    await waitUntil(() => found() !== undefined, {
      timeoutMs,
      what: `a page that ${JSON.stringify(labels)} is ${status}`,
    }).catch((error: unknown) => {
      const told = this.#pages.flatMap((page) =>
        page.alerts.map(
          (alert) => `${alert.status} ${alert.labels.alertname ?? '?'} ${alert.labels.node_host ?? ''}`,
        ),
      );
      throw new Error(
        `${String(error)}; pages until then (${Math.round(monotonicMs() - startMs)} ms): ${told.join(', ')}`,
        { cause: error },
      );
    });
    const first = found();
    if (first === undefined) throw new Error('a page that was there is gone');
    return first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}

function isAbout(alert: PagedAlert, status: PagedAlert['status'], labels: Labels): boolean {
  return (
    alert.status === status && Object.entries(labels).every(([name, value]) => alert.labels[name] === value)
  );
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
