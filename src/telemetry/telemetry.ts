import { pino, type Logger } from 'pino';
import {
  type AuthReason,
  type FailureReason,
  type NodeState,
  type SourceErrorKind,
  type SourceName,
  type SourceReport,
  wouldRestartHelp,
} from '../core/index.ts';
import { redactFields } from './redact.ts';
import { say, type Sentence } from './sentence.ts';
import { formatTextLine, type LogRecord } from './text-line.ts';
import { messageOf } from '../runtime/error-parts.ts';

/** Where and how our own lines are written. */
export interface TelemetryOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'text' | 'json';
  /** Takes one line with its newline; stderr unless told otherwise, since stdout is for what a command answers. */
  readonly write?: (line: string) => void;
  /** Wall clock of the lines, for tests. */
  readonly nowWallMs?: () => number;
}

type Level = TelemetryOptions['level'];
type Fields = Readonly<Record<string, unknown>>;

/**
 * Everything the exporter says about itself, one method for each event. A line is written when something changes, not
 * each time somebody looks. Credentials do not get through: neither under a telling name nor inside a URL.
 */
export class Telemetry {
  readonly #options: TelemetryOptions;
  #logger: Logger;
  /** By source, and by gateway where a source looks at several. */
  readonly #blindSources = new Map<string, SourceErrorKind>();
  /** What was told last that a person should know. */
  readonly #notes = new Map<SourceName, string>();

  constructor(options: TelemetryOptions) {
    this.#options = options;
    this.#logger = createLogger(options);
  }

  /** From the next line on. */
  configure({ level, format }: Pick<TelemetryOptions, 'level' | 'format'>): void {
    this.#logger = createLogger({ ...this.#options, level, format });
  }

  // The exporter itself.

  starting(details: { readonly version: string; readonly nodeVersion: string; readonly pid: number }): void {
    this.#emit('info', 'starting', say`openclaw-liveness-exporter ${details.version} starts`, {
      version: details.version,
      node_version: details.nodeVersion,
      pid: details.pid,
    });
  }

  listening(address: { readonly url: string }): void {
    this.#emit(
      'info',
      'listening',
      say`listening on ${address.url} (status page at /, /metrics, /livez, /readyz, /api/v1/nodes)`,
      {
        url: address.url,
      },
    );
  }

  stopping(why: { readonly signal: string }): void {
    this.#emit('info', 'stopping', say`${why.signal}: stopping; once more to stop at once`, {
      signal: why.signal,
    });
  }

  stopped(): void {
    this.#emit('info', 'stopped', say`stopped`, {});
  }

  stoppedByForce(why: { readonly reason: string }): void {
    this.#emit('warn', 'stopped_by_force', say`stopped without waiting any longer: ${why.reason}`, {
      reason: why.reason,
    });
  }

  cannotStart(problem: { readonly message: string }): void {
    this.#emit('error', 'cannot_start', say`${problem.message}`, {});
  }

  configDoubtful(warning: { readonly message: string }): void {
    this.#emit('warn', 'config_doubtful', say`${warning.message}`, {});
  }

  /** Another certificate, other users, or after a mistake the old ones again. */
  webConfigLoaded(file: { readonly path: string }): void {
    this.#emit('info', 'web_config_loaded', say`web config ${file.path} is in force as it is now`, {
      path: file.path,
    });
  }

  webConfigRejected(file: { readonly path: string; readonly message: string }): void {
    const message = say`web config ${file.path} was changed and cannot be used, so what was in force stays: ${file.message}`;
    this.#emit('error', 'web_config_rejected', message, { path: file.path });
  }

  /** Also where nothing has changed: whoever asked wants to see that it was done. */
  configReloaded(changes: {
    readonly applied: readonly string[];
    readonly needsRestart: readonly string[];
  }): void {
    const { applied, needsRestart } = changes;
    const message = say`configuration reloaded: ${applied.length === 0 ? 'nothing to change' : applied.join('; ')}`;
    this.#emit('info', 'config_reloaded', message, { changes: applied.length });
    if (needsRestart.length === 0) return;
    const waiting = say`not in force before a restart of the exporter: ${needsRestart.join('; ')}`;
    this.#emit('warn', 'config_needs_restart', waiting, { settings: needsRestart.length });
  }

  configNotReloaded(mistakes: { readonly problems: readonly string[] }): void {
    const { problems } = mistakes;
    const message = say`configuration not reloaded, what was in force stays: ${problems.join('; ')}`;
    this.#emit('error', 'config_not_reloaded', message, { problems: problems.length });
  }

  /** The exporter's own tick came late: its machine slept or is overloaded, so every deadline starts anew. */
  doubtedItself(doubt: { readonly reason: string; readonly lateMs: number }): void {
    this.#emit('warn', 'doubted_itself', say`deadlines start anew: ${doubt.reason}`, {
      reason: doubt.reason,
      late_ms: Math.round(doubt.lateMs),
    });
  }

  /** Something that nobody expected; the only event with a stack. */
  surprised(where: string, error: unknown): void {
    const message = messageOf(error);
    const stack = error instanceof Error ? error.stack : undefined;
    this.#emit('error', 'surprised', say`unexpected error in ${where}: ${message}`, {
      where,
      ...(stack !== undefined && { stack }),
    });
  }

  // Verdicts.

  /** Nobody named one, one was looked for, and there is none: said once. */
  noNodeHostHere(): void {
    this.#emit(
      'info',
      'no_node_host_here',
      say`no node host was found on this machine; if one should run here, name it with --node.state-dir, --node.pid-file, --node.systemd-unit or --node.launchd-label`,
      {},
    );
  }

  nodeHostFound(node: {
    readonly name: string;
    readonly scope: 'local' | 'remote';
    readonly state: NodeState;
  }): void {
    this.#emit(
      'info',
      'node_host_found',
      say`node host ${quote(node.name)} is watched (${node.scope}): ${node.state}`,
      {
        node_host: node.name,
        scope: node.scope,
        state: node.state,
      },
    );
  }

  stateChanged(change: {
    readonly name: string;
    readonly from: NodeState;
    readonly to: NodeState;
    readonly reasons: readonly string[];
    readonly why: string;
    readonly live: boolean;
  }): void {
    const level: Level = wouldRestartHelp(change.to) ? 'warn' : 'info';
    const message = say`node host ${quote(change.name)}: ${change.from} -> ${change.to}. ${change.why}`;
    this.#emit(level, 'state_changed', message, {
      node_host: change.name,
      from: change.from,
      to: change.to,
      reasons: change.reasons.join(','),
      live: change.live,
    });
  }

  restartBudgetExhausted(node: { readonly name: string; readonly restarts: number }): void {
    const message = say`node host ${quote(node.name)}: ${node.restarts} restarts did not help; /livez stays 200 so that it is not restarted for ever`;
    this.#emit('warn', 'restart_budget_exhausted', message, {
      node_host: node.name,
      restarts: node.restarts,
    });
  }

  supervisorGaveUp(node: { readonly name: string; readonly unit: string; readonly lastExit: string }): void {
    const message = say`node host ${quote(node.name)}: ${node.unit} will not be started again by its service manager (${node.lastExit})`;
    this.#emit('warn', 'supervisor_gave_up', message, { node_host: node.name, unit: node.unit });
  }

  nodeHostsDropped(limit: { readonly dropped: number; readonly max: number }): void {
    const message = say`${limit.dropped} node hosts have no metrics: limits.max_nodes is ${limit.max}; raise it, or watch fewer`;
    this.#emit('warn', 'node_hosts_dropped', message, { dropped: limit.dropped, max_nodes: limit.max });
  }

  nodeHostForgotten(node: {
    readonly name: string;
    readonly why: 'unlisted' | 'unseen';
    readonly unseenDays: number;
  }): void {
    const why =
      node.why === 'unlisted'
        ? 'the gateway has not listed it for some minutes'
        : `it was not connected for ${node.unseenDays} days`;
    this.#emit('info', 'node_host_forgotten', say`node host ${quote(node.name)} is forgotten: ${why}`, {
      node_host: node.name,
      why: node.why,
      unseen_days: node.unseenDays,
    });
  }

  // The gateway.

  gatewayReachable(gateway: { readonly url: string; readonly rttMs: number }): void {
    this.#emit('info', 'gateway_reachable', say`gateway ${gateway.url} answers`, {
      gateway: gateway.url,
      rtt_ms: Math.round(gateway.rttMs),
    });
  }

  gatewayUnreachable(gateway: {
    readonly url: string;
    readonly reason: FailureReason;
    readonly message: string;
  }): void {
    this.#emit(
      'warn',
      'gateway_unreachable',
      say`gateway ${gateway.url} does not answer: ${gateway.message}`,
      {
        gateway: gateway.url,
        reason: gateway.reason,
      },
    );
  }

  gatewayRestarted(gateway: { readonly url: string }): void {
    this.#emit('info', 'gateway_restarted', say`gateway ${gateway.url} was restarted`, {
      gateway: gateway.url,
    });
  }

  /** Which gateway is watched, once that is known or when it turns out to be another. */
  gatewayChosen(gateway: { readonly url: string; readonly from: string }): void {
    this.#emit('info', 'gateway_chosen', say`watching gateway ${gateway.url} (${gateway.from})`, {
      gateway: gateway.url,
      from: gateway.from,
    });
  }

  sessionOpened(session: {
    readonly gateway: string;
    readonly serverVersion: string;
    readonly protocol: number;
  }): void {
    const message = say`session with gateway ${session.gateway} (${session.serverVersion}) opened`;
    this.#emit('info', 'session_opened', message, {
      gateway: session.gateway,
      server_version: session.serverVersion,
      protocol: session.protocol,
    });
  }

  sessionClosed(session: { readonly gateway: string; readonly code: number; readonly reason: string }): void {
    const message = say`session with gateway ${session.gateway} closed (${session.code}): ${session.reason}`;
    this.#emit('info', 'session_closed', message, { gateway: session.gateway, code: session.code });
  }

  sessionRefused(refusal: {
    readonly gateway: string;
    readonly auth: AuthReason;
    readonly detailCode: string;
    readonly retryInMs: number;
  }): void {
    const seconds = Math.round(refusal.retryInMs / 1_000);
    const message = say`gateway ${refusal.gateway} refused our own session (${refusal.auth}); trying again in ${seconds} s, or when the credential changes`;
    this.#emit('warn', 'session_refused', message, {
      gateway: refusal.gateway,
      auth: refusal.auth,
      detail_code: refusal.detailCode,
      retry_in_s: seconds,
    });
  }

  // Sources.

  /** To be told of every look of every source; writes a line when a source goes blind, or for another reason, or sees. */
  sourceReported(report: SourceReport): void {
    const { source, gateway, error } = report;
    this.#noteOf(report);
    const key = `${source} ${gateway ?? ''}`;
    const before = this.#blindSources.get(key);
    const which = { source, ...(gateway !== undefined && { gateway }) };
    if (error === undefined) {
      if (before === undefined) return;
      this.#blindSources.delete(key);
      this.sourceRecovered(which);
    } else if (error.kind !== before) {
      this.#blindSources.set(key, error.kind);
      this.sourceBlind({ ...which, ...error });
    }
  }

  #noteOf({ source, note }: SourceReport): void {
    if (note === this.#notes.get(source)) return;
    if (note === undefined) this.#notes.delete(source);
    else {
      this.#notes.set(source, note);
      this.#emit('info', 'source_note', say`source ${source}: ${note}`, { source });
    }
  }

  sourceBlind(blind: {
    readonly source: SourceName;
    readonly gateway?: string;
    readonly kind: SourceErrorKind;
    readonly message: string;
  }): void {
    const { source, gateway, kind, message } = blind;
    this.#emit('warn', 'source_blind', say`source ${source} cannot look${atGateway(gateway)}: ${message}`, {
      source,
      ...(gateway !== undefined && { gateway }),
      kind,
    });
  }

  sourceRecovered({ source, gateway }: { readonly source: SourceName; readonly gateway?: string }): void {
    this.#emit('info', 'source_recovered', say`source ${source} can look${atGateway(gateway)} again`, {
      source,
      ...(gateway !== undefined && { gateway }),
    });
  }

  logFollowed(log: { readonly target: string; readonly where: string }): void {
    this.#emit('info', 'log_followed', say`reading the log ${log.where}`, {
      target: log.target,
      where: log.where,
    });
  }

  // OTLP.

  otlpLinkUp(link: { readonly signal: string; readonly endpoint: string }): void {
    this.#emit('info', 'otlp_link_up', say`OTLP ${link.signal} are taken by ${link.endpoint}`, {
      signal: link.signal,
      endpoint: link.endpoint,
    });
  }

  otlpLinkDown(link: {
    readonly signal: string;
    readonly endpoint: string;
    readonly reason: string;
    readonly message: string;
  }): void {
    const message = say`OTLP ${link.signal} are not taken by ${link.endpoint}: ${link.message}; everything else goes on`;
    this.#emit('warn', 'otlp_link_down', message, {
      signal: link.signal,
      endpoint: link.endpoint,
      reason: link.reason,
    });
  }

  otlpCannotSend(signal: { readonly signal: string; readonly message: string }): void {
    this.#emit('error', 'otlp_cannot_send', say`OTLP ${signal.signal} cannot be sent: ${signal.message}`, {
      signal: signal.signal,
    });
  }

  otlpComplained(complaint: { readonly message: string }): void {
    this.#emit('warn', 'otlp_complained', say`OTLP: ${complaint.message}`, {});
  }

  otlpNotFlushed(flush: { readonly afterMs: number }): void {
    const seconds = Math.round(flush.afterMs / 1_000);
    const message = say`OTLP: the collector did not take everything within ${seconds} s of stopping; the rest is lost`;
    this.#emit('warn', 'otlp_not_flushed', message, { after_s: seconds });
  }

  // The state file.

  stateFileRestored(file: { readonly path: string; readonly nodes: number }): void {
    this.#emit(
      'info',
      'state_file_restored',
      say`counters of ${file.nodes} node hosts restored from ${file.path}`,
      {
        path: file.path,
        nodes: file.nodes,
      },
    );
  }

  /** The clock was wrong when it was written. */
  stateFileFromTheFuture(file: { readonly path: string; readonly aheadMs: number }): void {
    const seconds = Math.round(file.aheadMs / 1_000);
    const message = say`state file ${file.path} has times up to ${seconds} s in the future: a clock was wrong; they count as the past`;
    this.#emit('warn', 'state_file_from_the_future', message, { path: file.path, ahead_s: seconds });
  }

  stateFileSetAside(file: { readonly path: string; readonly movedTo: string; readonly why: string }): void {
    const message = say`state file ${file.path} cannot be used (${file.why}); it was moved to ${file.movedTo} and counters start at zero`;
    this.#emit('warn', 'state_file_set_aside', message, { path: file.path, moved_to: file.movedTo });
  }

  stateFileNotWritten(file: { readonly path: string; readonly message: string }): void {
    const message = say`state file ${file.path} cannot be written (${file.message}); counters would be lost at a restart`;
    this.#emit('error', 'state_file_not_written', message, { path: file.path });
  }

  stateFileWrittenAgain(file: { readonly path: string }): void {
    this.#emit('info', 'state_file_written_again', say`state file ${file.path} is written again`, {
      path: file.path,
    });
  }

  /** Not enough to keep the exporter from running. */
  stateDirectoryDoubtful(directory: { readonly path: string; readonly message: string }): void {
    const message = say`state directory ${directory.path}: ${directory.message}; the exporter runs all the same`;
    this.#emit('warn', 'state_directory_doubtful', message, { path: directory.path });
  }

  #emit(level: Level, event: string, { text }: Sentence, fields: Fields): void {
    this.#logger[level]({ event, ...redactFields(fields) }, text);
  }
}

function createLogger({
  level,
  format,
  write = writeToStderr,
  nowWallMs = Date.now,
}: TelemetryOptions): Logger {
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(nowWallMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line) => {
        write(format === 'json' ? line : formatTextLine(JSON.parse(line) as LogRecord));
      },
    },
  );
}

function writeToStderr(line: string): void {
  process.stderr.write(line);
}

function atGateway(gateway: string | undefined): string {
  return gateway === undefined ? '' : ` at gateway ${gateway}`;
}

function quote(name: string): string {
  return JSON.stringify(name);
}
