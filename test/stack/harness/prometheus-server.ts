import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guardian } from '../../../src/demo/guardian.ts';
import type { Labels } from './page-receiver.ts';
import { ProcessServer } from './process-server.ts';
import { ServerProcess } from './server-process.ts';
import type { ShippedFile } from './shipped-files.ts';

/** A value and its Unix time in seconds. */
export interface Sample {
  readonly atSeconds: number;
  readonly value: number;
}

export interface Series {
  readonly labels: Labels;
  readonly samples: readonly Sample[];
}

/** An alert as Prometheus holds it. */
export interface ActiveAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing';
  /** Of the evaluation that found its condition first. */
  readonly activeAt: string;
}

/** Evaluated rules, as far as a claim needs to know that they were. */
export interface RuleHealth {
  readonly name: string;
  readonly health: string;
  readonly lastError: string | undefined;
}

export interface RangeQuery {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly stepSeconds: number;
}

export interface PrometheusOptions {
  readonly binary: string;
  readonly guardian: Guardian;
  /** Its configuration, rules and data; removed by who made it. */
  readonly directory: string;
  readonly port: number;
  readonly config: string;
  readonly rules: readonly ShippedFile[];
  /**
   * How long until an alert is told again. Prometheus finds its Alertmanager some seconds after its start; what fired
   * before that waits for this.
   */
  readonly resendDelay: string;
}

interface RawSeries {
  readonly metric: Labels;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** A real Prometheus as a process of its own, asked over its HTTP API. */
export class PrometheusServer extends ProcessServer {
  /** Resolves when it answers queries. Rejects when it does not come up, with its last words. */
  static async start(options: PrometheusOptions): Promise<PrometheusServer> {
    const { binary, guardian, directory, port, config, rules, resendDelay } = options;
    mkdirSync(join(directory, 'rules'), { recursive: true });
    writeFileSync(join(directory, 'prometheus.yml'), config);
    for (const { name, text } of rules) writeFileSync(join(directory, 'rules', name), text);
    const process = await ServerProcess.start({
      name: 'prometheus',
      command: binary,
      args: [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--rules.alert.resend-delay=${resendDelay}`,
        '--log.level=warn',
      ],
      directory,
      url: `http://127.0.0.1:${port}`,
      guardian,
    });
    return new PrometheusServer(process);
  }

  /** An instant query, now. */
  async query(expression: string): Promise<readonly Series[]> {
    return this.#series('query', { query: expression });
  }

  /** Every sample of a selector in the last `seconds`, as it was stored. */
  async stored(selector: string, seconds: number): Promise<readonly Series[]> {
    return this.#series('query', { query: `${selector}[${seconds}s]` });
  }

  async queryRange(expression: string, range: RangeQuery): Promise<readonly Series[]> {
    return this.#series('query_range', {
      query: expression,
      start: String(range.fromSeconds),
      end: String(range.toSeconds),
      step: String(range.stepSeconds),
    });
  }

  async alerts(): Promise<readonly ActiveAlert[]> {
    const { alerts } = (await this.#get('alerts', {})) as { readonly alerts: readonly ActiveAlert[] };
    return alerts;
  }

  /** Alerts in this state with this name. */
  async active(alertname: string, state?: ActiveAlert['state']): Promise<readonly ActiveAlert[]> {
    return (await this.alerts()).filter(
      (alert) => alert.labels.alertname === alertname && (state === undefined || alert.state === state),
    );
  }

  async rules(): Promise<readonly RuleHealth[]> {
    const { groups } = (await this.#get('rules', {})) as {
      readonly groups: readonly { readonly rules: readonly RuleHealth[] }[];
    };
    return groups.flatMap((group) => group.rules);
  }

  async #series(path: string, parameters: Readonly<Record<string, string>>): Promise<readonly Series[]> {
    const data = (await this.#get(path, parameters)) as {
      readonly resultType: string;
      readonly result: readonly RawSeries[] | readonly [number, string];
    };
    if (data.resultType === 'scalar' || data.resultType === 'string') {
      const [atSeconds, value] = data.result as readonly [number, string];
      return [{ labels: {}, samples: [{ atSeconds, value: Number(value) }] }];
    }
    return (data.result as readonly RawSeries[]).map(({ metric, value, values }) => ({
      labels: metric,
      samples: (values ?? (value === undefined ? [] : [value])).map(([atSeconds, text]) => ({
        atSeconds,
        value: numberOf(text),
      })),
    }));
  }

  async #get(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await this.ask(`/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const body = (await response.json()) as
      | { readonly status: 'success'; readonly data: unknown }
      | { readonly status: 'error'; readonly error: string };
    if (body.status === 'error')
      throw new Error(`Prometheus refuses ${JSON.stringify(parameters)}: ${body.error}`);
    return body.data;
  }
}

/** JSON has no infinities, so Prometheus writes numbers as text. */
function numberOf(text: string): number {
  switch (text) {
    case '+Inf':
      return Number.POSITIVE_INFINITY;
    case '-Inf':
      return Number.NEGATIVE_INFINITY;
    default:
      return Number(text);
  }
}
