import type { Config } from '../config/config.ts';
import { formatListenAddress } from '../config/listen-address.ts';
import type { CliDependencies } from './dependencies.ts';
import { EXIT } from '../runtime/exit-code.ts';
import { requestExporter, waysTo } from './request-exporter.ts';

const HEALTHY = '/-/healthy';

/**
 * Asks the exporter that runs here how it is, for a container's health check, which has no shell. One that wants a
 * password answers as well. Returns the exit code.
 */
export async function health(config: Config, dependencies: CliDependencies): Promise<number> {
  const { listen, certificate } = await waysTo(config, dependencies);
  const answers = await Promise.all(
    listen.map(async (address) => {
      const at = formatListenAddress(address);
      try {
        const { status } = await requestExporter(address, { certificate, path: HEALTHY }, dependencies);
        return { isWell: status < 500, text: `${at}: HTTP ${status}` };
      } catch (error: unknown) {
        return { isWell: false, text: `${at}: ${error instanceof Error ? error.message : String(error)}` };
      }
    }),
  );
  dependencies.stdout.write(answers.map(({ text }) => `${text}\n`).join(''));
  return answers.length > 0 && answers.every(({ isWell }) => isWell) ? EXIT.ok : EXIT.failed;
}
