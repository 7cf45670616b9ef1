import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Guardian } from '../../../src/demo/guardian.ts';
import { makeTemporaryDirectory } from '../../real/harness/cleanup.ts';
import { reservePort } from '../../real/harness/ports.ts';
import type { Claim } from '../claim.ts';
import { adaptAlertmanagerConfig } from '../harness/adapt-config.ts';
import { AlertmanagerServer } from '../harness/alertmanager-server.ts';
import { divisorOf } from '../harness/pace.ts';
import { PageReceiver } from '../harness/page-receiver.ts';
import { shippedAlertmanagerConfig } from '../harness/shipped-files.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const DRILL = { alertname: 'OpenClawNodeHostZombie', node_host: 'drill' };
const TIMEOUT_MS = 60_000;

export const drillArrives: Claim = {
  name: 'drill-arrives',
  says: 'a drill by the real Alertmanager reaches the pager and ends; one that a silence keeps from it has failed',
  run: async ({ binaries, cleanup, record }) => {
    const directory = realpathSync(await makeTemporaryDirectory('drill'));
    const guardian = new Guardian(directory);
    cleanup.defer(() => guardian.dismiss());
    const receiver = cleanup.use(await PageReceiver.start());
    const alertmanager = cleanup.use(
      await AlertmanagerServer.start({
        binary: binaries.alertmanager,
        guardian,
        directory: join(directory, 'alertmanager'),
        port: await reservePort(),
        config: adaptAlertmanagerConfig(shippedAlertmanagerConfig(), {
          webhook: receiver.url,
          divisor: divisorOf('quick'),
        }),
      }),
    );

    const arrived = await drill(alertmanager.url, directory);
    record({
      what: 'it says that it was delivered, and how long that took',
      passed: arrived.code === 0 && /delivered a notification after \d+\.\d s/.test(arrived.said),
      seen: arrived.said.replaceAll('\n', '; '),
    });
    const { page, alert } = await receiver.waitFor('firing', DRILL, { timeoutMs: TIMEOUT_MS });
    record({
      what: 'it is a page as in earnest, for the pager alone',
      passed:
        page.receiver.includes('pager') && receiver.pages.every((told) => told.receiver === page.receiver),
      seen: `${page.receiver}: ${alert.annotations.summary ?? ''}`,
    });
    await receiver.waitFor('resolved', DRILL, { timeoutMs: TIMEOUT_MS });
    record({ what: 'its end is told as well', passed: true, seen: 'resolved' });

    const toldBefore = receiver.pages.length;
    await alertmanager.silence({ node_host: 'drill' });
    const silenced = await drill(alertmanager.url, directory);
    record({
      what: 'a silence is named, and the drill has failed',
      passed:
        silenced.code === 1 &&
        /keeps it from .+: a silence/.test(silenced.said) &&
        receiver.pages.length === toldBefore,
      seen: silenced.said.replaceAll('\n', '; '),
    });
  },
};

/** The command as somebody would type it. */
async function drill(url: string, home: string): Promise<{ readonly code: unknown; readonly said: string }> {
  const child = spawn(process.execPath, [MAIN, 'drill', '--alertmanager', url, '--hold', '1s'], {
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, said: said.trim() };
}
