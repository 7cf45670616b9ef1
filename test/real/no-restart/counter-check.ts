import type { ExporterUnderTest } from '../exporter-under-test.ts';
import type { SystemdNodeHost } from '../harness/systemd-node-host.ts';
import type { Gateway } from '../harness/gateway.ts';
import { monotonicMs, sleep, waitUntil } from '../harness/wait-until.ts';
import { attempts, sum } from '../scenarios/recovery-claims.ts';
import { settleSite, type Site } from './stage.ts';
import type { Supervision } from './supervision.ts';

/** A stop that systemd has to enforce takes up to its unit's patience, and a start its own on a busy machine. */
const PATIENCE_MS = 420_000;
const REST_MS = 30_000;

/** What a restart cures, and what came of it. */
export interface Acted {
  readonly fault: string;
  readonly node: string;
  readonly passed: boolean;
  /** From the moment on when only a restart could bring it back. */
  readonly tookSeconds: number;
  readonly seen: string;
}

/** Who would have seen a restart in the hour before must see this one. */
interface Watch {
  readonly supervision: Supervision;
  readonly say: (line: string) => void;
}

interface Fault {
  readonly name: string;
  readonly host: SystemdNodeHost;
  readonly exporter: ExporterUnderTest;
  /** Resolves when nothing but a restart brings it back. */
  readonly cause: () => Promise<void>;
}

/** The same exporters, by the same configuration, restart whom that helps: an hour in which they could not would prove nothing. */
export async function proveThatItActs(site: Site, watch: Watch): Promise<readonly Acted[]> {
  const { say } = watch;
  const acted: Acted[] = [];
  await mendToken(site).catch((error: unknown) => say(`${site.name}: its wrong token: ${messageOf(error)}`));
  for (const fault of faultsOf(site)) {
    say(`${fault.host.displayName}: ${fault.name}`);
    const result = await restartedAfter(fault, site, watch);
    say(`${result.node}: ${result.passed ? 'restarted, and attached' : 'NOT SO'}; ${result.seen}`);
    acted.push(result);
    await settleSite(site, REST_MS).catch(() => undefined);
  }
  return acted;
}

function faultsOf({ version, gateway, fleet: [silent, plain], refused, keepers }: Site): readonly Fault[] {
  const stopped: Fault = {
    name: 'node host stopped (SIGSTOP)',
    host: plain.host,
    exporter: keepers.fleet.exporter,
    cause() {
      plain.host.freeze();
      return Promise.resolve();
    },
  };
  // 2026.4 ends where its gateway hangs up: it has no timer to lose, and does not park.
  if (version !== '2026.9.6') return [stopped];
  return [
    stopped,
    {
      name: 'lost timer, gateway restarted',
      host: silent.host,
      exporter: keepers.fleet.exporter,
      async cause() {
        silent.host.loseTimers();
        await sleep(500);
        await gateway.restart({ outageMs: 2_000 });
        await gateway.waitForOperator();
      },
    },
    {
      name: 'parked, and then approved',
      host: refused.parked,
      exporter: keepers.refused.exporter,
      cause: () => approveParked(refused.parked, gateway),
    },
  ];
}

/** A request to be approved lapses after 5 min: it has to park anew. */
async function approveParked(parked: SystemdNodeHost, gateway: Gateway): Promise<void> {
  const before = (await parked.stderr()).length;
  parked.crash();
  await waitUntil(async () => (await parked.stderr()).slice(before).includes('waiting for operator action'), {
    timeoutMs: PATIENCE_MS,
    what: `${parked.displayName} to park`,
  });
  await gateway.approveDevice(parked.displayName);
}

/** With it two of four were in trouble at its gateway, and one that fails beside them is no cause of its own. */
async function mendToken({ refused: { wrongToken }, gateway }: Site): Promise<void> {
  wrongToken.setToken(gateway.token);
  await gateway.waitAttached(wrongToken.displayName, PATIENCE_MS);
}

async function restartedAfter(
  { name, host, exporter, cause }: Fault,
  { gateway }: Site,
  { supervision }: Watch,
): Promise<Acted> {
  const { displayName: node } = host;
  let before: number | undefined;
  let sinceMs = monotonicMs();
  const isBack = async (): Promise<boolean> =>
    host.childPid !== undefined && host.childPid !== before && (await gateway.isAttached(node));
  const why = await cause()
    .then(async () => {
      before = host.childPid;
      sinceMs = monotonicMs();
      await waitUntil(isBack, { timeoutMs: PATIENCE_MS, what: `${node} to be restarted` });
    })
    .then(() => undefined)
    .catch(messageOf);
  const tookSeconds = (monotonicMs() - sinceMs) / 1_000;
  // Until the next review has judged what came of it.
  await waitUntil(async () => sum(await attempts(exporter, node)) > 0, {
    timeoutMs: 60_000,
    what: 'it to be counted',
  }).catch(() => undefined);
  const counted = await attempts(exporter, node);
  const attached = counted.get('attached') ?? 0;
  const isWitnessed = supervision.interventions.some(({ unit }) => unit === host.unit);
  return {
    fault: name,
    node,
    passed: why === undefined && attached === 1 && sum(counted) === 1 && isWitnessed,
    tookSeconds,
    seen:
      why ??
      `process ${before ?? 'none'} became ${host.childPid ?? 'none'}, ${attached} restarts counted, ${isWitnessed ? '' : 'not '}seen by who watches systemd`,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
