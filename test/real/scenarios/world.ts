import { ExporterUnderTest, type ExporterOptions } from '../exporter-under-test.ts';
import { startGateway, type Gateway, type GatewayOptions } from '../harness/gateway.ts';
import { startNodeHost, type NodeHost, type NodeHostOptions } from '../harness/node-host.ts';
import type { ScenarioContext } from '../scenario.ts';

/** As launchd runs 2026.4.15, which exits after one failed try; later versions reconnect by themselves. */
export const KEEP_ALIVE = { throttleMs: 1_000 };

export async function healthyGateway(
  { version, cleanup }: ScenarioContext,
  options: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const gateway = cleanup.use(await startGateway({ version, ...options }));
  await gateway.waitForOperator();
  return gateway;
}

export async function nodeHost(
  { version, cleanup }: ScenarioContext,
  gateway: Gateway,
  options: Partial<NodeHostOptions> & { readonly displayName: string },
): Promise<NodeHost> {
  return cleanup.use(
    await startNodeHost({
      version,
      endpoint: gateway.endpoint,
      token: gateway.token,
      keepAlive: KEEP_ALIVE,
      ...options,
    }),
  );
}

export async function attachedNodeHost(
  context: ScenarioContext,
  gateway: Gateway,
  options: Partial<NodeHostOptions> & { readonly displayName: string },
): Promise<NodeHost> {
  const host = await nodeHost(context, gateway, options);
  await gateway.waitAttached(options.displayName);
  await gateway.approveCommands(options.displayName);
  return host;
}

interface ExporterBeside extends Omit<ExporterOptions, 'nodes'> {
  readonly hosts: readonly NodeHost[];
  /** For all of them; absent: it finds their logs. */
  readonly log?: 'none';
}

/** An exporter beside node hosts of one gateway. */
export async function exporterFor(
  context: ScenarioContext,
  gateway: Gateway,
  options: ExporterBeside,
): Promise<ExporterUnderTest> {
  return exporterOf(context, { gatewayUrl: gateway.url, ...options });
}

/** An exporter beside node hosts, with whatever gateways the options say. */
export async function exporterOf(
  { cleanup }: ScenarioContext,
  { hosts, log, ...rest }: ExporterBeside,
): Promise<ExporterUnderTest> {
  return cleanup.use(
    await ExporterUnderTest.start({
      ...rest,
      nodes: hosts.map((host) => ({
        name: host.displayName,
        stateDir: host.stateDir,
        ...(log !== undefined && { log }),
      })),
    }),
  );
}

/** 2026.9 reconnects by itself; before, a node host exits after one failed try and leaves the rest to its supervisor. */
export function reconnectsByItself({ version }: ScenarioContext): boolean {
  return version === '2026.9.6';
}
