import { once } from 'node:events';
import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import { serviceManagerEnvironment } from '../config/load.ts';
import { AlertmanagerClient } from '../notify/alertmanager.ts';
import { channelsOf } from '../notify/channel.ts';
import { drillAlertmanager, drillChannel, type DrillOptions } from '../notify/drill.ts';
import { urlFromElsewhere } from '../notify/url-from-elsewhere.ts';
import { systemClock } from '../runtime/system-clock.ts';
import type { CliDependencies } from './dependencies.ts';
import { EXIT } from '../runtime/exit-code.ts';
import { listenUrl } from '../config/listen-address.ts';

export interface DrillRequest {
  /** Where an Alertmanager is; absent: those that `notify:` names are told. */
  readonly alertmanager: string | undefined;
  /** `<name>=<value>`: beside those of a page in earnest, or in their place. */
  readonly labels: readonly string[];
  readonly holdMs: number;
  readonly timeoutMs: number;
}

/** Sends a page about nobody the way of one in earnest, says what came of it, and ends it. Returns the exit code. */
export async function drill(
  config: Config,
  request: DrillRequest,
  { stdout, stderr, after, signals }: CliDependencies,
): Promise<number> {
  const { alertmanager, holdMs, timeoutMs } = request;
  const drills = alertmanager === undefined ? throughChannels(config) : throughAlertmanager(alertmanager);
  const labels = labelsFrom(request.labels);
  const refused = (mistake: string): number => {
    stderr.write(`openclaw-liveness-exporter: ${mistake}\n`);
    return EXIT.configuration;
  };
  if (typeof drills === 'string') return refused(drills);
  if (typeof labels === 'string') return refused(labels);
  const ended = new AbortController();
  const end = once(ended.signal, 'abort');
  const unlisten = signals.listen(() => ended.abort());
  const options: DrillOptions = {
    context: {
      exporter: `drill on ${hostname()}`,
      externalUrl: urlFromElsewhere(firstUrl(config), config.notify.externalUrl),
    },
    labels,
    holdMs,
    timeoutMs,
    clock: systemClock,
    wait: async (ms) => {
      if (!ended.signal.aborted && ms > 0)
        await Promise.race([new Promise<void>((resolve) => void after(ms, resolve)), end]);
      return !ended.signal.aborted;
    },
    tell: (line) => stdout.write(`${line}\n`),
  };
  const arrived = await Promise.all(drills.map((run) => run(options)));
  unlisten();
  return arrived.every(Boolean) ? EXIT.ok : EXIT.failed;
}

type Drill = (options: DrillOptions) => Promise<boolean>;

function throughChannels({ notify }: Config): readonly Drill[] | string {
  const channels = channelsOf(notify, serviceManagerEnvironment());
  if (channels.length === 0) {
    const alone = notify.deadManUrlFile === undefined ? '' : ' (dead_man_url_file is not drilled)';
    return `nobody can be drilled: notify has no webhook_url_file and no program${alone}; name one in the configuration, or give --alertmanager <url>`;
  }
  return channels.map((channel) => (options) => drillChannel(channel, options));
}

function throughAlertmanager(text: string): readonly Drill[] | string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return `flag --alertmanager: found ${JSON.stringify(text)}; allowed: the URL of an Alertmanager, such as http://127.0.0.1:9093`;
  // Everybody on this machine can read a command line.
  if (url.username !== '' || url.password !== '')
    return 'flag --alertmanager: allowed: a URL without a password; run the drill where Alertmanager wants none';
  return [(options) => drillAlertmanager(new AlertmanagerClient(url), options)];
}

/** As Prometheus names labels, but for its own; one without a value is none. */
const LABEL = /^((?!__)[a-z_]\w*)=(.+)$/i;

function labelsFrom(given: readonly string[]): Readonly<Record<string, string>> | string {
  const labels: Record<string, string> = {};
  for (const text of given) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined)
      return `flag --label: found ${JSON.stringify(text)}; allowed: a name and a value, such as team=platform`;
    labels[name] = value;
  }
  return labels;
}

function firstUrl({ web }: Config): string | undefined {
  const address = web.listen.find(({ kind }) => kind === 'tcp');
  return address?.kind === 'tcp'
    ? listenUrl(address, web.configFile === undefined ? 'http' : 'https')
    : undefined;
}
