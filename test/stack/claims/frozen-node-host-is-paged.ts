import type { Claim } from '../claim.ts';
import { startStack } from '../harness/stack.ts';

const FROZEN = 'build-box';

export const frozenNodeHostIsPaged: Claim = {
  name: 'frozen-node-host-is-paged',
  says: 'a node host that is stopped while its connection stands is paged as wedged, and not as a zombie',
  run: async (context) => {
    const stack = await startStack(context.cleanup, {
      binaries: context.binaries,
      pace: 'quick',
      nodeHosts: [{ name: FROZEN }],
    });
    stack.site.nodeHost(FROZEN).freeze();
    const { alert } = await stack.receiver.waitFor(
      'firing',
      { alertname: 'OpenClawNodeHostWedged', node_host: FROZEN },
      { timeoutMs: 60_000 },
    );
    context.record({
      what: 'it is paged as wedged, critical',
      passed: alert.labels.severity === 'critical',
      seen: alert.annotations.description ?? 'no description',
    });
    const zombies = stack.receiver.firing({ alertname: 'OpenClawNodeHostZombie' });
    context.record({
      what: 'it is not paged as a zombie',
      passed: zombies.length === 0,
      seen: `${zombies.length} such pages`,
    });
  },
};
