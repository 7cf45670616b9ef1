import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { serviceManagerEnvironment } from '../config/load.ts';
import { choosePlatform } from '../sources/platform.ts';
import { StateDirectory } from '../state/state-directory.ts';
import { loadState } from '../state/state-file.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { Assembly } from './assembly.ts';
import type { Snapshot } from '../core/index.ts';
import type { RunningExporter, StartOptions, StartResult } from './port.ts';
import { serve } from './serve-http.ts';
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
  const served = options.listen ? await serve(parts, config, options, started.promise) : undefined;
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

function running(parts: Assembly): RunningExporter {
  let stopping: Promise<void> | undefined;
  return {
    address: parts.web?.addresses.find((address) => address.kind === 'tcp') ?? null,
    urls: parts.web?.urls ?? [],
    snapshot: () => parts.snapshot(),
    isHealthy: () => parts.web?.isHealthy() ?? false,
    settled: (timeoutMs) => settled(parts, timeoutMs),
    otherNodeHosts: () => parts.viewpoints.otherNodeHosts(),
    onTransition: (listener) => parts.listen(listener),
    reload: () => parts.reloader.reload(),
    stop: () => (stopping ??= parts.stop()),
  };
}

/** Waits until every viewpoint has looked once and no verdict is provisional, or the time is up. */
async function settled({ monitor }: Assembly, timeoutMs: number): Promise<Snapshot> {
  const deadline = performance.now() + timeoutMs;
  const isProvisional = (): boolean =>
    !monitor.isWarm() || monitor.snapshot().nodes.some((node) => node.reasons.includes('just-started'));
  while (isProvisional() && performance.now() < deadline) await sleep(100);
  return monitor.snapshot();
}
