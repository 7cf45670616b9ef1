import type { Gateway } from './gateway/gateway.ts';
import { LOCKOUT_MS } from './gateway/lockout.ts';
import type { NodeHost } from './node-host/node-host.ts';
import type { Runner } from './node-host/runner.ts';

/** Faults of a node host that a restart of it cures, as the tables call them. */
export const FAULTS = [
  'stopped',
  'busy loop',
  'hang in the kernel',
  'gone',
  'lost timer',
  'stays silent',
  'hangs before its first dial',
  'mute peer',
  'approved after parking',
  'lock-out over',
  'futile',
] as const;
export type Fault = (typeof FAULTS)[number];

/**
 * Whether a restart of a node host would help at this moment. `moot`: it has a fault, but also a trouble that a restart
 * does not cure, or nobody on earth could know; then both answers are right.
 */
export type Truth =
  | { readonly helps: 'yes'; readonly fault: Fault }
  | { readonly helps: 'no'; readonly because: string }
  | { readonly helps: 'moot'; readonly because: string };

/** Ten minutes of failing are past every restart and update of a gateway. */
export const FUTILE_MS = 600_000;

export function truthOf(host: NodeHost, gateway: Gateway): Truth {
  const { runner } = host;
  const getsIn = couldGetIn(host, gateway);
  if (runner === undefined) return truthOfAbsent(host, gateway, getsIn);
  const fault = faultOf(host, runner, gateway);
  if (typeof fault !== 'string') return { helps: fault.isMoot ? 'moot' : 'no', because: fault.because };
  return getsIn
    ? { helps: 'yes', fault }
    : { helps: 'moot', because: `${fault}, but a new process would not get in either` };
}

/** Whether a new process of it would be attached within moments. */
export function couldGetIn(host: NodeHost, gateway: Gateway): boolean {
  if (host.path.reach('upgrade').kind !== 'there' || !gateway.letsIn) return false;
  const from = { isLoopback: host.isLoopback, name: host.machine.name };
  return gateway.accepts(host.deviceId, host.token, from);
}

/** The gateway holds a live session of it, and its event loop runs. */
export function isAttachedAndAlive(host: NodeHost, gateway: Gateway): boolean {
  const { runner } = host;
  if (runner?.stage.kind !== 'attached' || !runner.process.isResponsive) return false;
  const session = gateway.sessionOf(host.deviceId);
  return session === runner.stage.connection && !host.path.isLost && !gateway.isFrozen;
}

function truthOfAbsent(host: NodeHost, gateway: Gateway, getsIn: boolean): Truth {
  if (host.supervisor.isAboutToStart) return { helps: 'no', because: 'its supervisor is about to start it' };
  const { lastBlock } = host;
  const from = { isLoopback: host.isLoopback, name: host.machine.name };
  const isOver = lastBlock?.kind === 'refusal' && gateway.accepts(host.deviceId, host.token, from);
  if (lastBlock !== undefined && (getsIn || isOver)) {
    return { helps: 'moot', because: 'gone; what blocked it last is over, and nobody can see that' };
  }
  if (lastBlock?.kind === 'refusal' && lastBlock.token !== host.token) {
    return { helps: 'moot', because: 'gone; nobody has tried its new credential yet' };
  }
  const isPaired = gateway.devices.get(host.deviceId)?.isPaired === true;
  if (lastBlock?.kind === 'refusal' && lastBlock.detail === 'PAIRING_REQUIRED' && isPaired) {
    return { helps: 'moot', because: 'gone; approved since, and nobody knows yet what else stops it' };
  }
  if (lastBlock?.kind === 'refusal' && lastBlock.detail === 'AUTH_RATE_LIMITED') {
    // The one that is on now may be of others: only the gateway knows.
    const isSurelyOver = host.machine.timeline.nowMs - host.endedMs >= LOCKOUT_MS;
    if (isSurelyOver || !gateway.lockout.isOn(from.name))
      return {
        helps: 'moot',
        because: 'gone; its lock-out is over, and nobody knows yet what else stops it',
      };
  }
  if (lastBlock?.kind === 'refusal') {
    return { helps: 'no', because: `gone; it would be refused again (${lastBlock.detail})` };
  }
  return getsIn
    ? { helps: 'yes', fault: 'gone' }
    : { helps: 'moot', because: 'gone, but a new process would not get in either' };
}

interface NoFault {
  readonly isMoot: boolean;
  readonly because: string;
}

function faultOf(host: NodeHost, runner: Runner, gateway: Gateway): Fault | NoFault {
  const { plight } = runner.process;
  if (plight === 'running' || host.isMomentary) return faultOfStage(host, runner, gateway);
  switch (plight) {
    case 'stopped':
      return 'stopped';
    case 'spinning':
      return 'busy loop';
    case 'hung': {
      if (runner.stage.kind === 'attached' || runner.stage.kind === 'dialling') return 'hang in the kernel';
      // It would not have moved anyhow, and nobody can see the difference.
      const fault = faultOfStage(host, runner, gateway);
      return typeof fault === 'string' ? fault : moot('hangs in the kernel with nothing to do');
    }
    default:
      return plight satisfies never;
  }
}

function faultOfStage(host: NodeHost, runner: Runner, gateway: Gateway): Fault | NoFault {
  switch (runner.stage.kind) {
    case 'booting':
      return runner.options.temper.hangsAtStart ? 'hangs before its first dial' : no('it boots');
    case 'attached':
      return runner.stage.connection.isForgotten && runner.missesNoTick ? 'mute peer' : no('attached');
    case 'dialling': {
      const { connection } = runner.stage;
      if (runner.isFutile) return futilityOf(host, runner);
      const waitsForEver = host.habits.handshakeMs === Infinity || runner.process.losesTimers;
      const isMute = connection.isSwallowed || connection.isForgotten;
      return isMute && waitsForEver ? 'mute peer' : no('it dials');
    }
    case 'waiting':
      return runner.isFutile ? futilityOf(host, runner) : no('it will dial again');
    case 'silent':
      return host.habits.exitsAfterClose ? 'stays silent' : 'lost timer';
    case 'parked':
      return faultOfParked(host, gateway, runner.stage);
    default:
      return runner.stage satisfies never;
  }
}

function futilityOf(host: NodeHost, { failingSinceMs = Infinity }: Runner): Fault | NoFault {
  const failingMs = host.machine.timeline.nowMs - failingSinceMs;
  return failingMs >= FUTILE_MS ? 'futile' : moot('futile, but not for long');
}

function faultOfParked(
  host: NodeHost,
  gateway: Gateway,
  { detail, sinceMs }: { readonly detail: string; readonly sinceMs: number },
): Fault | NoFault {
  switch (detail) {
    case 'PAIRING_REQUIRED': {
      if (gateway.devices.get(host.deviceId)?.isPaired !== true) return no('parked: nobody approved it');
      return gateway.manner === 'normal'
        ? 'approved after parking'
        : moot('approved after parking, but the gateway lets nobody in');
    }
    case 'AUTH_RATE_LIMITED': {
      const isOn = gateway.manner !== 'normal' || gateway.lockout.isOn(host.machine.name);
      // Only the gateway knows when it began, and whether others have it prolonged.
      const isSurelyOver = host.machine.timeline.nowMs - sinceMs >= LOCKOUT_MS;
      if (isOn) return isSurelyOver ? moot('parked: locked out once more') : no('parked: locked out');
      return isSurelyOver ? 'lock-out over' : moot('parked: the lock-out may be over');
    }
    default:
      return no(`parked: ${detail}`);
  }
}

function moot(because: string): NoFault {
  return { isMoot: true, because };
}

function no(because: string): NoFault {
  return { isMoot: false, because };
}
