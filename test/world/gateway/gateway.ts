import type { RosterRow } from '../../../src/core/index.ts';
import type { Machine } from '../machine.ts';
import type { Connection } from '../network/connection.ts';
import type { ConnectRequest, Listener, Refusal } from '../network/path.ts';
import { Process } from '../process.ts';
import type { Random } from '../random.ts';
import type { Planned } from '../timeline.ts';
import type { Version } from '../version.ts';
import { newDevice, rowOf, type Device } from './devices.ts';
import { Lockout } from './lockout.ts';

/** How it treats its clients; `normal`: as a gateway would. */
export type Manner =
  | 'normal'
  /** Accepts and never answers the upgrade. */
  | 'no-upgrade'
  /** Answers the upgrade and never sends the challenge. */
  | 'no-challenge'
  /** Opens the WebSocket and drops it. */
  | 'terminates'
  /** Closes with 1013. */
  | 'try-again'
  | 'pairing-required'
  | 'role-upgrade'
  | 'rate-limited';

export interface GatewayOptions {
  readonly name: string;
  readonly machine: Machine;
  readonly version: Version;
  readonly random: Random;
  readonly token: string;
  /** Devices that come from its own machine are let in without a question. */
  readonly pairsLocalDevices: boolean;
}

interface Session {
  readonly connection: Connection;
  readonly device: Device;
  readonly request: ConnectRequest & { readonly who: { readonly role: 'node' } };
  keepalive: Planned | undefined;
  awaitsPong: boolean;
}

const TICK_MS = 30_000;
/** 2026.9.6 pings its clients this often, and gives them until the next ping. */
const PING_MS = 25_000;
const TICK_BYTES = 90;
const PING_BYTES = 2;

/** A gateway: what it knows of its nodes, and how it comes and goes. */
export class Gateway implements Listener {
  readonly name: string;
  readonly machine: Machine;
  readonly version: Version;
  readonly devices = new Map<string, Device>();
  token: string;
  manner: Manner = 'normal';
  /** A busy gateway answers a `connect` late. */
  busyMs = 0;
  readonly lockout: Lockout;
  readonly #random: Random;
  readonly #pairsLocalDevices: boolean;
  readonly #connections = new Set<Connection>();
  readonly #sessions = new Map<string, Session>();
  readonly #operators = new Map<Connection, ConnectRequest>();
  readonly #watchers = new Set<() => void>();
  #phase: 'down' | 'booting' | 'starting' | 'ready' = 'down';
  #process: Process | undefined;
  #readySinceMs = 0;
  #boots = 0;

  constructor(options: GatewayOptions) {
    this.name = options.name;
    this.machine = options.machine;
    this.version = options.version;
    this.token = options.token;
    this.#random = options.random;
    this.#pairsLocalDevices = options.pairsLocalDevices;
    this.lockout = new Lockout(options.machine.timeline);
  }

  get isDown(): boolean {
    return this.#phase === 'down' || this.#phase === 'booting';
  }

  /** It lets in whoever has the right credential. */
  get letsIn(): boolean {
    return this.#phase === 'ready' && this.manner === 'normal' && this.#process?.isResponsive === true;
  }

  get isFrozen(): boolean {
    return this.#process !== undefined && this.#process.plight !== 'running';
  }

  /** When it last came to the point of letting anybody in. */
  get readySinceMs(): number {
    return this.#readySinceMs;
  }

  /** Called whenever it comes, goes, freezes, or treats its clients otherwise. */
  onChange(watch: () => void): void {
    this.#watchers.add(watch);
  }

  changed(): void {
    for (const watch of this.#watchers) watch();
  }

  start({ bootMs, startsUpMs }: { readonly bootMs: number; readonly startsUpMs: number }): void {
    if (this.#phase !== 'down') return;
    this.#boots += 1;
    const process = new Process({ machine: this.machine, pid: 700 + this.#boots, idleWakeMs: 1_000 });
    this.#process = process;
    this.#phase = 'booting';
    process.after(bootMs, () => {
      this.#phase = 'starting';
      process.every(TICK_MS, () => {
        this.#tick();
      });
      process.after(startsUpMs, () => {
        this.#phase = 'ready';
        this.#readySinceMs = this.machine.timeline.nowMs;
        this.changed();
      });
      this.changed();
    });
    this.changed();
  }

  /** SIGTERM: it says goodbye to everybody. */
  stop(): void {
    if (this.isFrozen) {
      this.kill();
      return;
    }
    for (const connection of [...this.#connections]) this.#close(connection, 1012, 'service restart');
    this.#end();
  }

  /** SIGKILL, or a crash. */
  kill(): void {
    for (const connection of [...this.#connections]) {
      this.#forget(connection);
      connection.cutByServer();
    }
    this.#end();
  }

  freeze(): void {
    this.#process?.setPlight('stopped');
    this.changed();
  }

  thaw(): void {
    this.#process?.setPlight('running');
    this.changed();
  }

  behave(manner: Manner): void {
    this.manner = manner;
    this.changed();
  }

  /** It drops the session of one node, or of everybody. */
  dropSessions(which: (deviceId: string) => boolean, code: number, reason: string): void {
    for (const [deviceId, { connection }] of [...this.#sessions]) {
      if (which(deviceId)) this.#close(connection, code, reason);
    }
  }

  dropOperators(code: number, reason: string): void {
    for (const connection of [...this.#operators.keys()]) this.#close(connection, code, reason);
  }

  /** The connection that it holds for a node. */
  sessionOf(deviceId: string): Connection | undefined {
    return this.#sessions.get(deviceId)?.connection;
  }

  /** Whether a device would be let in, as far as the gateway is concerned. */
  accepts(deviceId: string, token: string, from: { isLoopback: boolean; name: string }): boolean {
    if (token !== this.token || (!from.isLoopback && this.lockout.isOn(from.name))) return false;
    return this.devices.get(deviceId)?.isPaired ?? (from.isLoopback && this.#pairsLocalDevices);
  }

  /** A device that it let in long ago. */
  know(deviceId: string, displayName: string, version: string): void {
    if (this.devices.has(deviceId)) return;
    const device = newDevice(deviceId, displayName, version);
    device.isPaired = true;
    device.approvedAtMs = this.machine.wallMs - 86_400_000;
    this.devices.set(deviceId, device);
  }

  /** An operator lets a device in. */
  approve(deviceId: string): void {
    const device = this.devices.get(deviceId);
    if (device === undefined) return;
    device.isPaired = true;
    device.isApproved = true;
    device.approvedAtMs = this.machine.wallMs;
    this.#tellOperators();
    this.changed();
  }

  /** Its pairing is taken away; the gateway hangs up. */
  removePairing(deviceId: string): void {
    const device = this.devices.get(deviceId);
    if (device === undefined) return;
    device.isPaired = false;
    device.approvedAtMs = undefined;
    this.dropSessions((id) => id === deviceId, 4001, 'device removed');
    this.#tellOperators();
    this.changed();
  }

  /** Its commands wait for an operator from now on. */
  withholdCommands(deviceId: string): void {
    const device = this.devices.get(deviceId);
    if (device !== undefined) device.isApproved = false;
    this.#tellOperators();
  }

  /** `node.list`. */
  nodeList(): { readonly ts: number; readonly rows: readonly RosterRow[] } {
    const rows: RosterRow[] = [];
    for (const device of this.devices.values()) {
      if (device.isPaired || device.connectedAtMs !== undefined) rows.push(rowOf(device, this.version));
    }
    return { ts: this.machine.wallMs, rows };
  }

  /** `node.invoke`: `answered` by the node, `timeout`, or `unavailable`. */
  invoke(
    deviceId: string,
    timeoutMs: number,
    done: (outcome: 'answered' | 'timeout' | 'unavailable') => void,
  ): void {
    const session = this.#sessions.get(deviceId);
    if (session === undefined || this.#process === undefined) {
      done('unavailable');
      return;
    }
    let isDone = false;
    const finish = (outcome: 'answered' | 'timeout'): void => {
      if (isDone) return;
      isDone = true;
      done(outcome);
    };
    this.#process.after(timeoutMs, () => {
      finish('timeout');
    });
    const { connection, request } = session;
    connection.toClient(300, () => {
      request.who.invoked(() => {
        connection.toServer(() => {
          finish('answered');
        });
      });
    });
  }

  /** A node's host stats arrived; they are refused while its commands wait for approval. */
  receiveHostStats(deviceId: string): 'kept' | 'refused' {
    const session = this.#sessions.get(deviceId);
    if (session === undefined) return 'refused';
    if (!session.device.isApproved) return 'refused';
    session.device.hostStatsAtMs = this.machine.wallMs;
    for (const [connection, { who }] of this.#operators) {
      if (who.role === 'operator') {
        connection.toClient(200, () => {
          who.hostStats(deviceId);
        });
      }
    }
    return 'kept';
  }

  isApproved(deviceId: string): boolean {
    return this.devices.get(deviceId)?.isApproved === true;
  }

  askHealth(answer: (status: number) => void): void {
    this.#process?.input(() => {
      if (!this.isDown) answer(200);
    });
  }

  accept(connection: Connection): void {
    const process = this.#process;
    if (process === undefined || this.isDown) {
      connection.fail({ kind: 'hung-up' });
      return;
    }
    this.#connections.add(connection);
    connection.accept({
      process,
      ended: () => {
        this.#forget(connection);
      },
    });
    process.input(() => {
      this.#upgrade(connection);
    });
  }

  connect(connection: Connection, request: ConnectRequest): void {
    const delayMs = this.busyMs + this.#random.between(5, 60);
    this.#process?.after(delayMs, () => {
      if (!this.#connections.has(connection)) return;
      const refusal = this.#refusalOf(request);
      if (refusal === undefined) this.#grant(connection, request);
      else this.#refuse(connection, request, refusal);
    });
  }

  #upgrade(connection: Connection): void {
    switch (this.manner) {
      case 'no-upgrade':
        connection.isSwallowed = true;
        return;
      case 'terminates':
        connection.open();
        this.#forget(connection);
        connection.cutByServer();
        return;
      case 'try-again':
        connection.open();
        this.#close(connection, 1013, 'try again later');
        return;
      case 'no-challenge':
        connection.open();
        return;
      case 'normal':
      case 'pairing-required':
      case 'role-upgrade':
      case 'rate-limited':
        connection.open();
        connection.challenge();
        return;
      default:
        this.manner satisfies never;
    }
  }

  #refusalOf({ token, isLoopback, from, who }: ConnectRequest): Refusal | undefined {
    if (this.#phase === 'starting') return STARTING;
    if (this.manner === 'rate-limited' || (!isLoopback && this.lockout.isOn(from))) return RATE_LIMITED;
    if (token !== this.token) {
      if (!isLoopback) this.lockout.failed(from);
      return TOKEN_MISMATCH;
    }
    if (who.role === 'operator') return undefined;
    if (this.manner === 'role-upgrade') return this.version === '2026.4.15' ? PAIRING_4 : ROLE_UPGRADE;
    const device = this.devices.get(who.deviceId) ?? this.#meet(who, isLoopback);
    if (device.isPaired && this.manner !== 'pairing-required') return undefined;
    return this.version === '2026.4.15' ? PAIRING_4 : PAIRING;
  }

  #meet(
    who: { readonly deviceId: string; readonly displayName: string; readonly version: string },
    isLoopback: boolean,
  ): Device {
    const device = newDevice(who.deviceId, who.displayName, who.version);
    this.devices.set(who.deviceId, device);
    if (isLoopback && this.#pairsLocalDevices) {
      device.isPaired = true;
      device.approvedAtMs = this.machine.wallMs;
    }
    return device;
  }

  #refuse(connection: Connection, request: ConnectRequest, refusal: Refusal): void {
    connection.toClient(250, () => {
      request.refused(refusal);
    });
    this.#close(connection, refusal.code, refusal.closeReason);
  }

  #grant(connection: Connection, request: ConnectRequest): void {
    const { who } = request;
    if (who.role === 'operator') this.#operators.set(connection, request);
    else this.#register(connection, { ...request, who });
    const hello = {
      serverVersion: this.version,
      protocol: this.version === '2026.4.15' ? 3 : 4,
      ...(this.version === '2026.9.6' && { bootId: `boot-${this.#boots}` }),
      uptimeMs: this.#process?.uptimeMs ?? 0,
    };
    connection.toClient(4_000, () => {
      request.granted(hello);
    });
    if (who.role === 'node') this.#tellOperators();
  }

  #register(connection: Connection, request: Session['request']): void {
    const { deviceId, displayName, version } = request.who;
    const device = this.devices.get(deviceId);
    if (device === undefined) return;
    const replaced = this.#sessions.get(deviceId);
    if (replaced !== undefined) {
      this.#forget(replaced.connection);
      replaced.connection.cutByServer();
    }
    device.displayName = displayName;
    device.version = version;
    device.connectedAtMs = this.machine.wallMs;
    device.lastConnectedAtMs = this.machine.wallMs;
    device.lastDisconnectedAtMs = undefined;
    const session: Session = { connection, device, request, keepalive: undefined, awaitsPong: false };
    this.#sessions.set(deviceId, session);
    if (this.version === '2026.9.6') {
      session.keepalive = this.#process?.every(PING_MS, () => {
        this.#ping(session);
      });
    }
    this.changed();
  }

  #ping(session: Session): void {
    const { connection } = session;
    if (session.awaitsPong) {
      this.#forget(connection);
      connection.cutByServer();
      return;
    }
    session.awaitsPong = true;
    connection.toClient(PING_BYTES, () => {
      connection.toServer(() => {
        session.awaitsPong = false;
      });
    });
  }

  #tick(): void {
    const tell = (connection: Connection, { ticked }: ConnectRequest): void => {
      connection.toClient(TICK_BYTES, ticked);
    };
    for (const { connection, request } of this.#sessions.values()) tell(connection, request);
    for (const [connection, request] of this.#operators) tell(connection, request);
  }

  #tellOperators(): void {
    for (const [connection, { who }] of this.#operators) {
      if (who.role === 'operator') {
        connection.toClient(80, () => {
          who.rosterChanged();
        });
      }
    }
  }

  #close(connection: Connection, code: number, reason: string): void {
    this.#forget(connection);
    connection.closeByServer(code, reason);
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    this.#operators.delete(connection);
    for (const [deviceId, session] of this.#sessions) {
      if (session.connection !== connection) continue;
      session.keepalive?.cancel();
      this.#sessions.delete(deviceId);
      session.device.connectedAtMs = undefined;
      session.device.lastDisconnectedAtMs = this.machine.wallMs;
      this.#tellOperators();
      this.changed();
    }
  }

  #end(): void {
    this.#process?.end();
    this.#process = undefined;
    this.#phase = 'down';
    this.changed();
  }
}

const STARTING: Refusal = {
  detail: 'startup-sidecars',
  message: 'gateway starting; retry shortly',
  code: 1013,
  closeReason: 'gateway starting',
  retryAfterMs: 500,
};
const TOKEN_MISMATCH: Refusal = {
  detail: 'AUTH_TOKEN_MISMATCH',
  message: 'unauthorized: gateway token mismatch (provide gateway auth token)',
  code: 1008,
  closeReason: 'unauthorized: gateway token mismatch (provide gateway auth token)',
};
const RATE_LIMITED: Refusal = {
  detail: 'AUTH_RATE_LIMITED',
  message: 'unauthorized: too many failed authentication attempts (retry later)',
  code: 1008,
  closeReason: 'connect failed',
};
const PAIRING: Refusal = {
  detail: 'PAIRING_REQUIRED',
  message: 'device pairing required (requestId: req-1)',
  code: 1008,
  closeReason: 'pairing required',
};
const PAIRING_4: Refusal = {
  detail: 'PAIRING_REQUIRED',
  message: 'pairing required',
  code: 1008,
  closeReason: 'connect failed',
};
const ROLE_UPGRADE: Refusal = {
  detail: 'PAIRING_REQUIRED',
  message: 'role upgrade pending approval (requestId: req-1)',
  code: 1008,
  closeReason: 'connect failed',
};
