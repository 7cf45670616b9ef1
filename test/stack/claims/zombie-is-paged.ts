import type { Claim } from '../claim.ts';
import { makeZombies } from '../harness/faults.ts';
import { startStack } from '../harness/stack.ts';

/** A name as people give them: what it holds must neither break a template nor a link. */
const ZOMBIE = 'Ana\'s "Mac Studio" {{ $value }} & co/2';
const BYSTANDER = 'attic-pi';

export const zombieIsPaged: Claim = {
  name: 'zombie-is-paged',
  says: 'a zombie is paged with its name, its reason, what to do and where to look',
  run: async (context) => {
    const stack = await startStack(context.cleanup, {
      binaries: context.binaries,
      pace: 'quick',
      nodeHosts: [{ name: ZOMBIE }, { name: BYSTANDER }],
    });
    await makeZombies(stack, [ZOMBIE]);
    const { page, alert } = await stack.receiver.waitFor(
      'firing',
      { alertname: 'OpenClawNodeHostZombie' },
      { timeoutMs: 90_000 },
    );

    const expected = {
      alertname: 'OpenClawNodeHostZombie',
      severity: 'critical',
      job: 'openclaw-nodehost',
      instance: stack.instance,
      gateway: stack.gatewayLabel,
      node_host: ZOMBIE,
      state: 'zombie',
    };
    context.record({
      what: 'its labels say who and where, and nothing else',
      passed: isSame(alert.labels, expected),
      seen: JSON.stringify(alert.labels),
    });
    context.record({
      what: 'it is grouped by alert and gateway',
      passed: isSame(page.groupLabels, { alertname: expected.alertname, gateway: expected.gateway }),
      seen: JSON.stringify(page.groupLabels),
    });
    const {
      summary = '',
      description = '',
      runbook_url: runbook = '',
      dashboard_url: dashboard = '',
    } = alert.annotations;
    context.record({
      what: 'its summary is a sentence that names the node host',
      passed: summary.endsWith('.') && summary.includes(ZOMBIE),
      seen: summary,
    });
    context.record({
      what: 'its description names node host, gateway and reason',
      passed: [ZOMBIE, expected.gateway, 'silent'].every((part) => description.includes(part)),
      seen: description,
    });
    const [runbookPage, statusPage] = [await pageAt(runbook), await pageAt(dashboard)];
    context.record({
      what: 'its runbook is that of the alert, and the exporter has it',
      passed: runbookPage.includes('<h1>OpenClawNodeHostZombie</h1>'),
      seen: runbook,
    });
    context.record({
      what: 'its other link opens the status page at the very node host, and no other',
      passed: statusPage.includes('Mac Studio') && !statusPage.includes(`n-local:${BYSTANDER}`),
      seen: dashboard,
    });
    const others = stack.receiver.pages
      .flatMap(({ alerts }) => alerts)
      .filter(({ labels }) => labels.node_host === BYSTANDER);
    context.record({
      what: 'the one beside it is not paged',
      passed: others.length === 0,
      seen: others.map(({ labels }) => labels.alertname).join(', ') || 'no page',
    });
  },
};

/** What a link in a page opens; nothing where nobody answers. */
async function pageAt(url: string): Promise<string> {
  const response = await fetch(url).catch(() => undefined);
  return response?.ok === true ? response.text() : '';
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}
