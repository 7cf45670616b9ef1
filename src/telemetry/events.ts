import {
  type AuthReason,
  type FailureReason,
  type NodeState,
  type RecoveryOutcome,
  type SourceErrorKind,
  type SourceName,
  wouldRestartHelp,
} from '../core/index.ts';
import { messageOf } from '../runtime/error-parts.ts';
import { say, type Sentence } from './sentence.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** What an event comes to in the log. */
export interface Line {
  readonly level: Level;
  readonly sentence: Sentence;
  /** The facts for programs; one that is `undefined` is left out. */
  readonly fields: Readonly<Record<string, unknown>>;
}

type Describe = (sentence: Sentence, fields?: Line['fields']) => Line;

function at(level: Level): Describe {
  return (sentence, fields = {}) => ({ level, sentence, fields });
}

const info = at('info');
const warn = at('warn');
const error = at('error');

interface Message {
  readonly message: string;
}

/** Everything the exporter says about itself: what is known of each event, and the line that it makes. */
export const EVENTS = {
  // The exporter itself.

  starting: ({ version, ...process }: { version: string; nodeVersion: string; pid: number }) =>
    info(say`openclaw-liveness-exporter ${version} starts`, {
      version,
      node_version: process.nodeVersion,
      pid: process.pid,
    }),

  listening: ({ url }: { url: string }) =>
    info(say`listening on ${url} (status page at /, /metrics, /livez, /readyz, /api/v1/nodes)`, { url }),

  stopping: ({ signal }: { signal: string }) =>
    info(say`${signal}: stopping; once more to stop at once`, { signal }),

  stopped: () => info(say`stopped`),

  stoppedByForce: ({ reason }: { reason: string }) => warn(say`stopped at once: ${reason}`, { reason }),

  cannotStart: ({ message }: Message) => error(say`${message}`),

  configDoubtful: ({ message }: Message) => warn(say`${message}`),

  /** Another certificate, other users, or after a mistake the old ones again. */
  webConfigLoaded: ({ path }: { path: string }) =>
    info(say`web config ${path} was read again and is in force`, { path }),

  webConfigRejected: ({ path, message }: Message & { path: string }) =>
    error(say`web config ${path} cannot be used, so the one before stays in force: ${message}`, {
      path,
    }),

  /** Also where nothing has changed: whoever asked wants to see that it was done. */
  configReloaded: ({ applied }: { applied: readonly string[] }) =>
    info(say`configuration reloaded: ${applied.length === 0 ? 'nothing to change' : applied.join('; ')}`, {
      changes: applied.length,
    }),

  configNeedsRestart: ({ needsRestart }: { needsRestart: readonly string[] }) =>
    warn(say`needs a restart of the exporter to take effect: ${needsRestart.join('; ')}`, {
      settings: needsRestart.length,
    }),

  configNotReloaded: ({ problems }: { problems: readonly string[] }) =>
    error(say`configuration not reloaded, the one before stays in force: ${problems.join('; ')}`, {
      problems: problems.length,
    }),

  /** The exporter's own tick came late: its machine slept or is overloaded, so every deadline starts anew. */
  doubtedItself: ({ reason, lateMs }: { reason: string; lateMs: number }) =>
    warn(say`all deadlines start again: ${reason}`, { reason, late_ms: Math.round(lateMs) }),

  /** Something that nobody expected; the only event with a stack. */
  surprised: (where: string, problem: unknown) =>
    error(say`unexpected error in ${where}: ${messageOf(problem)}`, {
      where,
      stack: problem instanceof Error ? problem.stack : undefined,
    }),

  // Verdicts.

  /** Nobody named one, one was looked for, and there is none: said once. */
  noNodeHostHere: () =>
    info(
      say`no node host was found on this machine; if one should run here, name it with --node.state-dir, --node.pid-file, --node.systemd-unit or --node.launchd-label`,
    ),

  nodeHostFound: ({ name, scope, state }: { name: string; scope: 'local' | 'remote'; state: NodeState }) =>
    info(say`node host ${quote(name)} is watched (${scope}): ${state}`, { node_host: name, scope, state }),

  stateChanged: (change: {
    name: string;
    from: NodeState;
    to: NodeState;
    reasons: readonly string[];
    why: string;
    live: boolean;
  }) =>
    at(wouldRestartHelp(change.to) ? 'warn' : 'info')(
      say`node host ${quote(change.name)}: ${change.from} -> ${change.to}. ${change.why}`,
      {
        node_host: change.name,
        from: change.from,
        to: change.to,
        reasons: change.reasons.join(','),
        live: change.live,
      },
    ),

  restartBudgetExhausted: ({ name, restarts }: { name: string; restarts: number }) =>
    warn(
      say`node host ${quote(name)}: ${restarts} restarts did not help; /livez stays 200 so that it is not restarted for ever`,
      { node_host: name, restarts },
    ),

  supervisorGaveUp: ({ name, unit, lastExit }: { name: string; unit: string; lastExit: string }) =>
    warn(
      say`node host ${quote(name)}: ${unit} will not be started again by its service manager (${lastExit})`,
      { node_host: name, unit },
    ),

  nodeHostsDropped: ({ dropped, max }: { dropped: number; max: number }) =>
    warn(say`${dropped} node hosts have no metrics: limits.max_nodes is ${max}; raise it, or watch fewer`, {
      dropped,
      max_nodes: max,
    }),

  nodeHostForgotten: ({
    name,
    why,
    unseenDays,
  }: {
    name: string;
    why: 'unlisted' | 'unseen';
    unseenDays: number;
  }) =>
    info(
      why === 'unlisted'
        ? say`node host ${quote(name)} is forgotten: the gateway has not listed it for some minutes`
        : say`node host ${quote(name)} is forgotten: it was not connected for ${unseenDays} days`,
      { node_host: name, why, unseen_days: unseenDays },
    ),

  // Recovery.

  /** Everything but this speaks for a restart. */
  recoveryHeld: ({ name, because, words }: Record<'name' | 'because' | 'words', string>) =>
    info(say`node host ${quote(name)} is not restarted: ${words}`, { node_host: name, because }),

  recoveryStarted: ({ name, command, why }: Record<'name' | 'command' | 'why', string>) =>
    warn(say`node host ${quote(name)} is restarted by ${command}: ${why}`, { node_host: name, command }),

  recoveryEnded: (end: { name: string; outcome: RecoveryOutcome; words: string; attachedAfterMs?: number }) =>
    at(end.outcome === 'attached' || end.outcome === 'dry_run' ? 'info' : 'warn')(
      say`node host ${quote(end.name)}: ${end.outcome}. ${end.words}`,
      { node_host: end.name, outcome: end.outcome, attached_after_ms: end.attachedAfterMs },
    ),

  recoveryOn: ({ pauseFile, dryRun }: { pauseFile: string; dryRun: boolean }) =>
    info(say`recovery is on${dryRun ? ', as a dry run' : ''}; ${pauseFile} pauses it`, {
      pause_file: pauseFile,
    }),

  recoveryPaused: ({ reason, untilWallMs }: { reason: string; untilWallMs: number }) =>
    info(say`recovery is paused until ${new Date(untilWallMs).toISOString()}: ${reason}`),

  recoveryResumed: () => info(say`recovery is not paused any more`),

  recoveryDoubtful: ({ message }: Message) => error(say`recovery: ${message}`),

  // The gateway.

  gatewayReachable: ({ url, rttMs }: { url: string; rttMs: number }) =>
    info(say`gateway ${url} answers`, { gateway: url, rtt_ms: Math.round(rttMs) }),

  gatewayUnreachable: ({ url, reason, message }: Message & { url: string; reason: FailureReason }) =>
    warn(say`gateway ${url} does not answer: ${message}`, { gateway: url, reason }),

  gatewayRestarted: ({ url }: { url: string }) => info(say`gateway ${url} was restarted`, { gateway: url }),

  /** Which gateway is watched, once that is known or when it turns out to be another. */
  gatewayChosen: ({ url, from }: { url: string; from: string }) =>
    info(say`watching gateway ${url} (${from})`, { gateway: url, from }),

  sessionOpened: (session: { gateway: string; serverVersion: string; protocol: number }) =>
    info(say`session with gateway ${session.gateway} (${session.serverVersion}) opened`, {
      gateway: session.gateway,
      server_version: session.serverVersion,
      protocol: session.protocol,
    }),

  sessionClosed: ({ gateway, code, reason }: { gateway: string; code: number; reason: string }) =>
    info(say`session with gateway ${gateway} closed (${code}): ${reason}`, { gateway, code }),

  sessionRefused: (refusal: { gateway: string; auth: AuthReason; detailCode: string; retryInMs: number }) =>
    warn(
      say`gateway ${refusal.gateway} refused the exporter’s own session (${refusal.auth}); trying again in ${seconds(refusal.retryInMs)} s, or when the credential changes`,
      {
        gateway: refusal.gateway,
        auth: refusal.auth,
        detail_code: refusal.detailCode,
        retry_in_s: seconds(refusal.retryInMs),
      },
    ),

  // Sources.

  sourceBlind: ({ source, gateway, kind, message }: Message & Which & { kind: SourceErrorKind }) =>
    warn(say`source ${source} cannot see${atGateway(gateway)}: ${message}`, { source, gateway, kind }),

  sourceRecovered: ({ source, gateway }: Which) =>
    info(say`source ${source} can see${atGateway(gateway)} again`, { source, gateway }),

  sourceNote: ({ source, note }: { source: SourceName; note: string }) =>
    info(say`source ${source}: ${note}`, { source }),

  logGap: ({ source, message }: Message & { source: SourceName }) =>
    warn(say`source ${source}: ${message}`, { source }),

  logFollowed: ({ target, where }: { target: string; where: string }) =>
    info(say`reading the log ${where}`, { target, where }),

  logShared: ({ place, targets }: { place: string; targets: readonly string[] }) =>
    warn(
      say`the log ${place} is not read: node hosts ${targets.map(quote).join(' and ')} write to it, and nobody can tell whose a line is; give each a log of its own`,
      { where: place, targets },
    ),

  // OTLP.

  otlpLinkUp: ({ signal, endpoint }: { signal: string; endpoint: string }) =>
    info(say`${endpoint} accepts OTLP ${signal}`, { signal, endpoint }),

  otlpLinkDown: ({
    signal,
    endpoint,
    reason,
    message,
  }: Message & Record<'signal' | 'endpoint' | 'reason', string>) =>
    warn(say`${endpoint} does not accept OTLP ${signal}: ${message}; verdicts, /metrics and /livez go on`, {
      signal,
      endpoint,
      reason,
    }),

  otlpCannotSend: ({ signal, message }: Message & { signal: string }) =>
    error(say`OTLP ${signal} cannot be sent: ${message}`, { signal }),

  otlpComplained: ({ message }: Message) => warn(say`OTLP: ${message}`),

  otlpNotFlushed: ({ afterMs }: { afterMs: number }) =>
    warn(
      say`OTLP: the collector did not take everything within ${seconds(afterMs)} s of stopping; the rest is lost`,
      { after_s: seconds(afterMs) },
    ),

  // The service manager.

  serviceManagerNotTold: ({ message }: Message) =>
    warn(say`the service manager could not be told how this process is: ${message}`),

  // The state file.

  stateFileRestored: ({ path, nodes }: { path: string; nodes: number }) =>
    info(say`counters of ${nodes} ${nodes === 1 ? 'node host' : 'node hosts'} restored from ${path}`, {
      path,
      nodes,
    }),

  /** The clock was wrong when it was written. */
  stateFileFromTheFuture: ({ path, aheadMs }: { path: string; aheadMs: number }) =>
    warn(
      say`state file ${path} has times up to ${seconds(aheadMs)} s in the future: a clock was wrong; they count as the past`,
      { path, ahead_s: seconds(aheadMs) },
    ),

  stateFileSetAside: ({ path, movedTo, why }: Record<'path' | 'movedTo' | 'why', string>) =>
    warn(
      say`state file ${path} cannot be used (${why}); it was moved to ${movedTo} and counters start at zero`,
      { path, moved_to: movedTo },
    ),

  stateFileNotWritten: ({ path, message }: Message & { path: string }) =>
    error(say`state file ${path} cannot be written (${message}); counters would be lost at a restart`, {
      path,
    }),

  stateFileWrittenAgain: ({ path }: { path: string }) =>
    info(say`state file ${path} is written again`, { path }),

  // Who is told.

  notified: ({ channel, alerts }: { channel: string; alerts: number }) =>
    info(say`${channel} was told of ${alerts} ${alerts === 1 ? 'page' : 'pages'}`, { channel, alerts }),

  notNotified: ({ channel, why, inARow }: { channel: string; why: string; inARow: number }) =>
    error(say`${channel} could not be told what pages: ${why}; the exporter tries again`, {
      channel,
      in_a_row: inARow,
    }),

  deadManNotCalled: ({ why }: { why: string }) =>
    error(say`the dead man’s URL could not be called: ${why}; the exporter tries again every minute`),

  deadManWithheld: ({ why }: { why: string }) =>
    error(say`the dead man’s URL is not called, so that whoever waits for it learns of this: ${why}`),

  /** Not enough to keep the exporter from running. */
  stateDirectoryDoubtful: ({ path, message }: Message & { path: string }) =>
    warn(say`state directory ${path}: ${message}; the exporter runs all the same`, { path }),
} as const satisfies Readonly<Record<string, (...facts: never[]) => Line>>;

/** A source, and the gateway that it looks at where it looks at several. */
interface Which {
  readonly source: SourceName;
  readonly gateway?: string | undefined;
}

function atGateway(gateway: string | undefined): string {
  return gateway === undefined ? '' : ` at gateway ${gateway}`;
}

function quote(name: string): string {
  return JSON.stringify(name);
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
