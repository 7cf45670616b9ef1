import { DEFAULT_THRESHOLDS, type Thresholds } from '../core/index.ts';
import { LOG_FORMATS, LOG_LEVELS } from './config.ts';
import { formatDuration } from './duration.ts';

/** How the text of a flag or an environment variable becomes a value. */
export type SettingKind = 'text' | 'number' | 'switch' | 'duration' | 'list';

/** One thing that can be configured: the only place where its key, flag, variable, default and reason are written. */
export interface Setting {
  /** As in the file: `web.listen_address`; `nodes[].log` for what each entry of a list has. */
  readonly key: string;
  readonly flag?: string;
  readonly variable?: string;
  /** The flag's argument in `--help`. */
  readonly argument?: string;
  readonly kind: SettingKind;
  /** What it is for, for `--help`. */
  readonly help: string;
  /** What may be written, for error messages: `allowed: …`. */
  readonly allowed: string;
  /** As it would be written in the file; absent where the default is found at start. */
  readonly default?: string | number | boolean;
  /** In words, what holds where nothing is written; absent where that is `default` or is found at start. */
  readonly otherwise?: string;
  /** Why the default is what it is; for a default found at start, also how. Thresholds have theirs in core/model/thresholds.ts. */
  readonly why: string;
}

/** What a node host is named by; the flags of the same names begin one. */
export const LOCATOR_FIELDS = ['state_dir', 'pid_file', 'systemd_unit', 'launchd_label'] as const;

const DURATION = 'a duration such as 90s, 10m, 1h30m or 500ms, or a number of seconds';

/** A range in words and numbers at once, so that a message cannot promise what the schema refuses. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export const RANGES = {
  maxNodes: { min: 1, max: 100_000 },
  maxRequests: { min: 1, max: 1_000 },
  forgetDays: { min: 1, max: 3_650 },
  probeInterval: { min: SECOND, max: 60 * MINUTE },
  probeTimeout: { min: 100, max: MINUTE },
  recoveryHeld: { min: 10 * SECOND, max: 60 * MINUTE },
  recoveryWait: { min: 0, max: DAY },
  recoveryCommand: { min: SECOND, max: 10 * MINUTE },
  recoveryAttach: { min: 10 * SECOND, max: 30 * MINUTE },
  recoveryCooldown: { min: MINUTE, max: DAY },
  recoveryAttempts: { min: 1, max: 20 },
  /** Faster costs more than it sees; slower misses every promised time. */
  tick: { min: 100, max: 10 * SECOND },
  /** setTimeout cannot wait longer than 24 days; no verdict should. */
  repeatInterval: { min: SECOND, max: 7 * DAY },
  thresholdDuration: { min: 1, max: 7 * DAY },
  thresholdFactor: { min: 1, max: 100 },
  thresholdCount: { min: 1, max: 1_000 },
} as const satisfies Record<string, Range>;

function wholeNumber({ min, max }: Range): string {
  return `a whole number from ${min} to ${max}`;
}

function durationWithin({ min, max }: Range): string {
  return `${DURATION}, from ${formatDuration(min)} to ${formatDuration(max)}`;
}

const GATEWAY_URL = 'ws://, wss://, http:// or https:// followed by host[:port][/path], or host:port';
const TOKEN_FILE = 'the path of a file that holds the token';
const A_LOG = 'the path of a file, journal, auto or none';
const FINGERPRINT = '64 hexadecimal digits, with or without colons';
export const MAX_NAME_LENGTH = 128;
const A_NAME = `a name of 1 to ${MAX_NAME_LENGTH} characters on one line`;

export const SETTINGS = [
  {
    key: 'web.listen_address',
    flag: '--web.listen-address',
    argument: '<address>',
    kind: 'list',
    help: 'where /metrics, /livez, /readyz and /api/v1 are served (repeatable)',
    allowed: 'host:port, :port for every address of the machine, [IPv6]:port, or unix:path',
    default: '127.0.0.1:9789',
    why: 'Only this machine can reach it; whoever wants more should choose that.',
  },
  {
    key: 'web.config_file',
    flag: '--web.config.file',
    argument: '<path>',
    kind: 'text',
    help: 'TLS, passwords and headers, in the format of Prometheus’s exporter-toolkit',
    allowed: 'the path of a web config file (docs/security.md)',
    otherwise: 'none: plain HTTP, without a password',
    why: 'The loopback interface is for everybody on this machine anyway. The file is read again when it changes.',
  },
  {
    key: 'web.systemd_socket',
    flag: '--web.systemd-socket',
    kind: 'switch',
    help: 'serve on the sockets that systemd passes, and on addresses that are given',
    allowed: 'true or false',
    default: false,
    why: 'Socket activation needs a unit that says so; see docs/security.md.',
  },
  {
    key: 'web.socket_mode',
    kind: 'text',
    help: 'who may connect to a unix: address, as file permissions',
    allowed: 'three octal digits in quotes, such as "660"',
    default: '660',
    why: 'Only the same user and group may connect, and need no password. With a mode that lets every user in, passwords are asked for.',
  },
  {
    key: 'web.open_probes',
    flag: '--web.open-probes',
    kind: 'switch',
    help: 'ask for no password at /livez, /readyz, /-/healthy and /-/ready',
    allowed: 'true or false',
    default: false,
    why: 'These pages name node hosts and say how they are. A kubelet has no password, takes 401 for a failure and would restart a healthy node host: it needs this, or a unix: address.',
  },
  {
    key: 'web.max_requests',
    flag: '--web.max-requests',
    argument: '<count>',
    kind: 'number',
    help: 'how many pages may be under way at once',
    allowed: wholeNumber(RANGES.maxRequests),
    default: 40,
    why: 'As node_exporter. One more is answered with 503; probes are not counted.',
  },
  {
    key: 'web.created_timestamps',
    flag: '--web.created-timestamps',
    kind: 'switch',
    help: 'say in OpenMetrics when each counter was zero, as `_created`',
    allowed: 'true or false',
    default: false,
    why: 'A Prometheus without `created-timestamp-zero-ingestion` stores each as a series of its own, and nearly doubles what it stores. Over OTLP it is always said.',
  },
  {
    key: 'web.enable_lifecycle',
    flag: '--web.enable-lifecycle',
    kind: 'switch',
    help: 'reload the configuration at POST /-/reload (SIGHUP always does)',
    allowed: 'true or false',
    default: false,
    why: 'Named as in Prometheus, and off as there: whoever reaches the port could keep the exporter busy reading files.',
  },
  {
    key: 'gateway.url',
    flag: '--gateway.url',
    argument: '<url>',
    kind: 'text',
    help: 'the gateway to watch',
    allowed: GATEWAY_URL,
    why: 'Found at start: the endpoint that the watched node host dials; else `gateway.remote.url` (mode `remote`) or `gateway.port` of `openclaw.json`, or `OPENCLAW_GATEWAY_PORT`; else `ws://127.0.0.1:18789`, where OpenClaw listens unless told otherwise.',
  },
  {
    key: 'gateway.token_file',
    flag: '--gateway.token-file',
    argument: '<path>',
    kind: 'text',
    help: 'a file with the gateway token (mode 0600)',
    allowed: TOKEN_FILE,
    why: 'Found at start, as OpenClaw does: `OPENCLAW_GATEWAY_TOKEN`, `OPENCLAW_GATEWAY_TOKEN_FILE`, then `gateway.auth.token` of `openclaw.json`. Read again before every try, so a rotated token needs no restart.',
  },
  {
    key: 'gateway.tls_fingerprint',
    flag: '--gateway.tls-fingerprint',
    argument: '<sha256>',
    kind: 'text',
    help: 'SHA-256 fingerprint that the certificate of a wss:// gateway must have',
    allowed: FINGERPRINT,
    why: 'Without one the system decides which certificates to trust; `gateway.remote.tlsFingerprint` of `openclaw.json` is used when the URL comes from there.',
  },
  {
    key: 'gateway.log',
    flag: '--gateway.log',
    argument: '<where>',
    kind: 'text',
    help: 'where the gateway itself logs: a path, journal, auto or none',
    allowed: A_LOG,
    otherwise: 'auto',
    why: 'Found at start where the gateway runs on this machine: `logging.file` of `openclaw.json`, and `/tmp/openclaw/openclaw-<date>.log` (with the profile: `openclaw-<profile>-<date>.log`), where OpenClaw writes unless told otherwise. Its console is read as well as its records; the console of 2026.4 names less.',
  },
  {
    key: 'gateways[].url',
    kind: 'text',
    help: 'one of the gateways to watch',
    allowed: GATEWAY_URL,
    otherwise: 'none: every entry has one',
    why: 'As `gateway.url`. No two entries may share host and port: the address that a node host dials says which gateway it belongs to.',
  },
  {
    key: 'gateways[].name',
    kind: 'text',
    help: 'what to call it: the label `gateway` of its metrics',
    allowed: A_NAME,
    otherwise: 'host and port of its url',
    why: 'A name stays when the address changes, and what was counted stays with it. Every entry needs a different one.',
  },
  {
    key: 'gateways[].token_file',
    kind: 'text',
    help: 'a file with the token of this gateway (mode 0600)',
    allowed: TOKEN_FILE,
    otherwise: 'none: this gateway is looked at by HTTP alone',
    why: 'The only place that its token is taken from: the token of one gateway is never sent to another. Read again before every try.',
  },
  {
    key: 'gateways[].tls_fingerprint',
    kind: 'text',
    help: 'SHA-256 fingerprint that the certificate of this wss:// gateway must have',
    allowed: FINGERPRINT,
    otherwise: 'none',
    why: 'Without one the system decides which certificates to trust.',
  },
  {
    key: 'gateways[].log',
    kind: 'text',
    help: 'where this gateway itself logs: a path, journal, auto or none',
    allowed: A_LOG,
    otherwise: 'auto: as `gateway.log`, where its url is a loopback address',
    why: 'Several gateways of one machine may share a file: their lines are told apart by the port.',
  },
  {
    key: 'gateways[].probe',
    kind: 'switch',
    help: 'whether node hosts are probed by way of this gateway; its token must allow operator.write',
    allowed: 'true or false',
    otherwise: 'as `probe.enabled`; false without a `token_file`',
    why: 'A probe needs a token that may run anything; that one gateway is probed should not require such a token of all.',
  },
  {
    key: 'nodes[].state_dir',
    flag: '--node.state-dir',
    argument: '<path>',
    kind: 'text',
    help: 'watch the node host with this state directory (repeatable)',
    allowed: 'the path of a directory',
    otherwise: 'that of OpenClaw, where no other node host is named',
    why: 'Without any node host configured, the one of OpenClaw’s own default: `OPENCLAW_STATE_DIR`, else `~/.openclaw` (`~/.openclaw-<profile>`).',
  },
  {
    key: 'nodes[].pid_file',
    flag: '--node.pid-file',
    argument: '<path>',
    kind: 'text',
    help: 'watch the node host whose pid is in this file (repeatable)',
    allowed: 'the path of a file',
    otherwise: 'none',
    why: 'For node hosts under a supervisor that writes one.',
  },
  {
    key: 'nodes[].systemd_unit',
    flag: '--node.systemd-unit',
    argument: '<unit>',
    kind: 'text',
    help: 'watch the node host of this systemd unit (Linux; repeatable)',
    allowed: 'the name of a systemd service',
    otherwise: 'none',
    why: 'OpenClaw installs `openclaw-node.service`, which its state directory finds as well.',
  },
  {
    key: 'nodes[].launchd_label',
    flag: '--node.launchd-label',
    argument: '<label>',
    kind: 'text',
    help: 'watch the node host of this launchd job (macOS; repeatable)',
    allowed: 'the label of a launchd job',
    otherwise: 'none',
    why: 'OpenClaw installs `ai.openclaw.node`, which its state directory finds as well.',
  },
  {
    key: 'nodes[].name',
    flag: '--node.name',
    argument: '<name>',
    kind: 'text',
    help: 'name of the node host given just before (default: its display name)',
    allowed: A_NAME,
    otherwise: 'its display name',
    why: 'The display name that the node host gave itself is what people know it by.',
  },
  {
    key: 'nodes[].log',
    flag: '--node.log',
    argument: '<where>',
    kind: 'text',
    help: 'where it logs: a path, journal (Linux), auto or none',
    allowed: A_LOG,
    default: 'auto',
    why: 'Where the process writes to can be seen; only what cannot be seen must be said.',
  },
  {
    key: 'nodes[].user_unit',
    kind: 'switch',
    help: 'whether systemd_unit belongs to the user’s own service manager',
    allowed: 'true or false',
    default: true,
    why: 'OpenClaw installs its node host as a unit of the user.',
  },
  {
    key: 'nodes[].node_id',
    kind: 'text',
    help: 'the id of the node host in the gateway’s roster',
    allowed: A_NAME,
    why: 'Found by display name and by what the process says; needed only where two share a name.',
  },
  {
    key: 'probe.enabled',
    flag: '--probe',
    kind: 'switch',
    help: 'also send each node host a small command; the token must allow operator.write',
    allowed: 'true or false',
    default: false,
    why: 'The scope that a probe needs may run anything on the node host; a monitor should not hold it unless asked.',
  },
  {
    key: 'probe.interval',
    kind: 'duration',
    help: 'how often to probe each node host',
    allowed: durationWithin(RANGES.probeInterval),
    default: '5s',
    why: 'Two lost answers in a row and their deadlines fit in the 15 s within which a wedged node host is to be reported.',
  },
  {
    key: 'probe.timeout',
    kind: 'duration',
    help: 'how long to wait for the answer',
    allowed: durationWithin(RANGES.probeTimeout),
    default: '3s',
    why: 'A sound node host answers within milliseconds, a busy one within a second.',
  },
  {
    key: 'recovery.enabled',
    flag: '--recovery',
    kind: 'switch',
    help: 'restart node hosts of this machine for which a restart is the remedy (docs/replace-the-watchdog.md)',
    allowed: 'true or false',
    default: false,
    why: 'Whoever watches should not act unless asked. What it needs then: to be run as the user of the node host, and a state directory.',
  },
  {
    key: 'recovery.dry_run',
    flag: '--recovery.dry-run',
    kind: 'switch',
    help: 'decide, count and tell what recovery would do, and do nothing',
    allowed: 'true or false',
    default: false,
    why: 'For the first week: `recovery_attempts_total{outcome="skipped"}` says what would have been restarted.',
  },
  {
    key: 'recovery.command',
    kind: 'list',
    help: 'the program that restarts a node host, with its arguments, without a shell',
    allowed: 'a list: the path of a program, then its arguments',
    otherwise:
      'its service manager: `systemctl [--user] restart <unit>` or `launchctl kickstart -k <domain>/<label>`',
    why: 'Supervisors that the exporter does not know. It is given `OPENCLAW_RECOVERY_NODE`, `…_PID`, `…_STATE` and `…_REASON`.',
  },
  {
    key: 'recovery.command_timeout',
    kind: 'duration',
    help: 'how long that program, or the service manager, may take',
    allowed: durationWithin(RANGES.recoveryCommand),
    default: '2m',
    why: 'systemd gives a service 90 s to stop before it kills it.',
  },
  {
    key: 'recovery.held',
    kind: 'duration',
    help: 'how long two viewpoints must have accused the same process',
    allowed: durationWithin(RANGES.recoveryHeld),
    default: '1m',
    why: 'A verdict may be taken back within seconds; a restart ends what runs. What nobody could tell counts neither way.',
  },
  {
    key: 'recovery.gateway_healthy',
    kind: 'duration',
    help: 'how long its gateway must have been healthy',
    allowed: durationWithin(RANGES.recoveryWait),
    default: '1m',
    why: 'Until then it may come back by itself: its longest backoff is 30 s.',
  },
  {
    key: 'recovery.wait_for_commands',
    kind: 'duration',
    help: 'how long to wait for commands that the node host runs for agents (system.run)',
    allowed: durationWithin(RANGES.recoveryWait),
    default: '10m',
    why: 'A restart ends them. What it started later than a minute after its own start counts as one.',
  },
  {
    key: 'recovery.attach_within',
    kind: 'duration',
    help: 'by when the new process must be attached, and the old one gone',
    allowed: durationWithin(RANGES.recoveryAttach),
    default: '3m',
    why: 'The command’s two minutes, and a start on a busy machine.',
  },
  {
    key: 'recovery.cooldown',
    kind: 'duration',
    help: 'between two restarts of one node host, at least; up to a fifth is added at random',
    allowed: durationWithin(RANGES.recoveryCooldown),
    default: '10m',
    why: 'What a restart did not cure in a minute it does not cure in the next either. At random, so that machines which lost the same gateway do not act in step.',
  },
  {
    key: 'recovery.max_attempts',
    kind: 'number',
    help: 'restarts of one node host until it has been well for `recovery.refill_after`',
    allowed: wholeNumber(RANGES.recoveryAttempts),
    default: 3,
    why: 'Then the fault is not in the process, and it is left to a person (`OpenClawRecoveryExhausted`).',
  },
  {
    key: 'recovery.refill_after',
    kind: 'duration',
    help: 'how long it must be alive until its restarts are forgotten',
    allowed: durationWithin(RANGES.recoveryCooldown),
    default: '1h',
    why: 'Cluster API’s minHealthyPeriod: what fails later is a new incident. It is also what makes it three an hour at most.',
  },
  {
    key: 'recovery.lock_dir',
    kind: 'text',
    help: 'where exporters of this machine agree on who acts on which node host',
    allowed: 'the path of a directory that all of them may write to',
    otherwise:
      '`/run/user/<uid>/openclaw-liveness-recovery`, else the same below the directory for temporary files',
    why: 'Two that both act restart twice as often. To be set where each has a /tmp or a /run of its own (containers, PrivateTmp).',
  },
  {
    key: 'state.dir',
    flag: '--state.dir',
    argument: '<path>',
    kind: 'text',
    help: 'where counters, log offsets and the exporter’s device identity are kept',
    allowed: 'the path of a directory that we may write to',
    why: 'Found at start: `$STATE_DIRECTORY` (as a systemd service), else `$XDG_STATE_HOME/openclaw-liveness-exporter`, else `~/.local/state/openclaw-liveness-exporter`.',
  },
  {
    key: 'log.level',
    flag: '--log.level',
    argument: '<level>',
    kind: 'text',
    help: LOG_LEVELS.join(', '),
    allowed: alternatives(LOG_LEVELS),
    default: 'info',
    why: 'One line for each change, none for each look.',
  },
  {
    key: 'log.format',
    flag: '--log.format',
    argument: '<format>',
    kind: 'text',
    help: LOG_FORMATS.join(', '),
    allowed: alternatives(LOG_FORMATS),
    default: 'text',
    why: 'People read it first; `json` is for collectors.',
  },
  {
    key: 'limits.max_nodes',
    kind: 'number',
    help: 'how many node hosts may have metrics',
    allowed: wholeNumber(RANGES.maxNodes),
    default: 1_000,
    why: 'About a hundred series each; the rest are counted in `…_exporter_nodes_dropped_total`.',
  },
  {
    key: 'limits.forget_nodes_after_days',
    kind: 'number',
    help: 'when a node host that nobody saw any more is forgotten',
    allowed: wholeNumber(RANGES.forgetDays),
    default: 30,
    why: 'Longer than a holiday: a laptop that comes back keeps its counters.',
  },
  {
    key: 'notify.webhook_url_file',
    kind: 'text',
    help: 'a file with the URL that is told what pages and what has ended, as by Alertmanager’s webhook',
    allowed: 'the path of a file that holds a URL',
    otherwise: 'none',
    why: 'Where Prometheus runs, its Alertmanager does this. In a file, since whoever knows the address of a webhook may use it; read again for each message.',
  },
  {
    key: 'notify.program',
    kind: 'text',
    help: 'a program that is run for each message and reads it from its standard input',
    allowed: 'the path of a program',
    otherwise: 'none',
    why: 'For what no webhook reaches. It is given 10 s.',
  },
  {
    key: 'notify.repeat_interval',
    kind: 'duration',
    help: 'how often what goes on is told again',
    allowed: durationWithin(RANGES.repeatInterval),
    default: '4h',
    why: 'As Alertmanager’s `repeat_interval`.',
  },
  {
    key: 'notify.dead_man_url_file',
    kind: 'text',
    help: 'a file with the URL that is called every minute while the exporter is well',
    allowed: 'the path of a file that holds a URL',
    otherwise: 'none',
    why: 'The service there raises the alarm when the calls stop: nothing else tells that nobody watches any more.',
  },
] as const satisfies readonly PartialSetting[];

type PartialSetting = Omit<Setting, 'variable'>;

export type SettingKey = (typeof SETTINGS)[number]['key'];

function alternatives(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

export const VARIABLE_PREFIX = 'OPENCLAW_LIVENESS_';

/** `--web.listen-address` → `OPENCLAW_LIVENESS_WEB_LISTEN_ADDRESS`; a key without a flag the same way. */
export function variableOf(flagOrKey: string): string {
  const words = flagOrKey.replace(/^--/, '').replace(/[.-]/g, '_');
  return VARIABLE_PREFIX + words.toUpperCase();
}

const THRESHOLD_NAMES = Object.keys(DEFAULT_THRESHOLDS) as (keyof Thresholds)[];

/** What somebody may want otherwise. The rest is how verdicts are made: it can be set, and may be another with any release. */
const PROMISED_THRESHOLDS: readonly (keyof Thresholds)[] = [
  'tickMs',
  'downAfterMs',
  'stoppedAfterMs',
  'unreadAfterMs',
  'hostStatsStaleMs',
  'startingMs',
  'futileAfterMs',
  'restartBudget',
  'restartBudgetWindowMs',
  'restartHelpedAfterMs',
];

/** How one threshold is written in the file. */
export interface ThresholdSetting extends Setting {
  readonly name: keyof Thresholds;
  /** Its key and its meaning stay within a major version. */
  readonly isPromised: boolean;
  readonly form: 'duration' | 'factor' | 'count';
  readonly range: Range;
}

/** One setting for each field of the core's thresholds, made from the fields themselves so that none is forgotten. */
export const THRESHOLD_SETTINGS: readonly ThresholdSetting[] = THRESHOLD_NAMES.map((name) => {
  const form = name.endsWith('Ms') ? 'duration' : name.endsWith('Factor') ? 'factor' : 'count';
  const key = `thresholds.${snakeCase(name.replace(/Ms$/, ''))}`;
  const value = DEFAULT_THRESHOLDS[name];
  const isPromised = PROMISED_THRESHOLDS.includes(name);
  const base = { name, isPromised, form, key, variable: variableOf(key), help: '', why: '' } as const;
  switch (form) {
    case 'duration': {
      const range = name === 'tickMs' ? RANGES.tick : RANGES.thresholdDuration;
      return {
        ...base,
        kind: 'duration',
        range,
        allowed: durationWithin(range),
        default: formatDuration(value),
      };
    }
    case 'factor': {
      const range = RANGES.thresholdFactor;
      return {
        ...base,
        kind: 'number',
        range,
        allowed: `a number from ${range.min} to ${range.max}`,
        default: value,
      };
    }
    case 'count': {
      const range = RANGES.thresholdCount;
      return { ...base, kind: 'number', range, allowed: wholeNumber(range), default: value };
    }
  }
});

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function hasVariable(setting: PartialSetting): boolean {
  // What a list's entries have without a flag is for the file: a variable cannot say which entry it means.
  return setting.flag !== undefined || !setting.key.includes('[]');
}

/** Every setting, with its environment variable. */
export const ALL_SETTINGS: readonly Setting[] = [
  ...SETTINGS.map((setting: PartialSetting) =>
    hasVariable(setting) ? { ...setting, variable: variableOf(setting.flag ?? setting.key) } : setting,
  ),
  ...THRESHOLD_SETTINGS,
];

/** The file's own flag: the one that has no key, since a file cannot say where it is. */
export const CONFIG_FILE = {
  flag: '--config.file',
  variable: variableOf('--config.file'),
  argument: '<path>',
  help: 'a YAML file with any of these settings (and more: see docs/configuration.md)',
} as const;

const BY_KEY: ReadonlyMap<string, Setting> = new Map(ALL_SETTINGS.map((setting) => [setting.key, setting]));

export function settingAt(key: SettingKey): Setting {
  const setting = BY_KEY.get(key);
  if (setting === undefined) throw new Error(`the table of settings has no ${key}`);
  return setting;
}

/** What may be written at `key`, for error messages. */
export function allowedAt(key: SettingKey): string {
  return settingAt(key).allowed;
}

/** The default of a setting whose default is fixed. */
export function defaultOf<K extends SettingKey>(
  key: K,
): Extract<(typeof SETTINGS)[number], { key: K }> extends {
  default: infer D;
}
  ? D
  : undefined {
  return BY_KEY.get(key)?.default as never;
}
