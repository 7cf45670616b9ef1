import type { Claim } from '../claim.ts';
import { startStack } from '../harness/stack.ts';
import { waitUntil } from '../../real/harness/wait-until.ts';

export const watchdogArrives: Claim = {
  name: 'watchdog-arrives',
  says: 'the Watchdog arrives at its own receiver, again and again, though nothing is wrong',
  run: async (context) => {
    const { receiver, prometheus } = await startStack(context.cleanup, {
      binaries: context.binaries,
      pace: 'quick',
      nodeHosts: [{ name: 'attic-pi' }],
    });
    const watchdogs = () => receiver.firing({ alertname: 'Watchdog' });
    await waitUntil(() => watchdogs().length >= 2, { timeoutMs: 90_000, what: 'the Watchdog to come twice' });
    const [first, second] = watchdogs();
    context.record({
      what: 'it comes again',
      passed: first !== undefined && second !== undefined,
      seen: `after ${(((second?.atWallMs ?? 0) - (first?.atWallMs ?? 0)) / 1_000).toFixed(1)} s, at the quick pace`,
    });
    const receivers = [...new Set(receiver.pages.map((page) => page.receiver))];
    context.record({
      what: 'it is alone: no other receiver hears of a healthy site',
      passed: receivers.length === 1 && receiver.pages.every(({ alerts }) => alerts.length === 1),
      seen: receivers.join(', '),
    });
    const broken = (await prometheus.rules()).filter(({ health }) => health !== 'ok');
    context.record({
      what: 'every shipped rule evaluates without an error',
      passed: broken.length === 0,
      seen: broken.map(({ name, lastError }) => `${name}: ${lastError ?? '?'}`).join('; ') || 'all ok',
    });
  },
};
