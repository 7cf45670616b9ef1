import { join } from 'node:path';
import type { NodeDocument, NodesDocument } from '../../../src/document/nodes-document.ts';
import { ExporterUnderTest } from '../exporter-under-test.ts';
import type { App } from '../harness/app.ts';
import type { Gateway } from '../harness/gateway.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import { waitUntil } from '../harness/wait-until.ts';
import type { ScenarioContext } from '../scenario.ts';

/** What lets a gateway believe what `wayFrom` says. */
export const BEHIND_A_PROXY = { trustedProxies: ['127.0.0.1'] } as const;

export type Exporters = Readonly<Record<'with a token' | 'without a token', ExporterUnderTest>>;

/** Where it logs; 2026.4 does so where all OpenClaw processes of a machine do, whatever its configuration says. */
export function logOf({ version, home }: Gateway): string | undefined {
  return version === '2026.4.15' ? undefined : join(home, 'gateway.jsonl');
}

/**
 * Two exporters beside a gateway: one that may ask it, and one that has only its log. Both are told of a node host that
 * is not there, so that they do not look for those of other scenarios among the processes of this machine.
 */
export async function exportersBeside({ cleanup }: ScenarioContext, gateway: Gateway): Promise<Exporters> {
  const log = logOf(gateway);
  const start = async (token?: string): Promise<ExporterUnderTest> =>
    cleanup.use(
      await ExporterUnderTest.start({
        gatewayUrl: gateway.url,
        nodes: [{ name: 'somebody-else', stateDir: join(gateway.home, 'nobody') }],
        ...(token !== undefined && { token }),
        ...(log !== undefined && { gatewayLog: log }),
      }),
    );
  return { 'with a token': await start(gateway.token), 'without a token': await start() };
}

/** A way to the gateway by which it takes whoever comes for a remote one, which it does not pair by itself. */
export async function wayFrom(
  { cleanup }: ScenarioContext,
  gateway: Gateway,
  address: string,
): Promise<{ readonly host: string; readonly port: number }> {
  const proxy = await startTcpProxy({
    upstream: gateway.endpoint,
    addHeaders: { 'X-Forwarded-For': address },
  });
  return cleanup.use(proxy).endpoint;
}

export async function nodesOf(exporter: ExporterUnderTest): Promise<readonly NodeDocument[]> {
  return (JSON.parse(await exporter.page('/api/v1/nodes')) as NodesDocument).nodes;
}

/** Milliseconds until a node is as it should be. */
export async function untilNode(
  exporter: ExporterUnderTest,
  name: string,
  fits: (node: NodeDocument) => boolean,
): Promise<number> {
  return waitUntil(async () => (await nodesOf(exporter)).some((node) => node.name === name && fits(node)), {
    timeoutMs: 60_000,
    what: `${name} to be told`,
  });
}

export function isBlockedFor(reason: string): (node: NodeDocument) => boolean {
  return ({ state, reasons }) => state === 'blocked' && reasons.some((each) => each === reason);
}

/** Refusals that were counted for a node, without the zeros. */
export async function refusalsOf(
  exporter: ExporterUnderTest,
  name: string,
): Promise<Readonly<Record<string, number>>> {
  const lines = (await exporter.page('/metrics')).split('\n');
  const pattern = /^openclaw_nodehost_auth_failures_total\{.*node_host="(.*)",reason="(\w+)"\} (\d+)$/;
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, node, reason = '', count = '0'] = pattern.exec(line) ?? [];
      return node === name && count !== '0' ? [[reason, Number(count)] as const] : [];
    }),
  );
}

/** Refusals as the app itself met them, by the gateway's words for them. */
export function metBy(app: App): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...app.seen].flatMap(([outcome, count]) =>
      outcome.startsWith('refused:') ? [[outcome.slice('refused:'.length), count] as const] : [],
    ),
  );
}
