import type { Config } from '../config/config.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import type { CliDependencies } from './dependencies.ts';
import { EXIT } from '../runtime/exit-code.ts';
import { listenForStop, untilStopped } from './until-stopped.ts';

export interface DemoCommandOptions {
  /** Runs until a signal when absent. */
  readonly durationMs?: number;
  readonly colour: boolean;
}

/** Runs the simulation with the real exporter. Returns the exit code. */
export async function demo(
  config: Config,
  { durationMs, colour }: DemoCommandOptions,
  dependencies: CliDependencies,
): Promise<number> {
  const { startDemo, startExporter, signals, after, stdout, stderr } = dependencies;
  const request = listenForStop(signals);
  const started = await startDemo({
    config,
    startExporter: (demoConfig) => {
      const telemetry = createTelemetry({ ...demoConfig.log, write: stderr.write });
      return startExporter(demoConfig, { listen: true, readOnlyState: false, telemetry });
    },
    output: stdout,
    color: colour && stdout.isTty,
    ...(durationMs !== undefined && { durationMs }),
  });
  if (!started.ok) {
    request.close();
    stderr.write(`${started.problem.message}\n`);
    return started.problem.exitCode;
  }
  const running = started.demo;
  // The table says how it ends; a log line between its frames would tear it.
  const telemetry = createTelemetry({ level: 'error', format: 'text', write: stderr.write });
  return Promise.race([
    running.ended.then(() => {
      request.close();
      return EXIT.ok;
    }),
    untilStopped(running, { request, telemetry, after }),
  ]);
}
