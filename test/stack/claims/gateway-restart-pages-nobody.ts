import type { Claim } from '../claim.ts';
import { waitForState } from '../harness/faults.ts';
import { ALWAYS_FIRING } from '../harness/page-receiver.ts';
import { startStack } from '../harness/stack.ts';
import { staysFalse } from '../../real/harness/wait-until.ts';

/** Real restarts took up to 62 s; longer is an outage, which shall page after two minutes. */
const OUTAGE_MS = 62_000;
/** Past the gateway's return: a scrape, an evaluation, the longest `for` of a critical alert that is short, group wait. */
const AFTERMATH_MS = 75_000;

const NODE_HOSTS = ['mac-studio', 'build-box'];

/** At the shipped pace: a quick one would make the outage longer than it is. */
export const gatewayRestartPagesNobody: Claim = {
  name: 'gateway-restart-pages-nobody',
  says: `a gateway restart of ${OUTAGE_MS / 1_000} s pages nobody, at shipped defaults`,
  run: async (context) => {
    const stack = await startStack(context.cleanup, {
      binaries: context.binaries,
      pace: 'shipped',
      nodeHosts: NODE_HOSTS.map((name) => ({ name })),
    });
    const told = (): readonly string[] => stack.receiver.alertnames({ except: ALWAYS_FIRING });
    await stack.site.gateway.restart({ outageMs: OUTAGE_MS });
    for (const name of NODE_HOSTS) await waitForState(stack, name, 'alive');
    await staysFalse(() => told().length > 0, {
      timeoutMs: AFTERMATH_MS,
      everyMs: 1_000,
      what: 'a page',
    }).catch(() => undefined);
    context.record({
      what: 'nobody is paged',
      passed: told().length === 0,
      seen: told().length === 0 ? `no page in ${(OUTAGE_MS + AFTERMATH_MS) / 1_000} s` : told().join(', '),
    });

    // What makes the silence worth something: the rules saw the outage, and the way to the receiver was open.
    const pending = await stack.prometheus.stored(
      'ALERTS{alertname="OpenClawGatewayDown",alertstate="pending"}',
      (OUTAGE_MS + AFTERMATH_MS) / 1_000 + 60,
    );
    context.record({
      what: 'the outage was seen and waited out',
      passed: pending.length === 1,
      seen: `OpenClawGatewayDown was pending in ${pending[0]?.samples.length ?? 0} evaluations`,
    });
    const watchdog = stack.receiver.firing({ alertname: 'Watchdog' }).length;
    context.record({
      what: 'a page would have arrived',
      passed: watchdog > 0,
      seen: `${watchdog} notifications of the Watchdog`,
    });
  },
};
