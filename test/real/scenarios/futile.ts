import { claimNeverAccused, claimVerdict } from '../claims.ts';
import { BadGateway } from '../harness/peers/bad-gateway.ts';
import { monotonicMs } from '../harness/wait-until.ts';
import type { Scenario } from '../scenario.ts';
import { exporterFor, healthyGateway, nodeHost } from './world.ts';

const NODE = 'Futile';
/** Ten minutes in the product; the rule is the same. */
const FUTILE_AFTER_S = 40;
/** A 2026.4.15 node host needs this long for its first try, and the verdict counts from there. */
const BOOT_S = 30;

/** Attempts that fail and fail, while the gateway accepts everybody else. */
export const futileScenario: Scenario = {
  name: 'proxy-502',
  versions: ['2026.4.15', '2026.9.6'],
  shortVersions: ['2026.9.6'],
  async run(context) {
    const gateway = await healthyGateway(context);
    const peer = context.cleanup.use(await BadGateway.start());
    const host = await nodeHost(context, gateway, { displayName: NODE, endpoint: peer.endpoint });
    const exporter = await exporterFor(context, gateway, {
      hosts: [host],
      token: gateway.token,
      thresholds: { futile_after: `${FUTILE_AFTER_S}s` },
    });
    await host.waitForLine(/502/, 60_000);
    const firstAt = monotonicMs();
    await claimVerdict(context, {
      exporter,
      node: NODE,
      fault: 'proxy answers 502',
      state: 'reconnecting',
      livez: 200,
      withinSeconds: 10,
      sinceMs: firstAt,
    });
    claimNeverAccused(context, {
      exporter,
      node: NODE,
      fault: 'proxy answers 502: at first',
      sinceMs: firstAt,
    });
    await exporter.waitFor(NODE, {
      fits: (sample) => sample.state === 'zombie' && sample.reasons.includes('futile'),
      sinceMs: firstAt,
      timeoutMs: (FUTILE_AFTER_S + BOOT_S + 60) * 1_000,
      what: 'to be futile',
    });
    const tookSeconds = (monotonicMs() - firstAt) / 1_000;
    const withinSeconds = FUTILE_AFTER_S + BOOT_S;
    context.record({
      fault: `proxy answers 502 for ${FUTILE_AFTER_S} s`,
      verdict: 'zombie (futile)',
      tookSeconds,
      withinSeconds,
      passed: tookSeconds >= FUTILE_AFTER_S - 5 && tookSeconds <= withinSeconds * context.leniency,
      seen: exporter.latest(NODE)?.why ?? '',
    });
  },
};
