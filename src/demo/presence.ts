import type { ConnectParams, PresenceEntry as PublishedEntry } from '@openclaw/gateway-protocol';
import type { GatewayTraits, GatewayVersion } from './gateway-version.ts';

export type PresenceEntry = PublishedEntry & { readonly clientId?: string };

/** Who is, or just was, at the gateway. */
export class Presence {
  readonly #traits: GatewayTraits;
  readonly #self: PresenceEntry;
  readonly #entries = new Map<string, PresenceEntry>();
  #version = 1;

  constructor(gateway: { version: GatewayVersion; traits: GatewayTraits; host: string; nowMs: number }) {
    this.#traits = gateway.traits;
    this.#self = {
      host: gateway.host,
      ip: '127.0.0.1',
      version: gateway.version,
      platform: process.platform,
      mode: 'gateway',
      reason: 'self',
      text: `Gateway: ${gateway.host} (127.0.0.1) · app ${gateway.version} · mode gateway · reason self`,
      ts: gateway.nowMs,
    };
  }

  get version(): number {
    return this.#version;
  }

  /** Answers whether such a client is shown at all. */
  shows(client: ConnectParams['client']): boolean {
    switch (client.mode) {
      case 'cli':
        return false;
      case 'backend':
      case 'probe':
        return this.#traits.showsBackendsInPresence;
      default:
        return true;
    }
  }

  enter(params: ConnectParams, connId: string, nowMs: number): void {
    this.#note(params, connId, nowMs, 'connect');
  }

  leave(params: ConnectParams, connId: string, nowMs: number): void {
    this.#note(params, connId, nowMs, 'disconnect');
  }

  list(nowMs: number): PresenceEntry[] {
    return [{ ...this.#self, ts: nowMs }, ...this.#entries.values()];
  }

  #note(params: ConnectParams, connId: string, nowMs: number, reason: 'connect' | 'disconnect'): void {
    if (!this.shows(params.client)) return;
    const { client, device, role = 'operator' } = params;
    const key = device?.id ?? connId;
    const host = client.displayName ?? client.id;
    this.#version += 1;
    this.#entries.set(key, {
      host,
      // The schema published with 2026.9.1 has no `clientId`; the gateway of 2026.9.6 sends it.
      ...(this.#traits.protocol === 4 ? { clientId: client.id } : {}),
      version: client.version,
      platform: client.platform,
      ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
      mode: client.mode,
      ...(device === undefined ? {} : { deviceId: device.id }),
      roles: [role],
      ...(role === 'operator' ? { scopes: [...(params.scopes ?? [])] } : {}),
      instanceId: key,
      reason,
      ts: nowMs,
      text: `Node: ${host} · mode ${client.mode}`,
    });
  }
}
