import type { Config } from '../config/config.ts';
import { serviceManagerEnvironment } from '../config/load.ts';
import { choosePlatform } from '../sources/platform.ts';
import { StateDirectory } from '../state/state-directory.ts';
import { loadState } from '../state/state-file.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { Assembly } from './assembly.ts';
import { pauseRecovery, resumeRecovery } from './pause-requests.ts';
import type { RunningExporter, StartOptions, StartResult } from './port.ts';
import { serve, type ServeResult } from './serve-http.ts';
import { settled } from './settled.ts';
import { claimState, tellOfState } from './tell-of-state.ts';

/** Builds the exporter from its configuration and runs it. */
export async function startExporter(config: Config, options: StartOptions): Promise<StartResult> {
  const { telemetry, readOnlyState } = options;
  const platform = options.platform ?? (await choosePlatform({ environment: serviceManagerEnvironment() }));
  const directory = new StateDirectory(config.state.dir);
  // Before the state is read: whoever has the directory may be about to save for the last time.
  const claimed = readOnlyState ? undefined : await claimState(directory, telemetry);
  if (claimed?.ok === false) return claimed;
  const loaded = await loadState(directory.path, systemClock.now().wallMs);
  const parts = new Assembly(
    config,
    { ...options, platform },
    { directory, saved: loaded.kind === 'restored' ? loaded.state : undefined },
  );

  // Before anything is saved: an exporter that cannot serve leaves the state as it was.
  const started = Promise.withResolvers<undefined>();
  const served = options.listen ? await servePages(parts, config, options, started.promise) : undefined;
  if (served?.ok === false) {
    await directory.release();
    return served;
  }
  parts.web = served?.server;

  await tellOfState(loaded, { directory: directory.path, readOnlyState, telemetry });
  parts.run(config);
  started.resolve(undefined);
  return { ok: true, exporter: running(parts) };
}

function servePages(
  parts: Assembly,
  config: Config,
  { telemetry, loadAgain }: StartOptions,
  started: Promise<undefined>,
): Promise<ServeResult> {
  return serve({
    config,
    snapshot: () => parts.snapshot(),
    context: () => parts.context(),
    telemetry,
    tickAgeMs: () => parts.monitor.tickAgeMs(),
    tickMs: () => parts.core.options.limits.tickMs,
    isWarm: () => parts.monitor.isWarm(),
    reload: {
      isEnabled: () => loadAgain !== undefined && parts.reloader.config.web.enableLifecycle,
      reload: () => started.then(() => parts.reloader.reload()),
    },
    recovery: {
      isOn: () => parts.recovery.isOn,
      isEnabled: () => parts.reloader.config.web.enableLifecycle,
      pause: (length, reason) =>
        pauseRecovery(parts.recovery, { length, reason, nowWallMs: systemClock.now().wallMs }),
      resume: () => resumeRecovery(parts.recovery),
    },
    ticker: parts.ticker,
  });
}

function running(parts: Assembly): RunningExporter {
  let stopping: Promise<void> | undefined;
  return {
    address: parts.web?.addresses.find((address) => address.kind === 'tcp') ?? null,
    urls: parts.web?.urls ?? [],
    snapshot: () => parts.snapshot(),
    isHealthy: () => parts.web?.isHealthy() ?? false,
    settled: (timeoutMs) => settled(parts.monitor, timeoutMs),
    otherNodeHosts: () => parts.viewpoints.otherNodeHosts(),
    onTransition: (listener) => parts.listen(listener),
    reload: () => parts.reloader.reload(),
    stop: () => (stopping ??= parts.stop()),
  };
}
