import { expect, it } from 'vitest';
import { FleetSite } from '../../scripts/bench-fleet/fleet-site.ts';
import { quantile } from '../helpers/quantile.ts';

const NODES = 1_000;
const LINES_A_SECOND = 200;
const SECONDS = 20;
/** Ten times what was measured: it is to fail for what grows with the square of the nodes, not for a busy machine. */
const P99_MS = 1_000;

it('beside a gateway of 1,000 remote nodes whose log grows by 200 lines a second it answers in time, and counts each refusal', async () => {
  await using site = await FleetSite.start({ gateways: 1, nodes: NODES });
  let written = 0;
  const { livezMs, loop } = await site.measure({
    seconds: SECONDS,
    everySecond: async () => {
      await site.writeLog(LINES_A_SECOND);
      written += LINES_A_SECOND;
    },
  });
  await expect.poll(() => site.refusalsCounted(), { timeout: 30_000, interval: 500 }).toBe(written / 2);
  expect(quantile(livezMs, 0.99)).toBeLessThan(P99_MS);
  expect(loop.cpuShare).toBeLessThan(0.75);
});
