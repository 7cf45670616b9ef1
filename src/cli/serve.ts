import type { RunningExporter } from '../app/port.ts';
import type { LoadAgain } from '../app/reload.ts';
import type { Config } from '../config/config.ts';
import { formatProblem, type ConfigProblem } from '../config/problem.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import type { CliDependencies } from './dependencies.ts';
import { LifeReport } from './report-life.ts';
import { listenForStop, untilStopped } from './until-stopped.ts';

export interface ServeInput {
  readonly config: Config;
  readonly warnings: readonly ConfigProblem[];
  /** Reads it all again, from the same places. */
  readonly loadAgain: LoadAgain;
}

/** Runs the exporter until a signal. Returns the exit code. */
export async function serve(
  { config, warnings, loadAgain }: ServeInput,
  dependencies: CliDependencies,
): Promise<number> {
  const { startExporter, signals, after, version, stderr, notify } = dependencies;
  const telemetry = createTelemetry({ ...config.log, write: stderr.write });
  const request = listenForStop(signals);
  const hangUps: { exporter?: RunningExporter; cameEarly: boolean } = { cameEarly: false };
  // From the start to the end: by default it would end the process.
  const unlisten = signals.listenForReload(() => {
    if (hangUps.exporter === undefined) hangUps.cameEarly = true;
    else void hangUps.exporter.reload();
  });
  telemetry.starting({ version, nodeVersion: process.versions.node, pid: process.pid });
  for (const warning of warnings) telemetry.configDoubtful({ message: formatProblem(warning) });
  const started = await startExporter(config, { listen: true, readOnlyState: false, telemetry, loadAgain });
  if (!started.ok) {
    request.close();
    unlisten();
    telemetry.cannotStart(started.problem);
    return started.problem.exitCode;
  }
  const { exporter } = started;
  for (const url of exporter.urls) telemetry.listening({ url });
  hangUps.exporter = exporter;
  // One that came while it started may be about a file that was read before.
  if (hangUps.cameEarly) void exporter.reload();
  const life = notify && new LifeReport({ notify, telemetry, after });
  void life?.ready(exporter);
  const code = await untilStopped(
    { stop: () => Promise.all([life?.stopping(), exporter.stop()]) },
    { request, telemetry, after },
  );
  unlisten();
  return code;
}
