import { claimNeverAccused, claimVerdict, settleAlive } from '../claims.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { attachedNodeHost, exporterFor, healthyGateway, nodeHost } from './world.ts';

const WRONG = 'WrongToken';
const ROTATED = 'RotatedToken';

/** The refusal is counted by its reason. */
function recordCount(context: ScenarioContext, metrics: string, node: string): void {
  const line = metrics
    .split('\n')
    .find(
      (text) =>
        text.includes('auth_failures_total{') &&
        text.includes(`"${node}"`) &&
        text.includes('"token_mismatch"'),
    );
  context.record({
    fault: `${node}: counters`,
    verdict: 'auth_failures_total{reason="token_mismatch"} counts',
    passed: line !== undefined && Number(line.split(' ').at(-1)) > 0,
    seen: line ?? 'no line',
  });
}

/** A credential that the gateway refuses: no restart would help. */
export const credentialScenario: Scenario = {
  name: 'credential',
  versions: ['2026.4.15', '2026.9.6'],
  shortVersions: ['2026.4.15'],
  async run(context) {
    const { version } = context;
    const gateway = await healthyGateway(context);
    const rotated = await attachedNodeHost(context, gateway, { displayName: ROTATED });
    const wrong = await nodeHost(context, gateway, { displayName: WRONG, token: 'wrong' });
    const exporter = await exporterFor(context, gateway, { hosts: [rotated, wrong], token: gateway.token });
    await settleAlive(exporter, ROTATED);

    await wrong.waitForLine(/token mismatch/, 60_000);
    const refusedAt = monotonicMs();
    await claimVerdict(context, {
      exporter,
      node: WRONG,
      fault: 'wrong token',
      state: 'blocked',
      reason: 'token_mismatch',
      livez: 200,
      withinSeconds: 5,
      sinceMs: refusedAt,
    });
    await sleep(20_000);
    claimNeverAccused(context, {
      exporter,
      node: WRONG,
      fault: 'wrong token, 20 s of a supervisor restarting it',
      sinceMs: refusedAt,
    });

    await gateway.rotateToken();
    await rotated.waitForLine(/connect failed: unauthorized/, 180_000);
    const rotatedAt = monotonicMs();
    if (version === '2026.4.15') {
      await claimVerdict(context, {
        exporter,
        node: ROTATED,
        fault: 'rotated token',
        state: 'blocked',
        reason: 'token_mismatch',
        livez: 200,
        withinSeconds: 5,
        sinceMs: rotatedAt,
      });
    } else {
      // It is refused once and gets in with the device token that it kept: blocked for a third of a second.
      await claimVerdict(context, {
        exporter,
        node: ROTATED,
        fault: 'rotated token: it comes back with its device token',
        state: 'alive',
        livez: 200,
        withinSeconds: 15,
        sinceMs: rotatedAt,
      });
      await sleep(1_000);
      recordCount(context, await exporter.page('/metrics'), ROTATED);
    }
    recordCount(context, await exporter.page('/metrics'), WRONG);

    exporter.writeToken(gateway.token);
    rotated.setToken(gateway.token);
    const givenAt = monotonicMs();
    await gateway.waitAttached(ROTATED, 120_000);
    await claimVerdict(context, {
      exporter,
      node: ROTATED,
      fault: 'new token given to the node host and the exporter',
      state: 'alive',
      livez: 200,
      withinSeconds: 120,
      sinceMs: givenAt,
    });
    claimNeverAccused(context, {
      exporter,
      node: ROTATED,
      fault: 'rotated token, all along',
      sinceMs: refusedAt,
    });
  },
};
