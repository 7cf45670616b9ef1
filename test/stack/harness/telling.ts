import { join } from 'node:path';
import type { Guardian } from '../../../src/demo/guardian.ts';
import type { Cleanup } from '../../real/harness/cleanup.ts';
import { reservePort } from '../../real/harness/ports.ts';
import { adaptAlertmanagerConfig, adaptPrometheusConfig, adaptRules } from './adapt-config.ts';
import { AlertmanagerServer } from './alertmanager-server.ts';
import { divisorOf, type Pace } from './pace.ts';
import { PageReceiver, type Page } from './page-receiver.ts';
import { durationText } from './prometheus-duration.ts';
import { PrometheusServer } from './prometheus-server.ts';
import { shippedAlertmanagerConfig, shippedPrometheusConfig, shippedRuleFiles } from './shipped-files.ts';
import type { StackBinaries } from './stack-binaries.ts';

/** Of Prometheus's `--rules.alert.resend-delay`. */
const DEFAULT_RESEND_DELAY_MS = 60_000;

export interface TellingOptions {
  readonly binaries: StackBinaries;
  readonly guardian: Guardian;
  /** Theirs to write in; removed by who made it. */
  readonly directory: string;
  readonly pace: Pace;
  /** host:port of every exporter to scrape. */
  readonly instances: readonly string[];
  readonly onPage?: (page: Page) => void;
}

/** Everything between an exporter and a telephone. */
export interface Telling {
  readonly prometheus: PrometheusServer;
  readonly alertmanager: AlertmanagerServer;
  readonly receiver: PageReceiver;
}

/** Starts the real servers with the shipped rules and configurations. */
export async function startTelling(cleanup: Cleanup, options: TellingOptions): Promise<Telling> {
  const { binaries, guardian, directory, pace, instances, onPage } = options;
  const divisor = divisorOf(pace);
  const receiver = cleanup.use(await PageReceiver.start(onPage));
  const ports = { prometheus: await reservePort(), alertmanager: await reservePort() };
  const alertmanager = cleanup.use(
    await AlertmanagerServer.start({
      binary: binaries.alertmanager,
      guardian,
      directory: join(directory, 'alertmanager'),
      port: ports.alertmanager,
      config: adaptAlertmanagerConfig(shippedAlertmanagerConfig(), { webhook: receiver.url, divisor }),
    }),
  );
  const prometheus = cleanup.use(
    await PrometheusServer.start({
      binary: binaries.prometheus,
      guardian,
      directory: join(directory, 'prometheus'),
      port: ports.prometheus,
      config: adaptPrometheusConfig(shippedPrometheusConfig(), {
        addresses: {
          exporters: instances,
          prometheus: `127.0.0.1:${ports.prometheus}`,
          alertmanager: `127.0.0.1:${ports.alertmanager}`,
        },
        divisor,
      }),
      resendDelay: durationText(DEFAULT_RESEND_DELAY_MS / divisor),
      rules: shippedRuleFiles().map(({ name, text }) => ({ name, text: adaptRules(text, divisor) })),
    }),
  );
  return { prometheus, alertmanager, receiver };
}
