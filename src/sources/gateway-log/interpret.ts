import { PAIRING_CAUSES, present, type GatewayRecord, type PairingRequest } from '../../core/index.ts';
import { callerOf, type CallerContext, type Claims, type Origin } from './caller.ts';
import { Connections } from './connections.ts';
import { readLine, type LoggedLine } from './read-line.ts';
import { refusalOf } from './refusal.ts';

/** One record, and what tells whose it is. */
export interface Interpreted {
  readonly record: GatewayRecord;
  /** Where that gateway listens; absent where the line does not say. */
  readonly port?: number;
  readonly writtenWallMs?: number;
}

/** A line without a record that tells which gateway the lines around it are of. */
export interface Signpost {
  readonly port: number;
}

/** More than a gateway leaves out between two lines it writes. */
const MAX_TIMES = 10_000;

/** Reads the log of a gateway line by line; keeps in mind what a later line of the same connection needs. */
export class GatewayLogInterpreter {
  readonly #context: CallerContext;
  readonly #connections = new Connections();

  constructor(context: CallerContext) {
    this.#context = context;
  }

  /** `null` where the line says nothing of who comes and goes. Never throws: anybody can have written it. */
  read(line: string): Interpreted | Signpost | null {
    const logged = readLine(line);
    if (logged === null) return null;
    const { subsystem, message, writtenWallMs } = logged;
    if (subsystem === 'canvas') return signpostIn(message);
    const record = this.#recordOf(logged);
    const port = subsystem === 'ws' ? portOf(logged) : undefined;
    return record && { record, ...present({ port, writtenWallMs }) };
  }

  #recordOf(logged: LoggedLine): GatewayRecord | null {
    switch (logged.subsystem) {
      case 'ws':
        return this.#ofConnection(logged);
      case 'node-connect':
        return withheldIn(logged.message);
      default:
        return ofGateway(logged.message);
    }
  }

  #ofConnection(logged: LoggedLine): GatewayRecord | null {
    const { message } = logged;
    if (message.startsWith('closed before connect ')) return this.#closedBeforeConnect(logged);
    if (message.startsWith('unauthorized ')) return this.#unauthorized(message);
    if (message.startsWith('protocol mismatch ')) return this.#protocolMismatch(message);
    if (message.startsWith('handshake timeout ')) return { kind: 'handshake-timeout' };
    return this.#verbose(message);
  }

  #closedBeforeConnect({ message, fields }: LoggedLine): GatewayRecord | null {
    const suspect = this.#connections.take(CONNECTION.exec(message)?.[1] ?? '');
    const [, closeReason = '', suppressed = '0'] = CLOSED.exec(message) ?? [];
    const auth = refusalOf(fields.cause, fields.authReason ?? suspect?.authReason, closeReason);
    if (auth === undefined) return null;
    const caller =
      fields.cause === undefined
        ? (suspect?.caller ?? callerOf({}, originIn(message), this.#context))
        : callerOf(claimsIn(fields), originOf(fields), this.#context);
    return {
      kind: 'refused',
      auth,
      caller,
      times: 1 + Math.min(Number(suppressed), MAX_TIMES),
      ...(auth === 'pairing_required' && { pairing: pairingIn(fields) }),
    };
  }

  /** Its close is still to come, and says on the console of 2026.4 nothing of who it was. */
  #unauthorized(message: string): null {
    const found = UNAUTHORIZED.exec(message);
    if (found?.groups === undefined) return null;
    const { conn = '', name, mode, version, role, platform, instance, reason = '' } = found.groups;
    const claims: Claims = { displayName: name, mode, version, role, platform, instanceId: instance };
    const caller = callerOf(claims, originIn(message), this.#context);
    this.#connections.suspect(conn, { caller, authReason: reason });
    return null;
  }

  #protocolMismatch(message: string): null {
    const found = PROTOCOL_MISMATCH.exec(message);
    if (found?.groups === undefined) return null;
    const { conn = '', name, mode, version } = found.groups;
    const caller = callerOf({ displayName: name, mode, version }, originIn(message), this.#context);
    this.#connections.suspect(conn, { caller, authReason: 'protocol_mismatch' });
    return null;
  }

  #verbose(message: string): GatewayRecord | null {
    if (!/^[←→⇄] /u.test(message)) return null;
    const name = this.#connections.about(/ conn=(\S{1,40})/.exec(message)?.[1]);
    const ends = / endpoint=(\S{1,120})/.exec(message)?.[1];
    if (message.startsWith('← open ')) {
      if (name !== undefined && ends !== undefined) this.#connections.opened(name, ends);
      return null;
    }
    if (message.startsWith('← connect ')) return this.#attached(message, name);
    const closed = /^→ close code=(\d{1,5}) /.exec(message);
    if (closed === null || ends === undefined) return null;
    const caller = this.#connections.closed(ends);
    return caller === undefined ? null : { kind: 'detached', caller, code: Number(closed[1]) };
  }

  #attached(message: string, name: string | undefined): GatewayRecord | null {
    const found = ATTACHED.exec(message);
    if (found?.groups === undefined || name === undefined) return null;
    const { client, displayName, version, mode, platform } = found.groups;
    if (mode !== 'node') return null;
    const claims = { clientId: client, displayName, version, mode, platform };
    const caller = callerOf(claims, {}, this.#context);
    this.#connections.attached(name, caller);
    return { kind: 'attached', caller };
  }
}

const CONNECTION = / conn=([0-9a-f-]{36})(?: |$)/;
const CLOSED = / code=\S{1,8} reason=(.*?)(?: phase=[a-z_]{1,40}(?: suppressed=(\d{1,6}))?)?$/;
const UNAUTHORIZED =
  /^unauthorized conn=(?<conn>[0-9a-f-]{36}) .*? client=(?<name>.*?) (?<mode>[a-z]{1,20}) v(?<version>\S*) role=(?<role>[a-z]{1,20}) scopes=\d{1,4} auth=\S{1,40} device=\S{1,8} platform=(?<platform>.*?) instance=(?<instance>.*?) host=.* reason=(?<reason>[a-z_]{1,60})(?: |$)/;
const PROTOCOL_MISMATCH =
  /^protocol mismatch conn=(?<conn>[0-9a-f-]{36}) .*? client=(?<name>.*?) (?<mode>[a-z]{1,20}) v(?<version>\S*)(?: |$)/;
const ATTACHED =
  /^← connect client=(?<client>\S{1,60})(?: clientDisplayName=(?<displayName>.*?))? version=(?<version>\S{1,60}) mode=(?<mode>[a-z]{1,20})(?: .*? platform=(?<platform>\S{1,60}))?/u;

function claimsIn(fields: Readonly<Record<string, string>>): Claims {
  const { clientDisplayName: displayName, client: clientId, ...claims } = fields;
  return { ...claims, displayName, clientId };
}

/** Only in the form that a gateway gives it: it ends in a command that somebody is told to run. */
function pairingIn({ requestId, reason }: Readonly<Record<string, string>>): PairingRequest {
  const isId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(requestId ?? '');
  return present({
    requestId: isId ? requestId : undefined,
    cause: PAIRING_CAUSES.find((known) => known === reason),
  });
}

function originOf({ remoteAddr, localAddr, forwardedFor }: Readonly<Record<string, string>>): Origin {
  return { remote: remoteAddr, local: localAddr, forwarded: forwardedFor };
}

function originIn(message: string): Origin {
  const forwarded = / fwd=(\S{1,200})/.exec(message)?.[1];
  return {
    remote: / remote=(\S{1,100})/.exec(message)?.[1],
    local: /->(\S{1,100}):\d{1,5}(?: |$)/.exec(message)?.[1],
    forwarded: forwarded === 'n/a' ? undefined : forwarded,
  };
}

function portOf({ message, fields }: LoggedLine): number | undefined {
  const found =
    fields.localPort ?? / (?:peer|endpoint)=\S{1,100}->\S{1,100}:(\d{1,5})(?: |$)/.exec(message)?.[1];
  const port = Number(found);
  return Number.isInteger(port) && port > 0 ? port : undefined;
}

/** 2026.4 names its address once in each start, in a line about something else. */
function signpostIn(message: string): Signpost | null {
  const found = /^canvas host mounted at https?:\/\/\S{1,100}:(\d{1,5})\//.exec(message);
  return found === null ? null : { port: Number(found[1]) };
}

function withheldIn(message: string): GatewayRecord | null {
  const found = /^node command surface withheld node=([0-9a-f]{64}) commands=(\S{1,8000})$/.exec(message);
  if (found === null) return null;
  const [, deviceId = '', commands = ''] = found;
  return { kind: 'commands-withheld', deviceId, commands: commands.split(',').length };
}

const TOKEN_REGENERATED = /^(?:gateway )?auth token was missing\. generated a (new|runtime) token\b/i;

const PAIRED = /^device pairing (?:auto-)?approved device=([0-9a-f]{64}) /;
/** `ready (5 plugins: …)`: 2026.4. A console leaves out what its subsystem says. */
const READY = /^(?:gateway )?ready(?: \(|$)/;
const STOPPING = /^received (SIG[A-Z0-9]{2,8}); (?:shutting down|restarting)$/;

function ofGateway(message: string): GatewayRecord | null {
  if (message === 'starting...') return { kind: 'starting' };
  const regenerated = TOKEN_REGENERATED.exec(message);
  if (regenerated !== null) {
    return { kind: 'token-regenerated', isSaved: regenerated[1]?.toLowerCase() === 'new' };
  }
  const deviceId = PAIRED.exec(message)?.[1];
  if (deviceId !== undefined) return { kind: 'paired', deviceId };
  if (READY.test(message)) return { kind: 'ready' };
  const signal = STOPPING.exec(message)?.[1];
  if (signal !== undefined) return { kind: 'stopping', signal };
  return message.startsWith('log file size cap reached; suppressing writes') ? { kind: 'log-full' } : null;
}
