import type { ExporterUnderTest } from '../exporter-under-test.ts';
import { startNodeHost, type NodeHost, type NodeHostEndpoint } from '../harness/node-host.ts';
import type { Gateway } from '../harness/gateway.ts';
import { NetworkNamespace } from '../harness/peers/network-namespace.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import { waitUntil } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { BEHIND_A_PROXY, exportersBeside, isBlockedFor, nodesOf, refusalsOf, untilNode } from './refused.ts';
import { healthyGateway } from './world.ts';

const NAME = 'Attic';
/** Its log is read every second. */
const TOLD_WITHIN_SECONDS = 5;
/** A node host takes seconds to start, and minutes on a machine that starves. */
const START_PATIENCE_MS = 300_000;

/** A node host of another machine, with the exporter beside the gateway alone: refused, asked to pair, let in, lost. */
export const remoteNodeHostScenario: Scenario = {
  name: 'remote-node-host',
  versions: ['2026.9.6', '2026.4.15'],
  // CI's half hour is full.
  shortVersions: [],
  async run(context) {
    const machine = await NetworkNamespace.start();
    if (typeof machine === 'string') {
      const verdict = 'skipped: no network namespace can be had';
      context.record({ fault: 'a node host of another machine', verdict, passed: true, seen: machine });
      return;
    }
    context.cleanup.use(machine);
    const { gateway, door } = await gatewayFor(context, machine);
    const exporters = Object.entries(await exportersBeside(context, gateway));
    const host = context.cleanup.use(
      await startNodeHost({
        version: context.version,
        endpoint: door,
        token: 'wrong',
        displayName: NAME,
        inside: machine.inside,
        env: { OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: '1' },
      }),
    );
    const claim = new Claims(context, host, exporters);
    await claim.blockedFor(
      'token_mismatch',
      'a node host of another machine with a wrong token',
      /token mismatch/,
    );
    await claim.countedAsMet();

    await startAnew(host, gateway.token);
    await claim.blockedFor('pairing_required', 'the same with the right token', /pairing required/);
    await gateway.approveDevice(NAME);
    await startAnew(host, gateway.token);
    await gateway.waitAttached(NAME, START_PATIENCE_MS);
    await claim.letIn();
  },
};

/** 2026.9 listens at the cable itself; 2026.4 then listens nowhere else, and gets a proxy there that says who comes. */
async function gatewayFor(
  context: ScenarioContext,
  { here, there }: NetworkNamespace,
): Promise<{ readonly gateway: Gateway; readonly door: NodeHostEndpoint }> {
  if (context.version !== '2026.4.15') {
    const gateway = await healthyGateway(context, {
      gatewayConfig: { bind: 'custom', customBindHost: here },
    });
    return { gateway, door: { host: here, port: gateway.port } };
  }
  const gateway = await healthyGateway(context, { gatewayConfig: BEHIND_A_PROXY });
  const proxy = await startTcpProxy({
    upstream: gateway.endpoint,
    addHeaders: { 'X-Forwarded-For': there },
    host: here,
  });
  return { gateway, door: context.cleanup.use(proxy).endpoint };
}

async function startAnew(host: NodeHost, token: string): Promise<void> {
  await host.kill();
  host.setToken(token);
  await host.start();
}

class Claims {
  readonly #context: ScenarioContext;
  readonly #host: NodeHost;
  readonly #exporters: readonly (readonly [string, ExporterUnderTest])[];

  constructor(
    context: ScenarioContext,
    host: NodeHost,
    exporters: readonly (readonly [string, ExporterUnderTest])[],
  ) {
    this.#context = context;
    this.#host = host;
    this.#exporters = exporters;
  }

  async blockedFor(reason: string, fault: string, line: RegExp): Promise<void> {
    await this.#host.waitForLine(line, START_PATIENCE_MS);
    await Promise.all(
      this.#exporters.map(async ([name, exporter]) => {
        const tookMs = await untilNode(exporter, NAME, (node) => {
          return node.scope === 'remote' && node.kind === 'node-host' && isBlockedFor(reason)(node);
        });
        const node = (await nodesOf(exporter)).find((each) => each.name === NAME);
        const tookSeconds = tookMs / 1_000;
        this.#context.record({
          fault: `${fault}, ${name}`,
          verdict: `blocked (${reason}), and no reason to restart it`,
          tookSeconds,
          withinSeconds: TOLD_WITHIN_SECONDS,
          passed: tookSeconds <= TOLD_WITHIN_SECONDS * this.#context.leniency && node?.live === true,
          seen: `${node?.why ?? 'nothing'}. ${node?.advice ?? ''}`,
        });
      }),
    );
  }

  async countedAsMet(): Promise<void> {
    const met = [...(await this.#host.stderr()).matchAll(/gateway closed \(1008\): unauthorized/g)].length;
    for (const [name, exporter] of this.#exporters) {
      const counted = async (): Promise<number> => (await refusalsOf(exporter, NAME)).token_mismatch ?? 0;
      await waitUntil(async () => (await counted()) >= met, { timeoutMs: 10_000 }).catch(() => undefined);
      this.#context.record({
        fault: `its refusals, ${name}`,
        verdict: 'counted as it met them',
        passed: met > 0 && (await counted()) === met,
        seen: `met ${met}, counted ${await counted()}`,
      });
    }
  }

  /** Only a gateway that may be asked tells so; its log alone has no line of it. */
  async letIn(): Promise<void> {
    for (const [name, exporter] of this.#exporters) {
      const tookMs = await untilNode(exporter, NAME, ({ state }) =>
        name === 'with a token' ? state === 'alive' : state !== 'blocked',
      );
      this.#context.record({
        fault: `the same once it is approved, ${name}`,
        verdict: name === 'with a token' ? 'alive' : 'blocked no more',
        passed: true,
        seen: `${(await nodesOf(exporter)).find((node) => node.name === NAME)?.why ?? 'nothing'}, ${(tookMs / 1_000).toFixed(1)} s after it was attached`,
      });
    }
  }
}
