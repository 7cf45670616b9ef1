import type { Claim } from '../claim.ts';
import { waitForState } from '../harness/faults.ts';
import { ALWAYS_FIRING } from '../harness/page-receiver.ts';
import { startStack } from '../harness/stack.ts';
import { staysFalse } from '../../real/harness/wait-until.ts';

const NODE_HOSTS = ['mac-studio', 'build-box', 'attic-pi'];
const REMOTE = 'field-laptop';
/** Past the first page: more than one group interval of pages, in which a second one would have come. */
const AFTERMATH_MS = 45_000;
/** `for: 2m`, and what is before and after it. */
const PAGE_TIMEOUT_MS = 240_000;

/**
 * At the shipped pace: a node host's own schedule of attempts is no quicker on a quick stack, and would look late there.
 */
export const gatewayOutageIsOnePage: Claim = {
  name: 'gateway-outage-is-one-page',
  says: 'a gateway that stays away is one page, not one a node host, at shipped defaults',
  run: async (context) => {
    const stack = await startStack(context.cleanup, {
      binaries: context.binaries,
      pace: 'shipped',
      nodeHosts: [...NODE_HOSTS.map((name) => ({ name })), { name: REMOTE, isRemote: true }],
    });
    const { receiver, site } = stack;
    const told = (): readonly string[] => receiver.alertnames({ except: ALWAYS_FIRING });

    await site.gateway.stop();
    const { page, alert } = await receiver.waitFor(
      'firing',
      { alertname: 'OpenClawGatewayDown' },
      { timeoutMs: PAGE_TIMEOUT_MS },
    );
    await staysFalse(() => told().length > 1, {
      timeoutMs: AFTERMATH_MS,
      everyMs: 500,
      what: 'a second page',
    }).catch(() => undefined);
    context.record({
      what: 'the gateway is paged, as one alert',
      passed: page.alerts.length === 1 && alert.labels.gateway === stack.gatewayLabel,
      seen: page.alerts.map(({ labels }) => labels.alertname).join(', '),
    });
    context.record({
      what: `none of its ${NODE_HOSTS.length + 1} node hosts is paged while it is away`,
      passed: told().join() === 'OpenClawGatewayDown',
      seen: told().join(', '),
    });
    const seen = await stack.prometheus.query('openclaw_nodehost_state{state="gateway-down"} == 1');
    context.record({
      what: 'its node hosts were seen to lack it',
      passed: seen.length >= NODE_HOSTS.length,
      seen: `${seen.length} are gateway-down`,
    });

    const backMs = Date.now();
    await site.gateway.start();
    await receiver.waitFor(
      'resolved',
      { alertname: 'OpenClawGatewayDown' },
      { timeoutMs: PAGE_TIMEOUT_MS, sinceWallMs: backMs },
    );
    for (const name of NODE_HOSTS) await waitForState(stack, name, 'alive');
    context.record({
      what: 'its return resolves the page and pages nobody',
      passed: told().join() === 'OpenClawGatewayDown',
      seen: told().join(', '),
    });
  },
};
