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

/** An exporter that finds the node hosts' logs by itself. */
export async function exporterFor(
  { cleanup }: ScenarioContext,
  gateway: Gateway,
  options: Omit<ExporterOptions, 'gatewayUrl' | 'nodes'> & { readonly hosts: readonly NodeHost[] },
): Promise<ExporterUnderTest> {
  const { hosts, ...rest } = options;
  return cleanup.use(
    await ExporterUnderTest.start({
      gatewayUrl: gateway.url,
      nodes: hosts.map((host) => ({ name: host.displayName, stateDir: host.stateDir })),
      ...rest,
    }),
  );
}
