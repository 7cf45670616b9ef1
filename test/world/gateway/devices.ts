import type { RosterRow } from '../../../src/core/index.ts';
import type { Version } from '../version.ts';

/** A device that a gateway knows, as its store keeps it. */
export interface Device {
  readonly deviceId: string;
  displayName: string;
  version: string;
  clientId: string;
  /** Somebody let it in as a node. */
  isPaired: boolean;
  /** Its commands: approved, or waiting for an operator (2026.9). */
  isApproved: boolean;
  approvedAtMs: number | undefined;
  connectedAtMs: number | undefined;
  lastConnectedAtMs: number | undefined;
  lastDisconnectedAtMs: number | undefined;
  hostStatsAtMs: number | undefined;
  sendsHostStats: boolean;
}

export function newDevice(deviceId: string, displayName: string, version: string): Device {
  return {
    deviceId,
    displayName,
    version,
    clientId: 'node-host',
    isPaired: false,
    isApproved: true,
    approvedAtMs: undefined,
    connectedAtMs: undefined,
    lastConnectedAtMs: undefined,
    lastDisconnectedAtMs: undefined,
    hostStatsAtMs: undefined,
    sendsHostStats: false,
  };
}

/** Its row in `node.list`, as that version of the gateway writes it. */
export function rowOf(device: Device, gateway: Version): RosterRow {
  const { deviceId, displayName, clientId, version, isPaired, approvedAtMs, connectedAtMs } = device;
  const connected = connectedAtMs !== undefined;
  const common = {
    nodeId: deviceId,
    displayName,
    clientId,
    version,
    platform: 'linux',
    connected,
    paired: isPaired,
    ...(approvedAtMs !== undefined && { approvedAtMs }),
    ...(connected && { connectedAtMs }),
  };
  if (gateway === '2026.4.15') return { ...common, commandCount: 8 };
  const { lastConnectedAtMs, lastDisconnectedAtMs, hostStatsAtMs, isApproved } = device;
  return {
    ...common,
    commandCount: isApproved ? 21 : 0,
    approvalState: isApproved ? 'approved' : 'pending-approval',
    ...(lastConnectedAtMs !== undefined && { lastConnectedAtMs }),
    ...(!connected && lastDisconnectedAtMs !== undefined && { lastDisconnectedAtMs }),
    ...(hostStatsAtMs !== undefined && { hostStatsUpdatedAtMs: hostStatsAtMs }),
  };
}
