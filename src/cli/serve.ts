import type { Config } from '../config/config.ts';
import { formatProblem, type ConfigProblem } from '../config/problem.ts';
import { Telemetry } from '../telemetry.ts';
import type { CliDependencies } from './dependencies.ts';
import { StopRequest, untilStopped } from './until-stopped.ts';

/** Runs the exporter until a signal. Returns the exit code. */
export async function serve(
  config: Config,
  warnings: readonly ConfigProblem[],
  dependencies: CliDependencies,
): Promise<number> {
  const { startExporter, signals, after, version, stderr } = dependencies;
  const telemetry = new Telemetry({ ...config.log, write: stderr.write });
  const request = new StopRequest(signals);
  telemetry.starting({ version, nodeVersion: process.versions.node, pid: process.pid });
  for (const warning of warnings) telemetry.configDoubtful({ message: formatProblem(warning) });
  const started = await startExporter(config, { listen: true, readOnlyState: false, telemetry });
  if (!started.ok) {
    request.close();
    telemetry.cannotStart(started.problem);
    return started.problem.exitCode;
  }
  const { exporter } = started;
  for (const url of exporter.urls) telemetry.listening({ url });
  return untilStopped(exporter, { request, telemetry, after });
}
