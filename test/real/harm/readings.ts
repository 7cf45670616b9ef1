import { statSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import type { Gateway } from '../harness/gateway.ts';
import type { NodeHost } from '../harness/node-host.ts';
import { readStat, voluntarySwitches } from '../harness/proc.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';

const ASK_EVERY_MS = 1_000;
const PATIENCE_MS = 5_000;
const MS_PER_TICK = 10;

/** What a while cost the node host and its gateway, whoever watched them. */
export interface Reading {
  /** CPU, in milliseconds a minute. */
  readonly nodeHostCpu: number;
  readonly gatewayCpu: number;
  /** How often the node host's event loop woke, in a minute. */
  readonly wakeUps: number;
  /** Milliseconds of `system.which`, all the way through the gateway. */
  readonly latencies: readonly number[];
  /** How often there was no answer to it. */
  readonly unanswered: number;
  /** Bytes that the node host wrote into its log. */
  readonly logBytes: number;
}

/** Reads for so long. The harness asks `system.which` once a second, with and without an exporter alike. */
export async function readFor(gateway: Gateway, host: NodeHost, forMs: number): Promise<Reading> {
  const child = await host.waitForChild();
  const { nodeId } = (await gateway.node(host.displayName)) ?? {};
  const before = { ...used(gateway.pid, child, host), atMs: monotonicMs() };
  const latencies: number[] = [];
  let unanswered = 0;
  const operator = await gateway.operator();
  while (monotonicMs() < before.atMs + forMs) {
    const askedMs = monotonicMs();
    try {
      await operator.request('node.invoke', {
        nodeId,
        command: 'system.which',
        params: { bins: ['sh'] },
        timeoutMs: PATIENCE_MS,
        idempotencyKey: randomUUID(),
      });
      latencies.push(monotonicMs() - askedMs);
    } catch {
      // On a machine that starves nobody answers anybody.
      unanswered += 1;
    }
    await sleep(Math.max(0, askedMs + ASK_EVERY_MS - monotonicMs()));
  }
  const after = used(gateway.pid, child, host);
  const minutes = (monotonicMs() - before.atMs) / 60_000;
  return {
    nodeHostCpu: ((after.nodeHostTicks - before.nodeHostTicks) * MS_PER_TICK) / minutes,
    gatewayCpu: ((after.gatewayTicks - before.gatewayTicks) * MS_PER_TICK) / minutes,
    wakeUps: (after.switches - before.switches) / minutes,
    latencies,
    unanswered,
    logBytes: after.logBytes - before.logBytes,
  };
}

function used(gatewayPid: number, nodeHostPid: number, host: NodeHost) {
  return {
    nodeHostTicks: readStat(nodeHostPid)?.cpuTicks ?? 0,
    gatewayTicks: readStat(gatewayPid)?.cpuTicks ?? 0,
    switches: voluntarySwitches(nodeHostPid) ?? 0,
    logBytes: statSync(host.stderrPath).size,
  };
}
