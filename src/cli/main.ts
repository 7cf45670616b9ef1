import { EXIT } from '../runtime/exit-code.ts';
import { localRequest } from './local-request.ts';
import { processEnvironment } from '../config/load.ts';
import { packageVersion } from '../package-version.ts';
import { notifyServiceManager } from '../runtime/notify-service-manager.ts';
import { runCli } from './run-cli.ts';
import { processSignals } from './signals.ts';
import { thisService } from './this-service.ts';
import { streamOutput } from '../runtime/terminal.ts';

/** Runs the command line of this process and ends it. What nobody expected is told here, once. */
export async function main(): Promise<void> {
  const stdout = streamOutput(process.stdout);
  const stderr = streamOutput(process.stderr);
  const end = (error: unknown): void => {
    stderr.write(`openclaw-liveness-exporter: unexpected error: ${describe(error)}\n`);
    process.exit(EXIT.failed);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
  const code = await runCli(process.argv.slice(2), {
    // Imported when needed: help and mistakes should not wait for everything.
    startExporter: async (config, options) =>
      (await import('../app/start.ts')).startExporter(config, options),
    startDemo: async (options) => (await import('../demo/start-demo.ts')).startDemo(options),
    fetch: globalThis.fetch,
    localRequest,
    stdout,
    stderr,
    signals: processSignals,
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    version: packageVersion(),
    notify: notifyServiceManager(processEnvironment(), process.pid),
    service: () => thisService({ stdout, stderr }),
  });
  process.exit(code);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
