import type { Config } from '../config/config.ts';
import { formatListenAddress } from '../config/listen-address.ts';
import type { CliDependencies } from './dependencies.ts';
import { messageOf } from '../runtime/error-parts.ts';
import { EXIT } from '../runtime/exit-code.ts';
import { requestExporter, waysTo } from './request-exporter.ts';

const HEALTHY = '/-/healthy';

/**
 * Asks the exporter that runs here how it is, for a container's health check, which has no shell. One that wants a
 * password answers as well. Returns the exit code.
 */
export async function health(config: Config, dependencies: CliDependencies): Promise<number> {
  const { listen, certificate } = await waysTo(config);
  const answers = await Promise.all(
    listen.map(async (address) => {
      const at = formatListenAddress(address);
      try {
        const { status } = await requestExporter(address, { certificate, path: HEALTHY }, dependencies);
        return { isWell: status < 500, text: `${at}: HTTP ${status}` };
      } catch (error: unknown) {
        // What `fetch` says is that it failed.
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        return { isWell: false, text: `${at}: ${messageOf(cause)}` };
      }
    }),
  );
  dependencies.stdout.write(answers.map(({ text }) => `${text}\n`).join(''));
  return answers.length > 0 && answers.every(({ isWell }) => isWell) ? EXIT.ok : EXIT.failed;
}
