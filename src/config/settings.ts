import { DEFAULT_THRESHOLDS, type Thresholds } from '../core/index.ts';
import { formatDuration } from './duration.ts';
import {
  A_LOG,
  anyNumber,
  COMMAND,
  duration,
  EXTERNAL_URL,
  FINGERPRINT,
  gatewayUrl,
  LAUNCHD_LABEL,
  LISTEN_ADDRESSES,
  NAME,
  oneOf,
  path,
  SOCKET_MODE,
  SWITCH,
  SYSTEMD_UNIT,
  wholeNumber,
  type Form,
} from './forms.ts';

/**
 * One thing that can be configured, and the only place where it is declared: flag, variable, schema, `--help`, reference, field
 * of the configuration and `config check` are made of it.
 */
export interface Setting {
  /** As in the file: `web.listen_address`; `nodes[].log` for what each entry of a list has. */
  readonly key: string;
  readonly flag?: string;
  readonly variable?: string;
  readonly form: Form;
  /** What it is for, for `--help`. */
  readonly help: string;
  /** As it would be written in the file; absent where the default is found at start. */
  readonly default?: string | number | boolean;
  /** In words, what holds where nothing is written; absent where that is `default` or is found at start. */
  readonly otherwise?: string;
  /** Every entry of the list has one. */
  readonly isRequired?: true;
  /** Why the default is what it is; for a default found at start, also how. Thresholds have theirs in core/model/thresholds.ts. */
  readonly why: string;
}

/** What a node host is named by; the flags of the same names begin one. */
export const LOCATOR_FIELDS = ['state_dir', 'pid_file', 'systemd_unit', 'launchd_label'] as const;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const LOG_FORMATS = ['text', 'json'] as const;
const TOKEN_FILE = path('the path of a file that holds the token');

export const SETTINGS = [
  {
    key: 'web.listen_address',
    flag: '--web.listen-address',
    form: LISTEN_ADDRESSES,
    help: 'where /metrics, /livez, /readyz and /api/v1 are served (repeatable)',
    default: '127.0.0.1:9789',
    why: 'Only this machine can reach it; whoever wants more should choose that.',
  },
  {
    key: 'web.config_file',
    flag: '--web.config.file',
    form: path('the path of a web config file (docs/security.md)'),
    help: 'TLS, passwords and headers, in the format of Prometheus’s exporter-toolkit',
    otherwise: 'none: plain HTTP, without a password',
    why: 'The loopback interface is for everybody on this machine anyway. The file is read again when it changes.',
  },
  {
    key: 'web.systemd_socket',
    flag: '--web.systemd-socket',
    form: SWITCH,
    help: 'serve on the sockets that systemd passes, and on addresses that are given',
    default: false,
    why: 'Socket activation needs a unit that says so; see docs/security.md.',
  },
  {
    key: 'web.socket_mode',
    form: SOCKET_MODE,
    help: 'who may connect to a unix: address, as file permissions',
    default: '660',
    why: 'Only the same user and group may connect, and need no password. With a mode that lets every user in, passwords are asked for.',
  },
  {
    key: 'web.open_probes',
    flag: '--web.open-probes',
    form: SWITCH,
    help: 'ask for no password at /livez, /readyz, /-/healthy and /-/ready',
    default: false,
    why: 'These pages name node hosts and say how they are. A kubelet has no password, takes 401 for a failure and would restart a healthy node host: it needs this, or a unix: address.',
  },
  {
    key: 'web.max_requests',
    flag: '--web.max-requests',
    form: wholeNumber(1, 1_000),
    help: 'how many pages may be under way at once',
    default: 40,
    why: 'As node_exporter. One more is answered with 503; probes are not counted.',
  },
  {
    key: 'web.created_timestamps',
    flag: '--web.created-timestamps',
    form: SWITCH,
    help: 'say in OpenMetrics when each counter was zero, as `_created`',
    default: false,
    why: 'A Prometheus without `created-timestamp-zero-ingestion` stores each as a series of its own, and nearly doubles what it stores. Over OTLP it is always said.',
  },
  {
    key: 'web.enable_lifecycle',
    flag: '--web.enable-lifecycle',
    form: SWITCH,
    help: 'reload the configuration at POST /-/reload (SIGHUP always does)',
    default: false,
    why: 'Named as in Prometheus, and off as there: whoever reaches the port could keep the exporter busy reading files.',
  },
  {
    key: 'gateway.url',
    flag: '--gateway.url',
    form: gatewayUrl('gateway.token_file'),
    help: 'the gateway to watch',
    why: 'Found at start: the endpoint that the watched node host dials; else `gateway.remote.url` (mode `remote`) or `gateway.port` of `openclaw.json`, or `OPENCLAW_GATEWAY_PORT`; else `ws://127.0.0.1:18789`, where OpenClaw listens unless told otherwise.',
  },
  {
    key: 'gateway.token_file',
    flag: '--gateway.token-file',
    form: TOKEN_FILE,
    help: 'a file with the gateway token (mode 0600)',
    why: 'Found at start, as OpenClaw does: `OPENCLAW_GATEWAY_TOKEN`, `OPENCLAW_GATEWAY_TOKEN_FILE`, then `gateway.auth.token` of `openclaw.json`. Read again before every try, so a rotated token needs no restart.',
  },
  {
    key: 'gateway.tls_fingerprint',
    flag: '--gateway.tls-fingerprint',
    form: FINGERPRINT,
    help: 'SHA-256 fingerprint that the certificate of a wss:// gateway must have',
    why: 'Without one the system decides which certificates to trust; `gateway.remote.tlsFingerprint` of `openclaw.json` is used when the URL comes from there.',
  },
  {
    key: 'gateway.log',
    flag: '--gateway.log',
    form: A_LOG,
    help: 'where the gateway itself logs: a path, journal, auto or none',
    otherwise: 'auto',
    why: 'Found at start where the gateway runs on this machine: `logging.file` of `openclaw.json`, and `/tmp/openclaw/openclaw-<date>.log` (with the profile: `openclaw-<profile>-<date>.log`), where OpenClaw writes unless told otherwise. Its console is read as well as its records; the console of 2026.4 names less.',
  },
  {
    key: 'gateways[].name',
    form: NAME,
    help: 'what to call it: the label `gateway` of its metrics',
    otherwise: 'host and port of its url',
    why: 'A name stays when the address changes, and what was counted stays with it. Every entry needs a different one.',
  },
  {
    key: 'gateways[].url',
    form: gatewayUrl('token_file'),
    help: 'one of the gateways to watch',
    isRequired: true,
    otherwise: 'none: every entry has one',
    why: 'As `gateway.url`. No two entries may share host and port: the address that a node host dials says which gateway it belongs to.',
  },
  {
    key: 'gateways[].token_file',
    form: TOKEN_FILE,
    help: 'a file with the token of this gateway (mode 0600)',
    otherwise: 'none: this gateway is looked at by HTTP alone',
    why: 'The only place that its token is taken from: the token of one gateway is never sent to another. Read again before every try.',
  },
  {
    key: 'gateways[].tls_fingerprint',
    form: FINGERPRINT,
    help: 'SHA-256 fingerprint that the certificate of this wss:// gateway must have',
    otherwise: 'none',
    why: 'Without one the system decides which certificates to trust.',
  },
  {
    key: 'gateways[].log',
    form: A_LOG,
    help: 'where this gateway itself logs: a path, journal, auto or none',
    otherwise: 'auto: as `gateway.log`, where its url is a loopback address',
    why: 'Several gateways of one machine may share a file: their lines are told apart by the port.',
  },
  {
    key: 'gateways[].probe',
    form: SWITCH,
    help: 'whether node hosts are probed by way of this gateway; its token must allow operator.write',
    otherwise: 'as `probe.enabled`; false without a `token_file`',
    why: 'A probe needs a token that may run anything; that one gateway is probed should not require such a token of all.',
  },
  {
    key: 'nodes[].state_dir',
    flag: '--node.state-dir',
    form: path('the path of a directory'),
    help: 'watch the node host with this state directory (repeatable)',
    otherwise: 'that of OpenClaw, where no other node host is named',
    why: 'Without any node host configured, the one of OpenClaw’s own default: `OPENCLAW_STATE_DIR`, else `~/.openclaw` (`~/.openclaw-<profile>`).',
  },
  {
    key: 'nodes[].pid_file',
    flag: '--node.pid-file',
    form: path('the path of a file'),
    help: 'watch the node host whose pid is in this file (repeatable)',
    otherwise: 'none',
    why: 'For node hosts under a supervisor that writes one.',
  },
  {
    key: 'nodes[].systemd_unit',
    flag: '--node.systemd-unit',
    form: SYSTEMD_UNIT,
    help: 'watch the node host of this systemd unit (Linux; repeatable)',
    otherwise: 'none',
    why: 'OpenClaw installs `openclaw-node.service`, which its state directory finds as well.',
  },
  {
    key: 'nodes[].launchd_label',
    flag: '--node.launchd-label',
    form: LAUNCHD_LABEL,
    help: 'watch the node host of this launchd job (macOS; repeatable)',
    otherwise: 'none',
    why: 'OpenClaw installs `ai.openclaw.node`, which its state directory finds as well.',
  },
  {
    key: 'nodes[].name',
    flag: '--node.name',
    form: NAME,
    help: 'name of the node host given just before (default: its display name)',
    otherwise: 'its display name',
    why: 'The display name that the node host gave itself is what people know it by.',
  },
  {
    key: 'nodes[].log',
    flag: '--node.log',
    form: A_LOG,
    help: 'where it logs: a path, journal (Linux), auto or none',
    default: 'auto',
    why: 'Where the process writes to can be seen; only what cannot be seen must be said.',
  },
  {
    key: 'nodes[].user_unit',
    form: SWITCH,
    help: 'whether systemd_unit belongs to the user’s own service manager',
    otherwise: '`true`',
    why: 'OpenClaw installs its node host as a unit of the user.',
  },
  {
    key: 'nodes[].node_id',
    form: NAME,
    help: 'the id of the node host in the gateway’s roster',
    why: 'Found by display name and by what the process says; needed only where two share a name.',
  },
  {
    key: 'probe.enabled',
    flag: '--probe',
    form: SWITCH,
    help: 'also send each node host a small command; the token must allow operator.write',
    default: false,
    why: 'The scope that a probe needs may run anything on the node host; a monitor should not hold it unless asked.',
  },
  {
    key: 'probe.interval',
    form: duration(SECOND, 60 * MINUTE),
    help: 'how often to probe each node host',
    default: '5s',
    why: 'Two lost answers in a row and their deadlines fit in the 15 s within which a wedged node host is to be reported.',
  },
  {
    key: 'probe.timeout',
    form: duration(100, MINUTE),
    help: 'how long to wait for the answer',
    default: '3s',
    why: 'A sound node host answers within milliseconds, a busy one within a second.',
  },
  {
    key: 'recovery.enabled',
    flag: '--recovery',
    form: SWITCH,
    help: 'restart node hosts of this machine for which a restart is the remedy (docs/replace-the-watchdog.md)',
    default: false,
    why: 'Whoever watches should not act unless asked. What it needs then: to be run as the user of the node host, and a state directory.',
  },
  {
    key: 'recovery.dry_run',
    flag: '--recovery.dry-run',
    form: SWITCH,
    help: 'decide, count and tell what recovery would do, and do nothing',
    default: false,
    why: 'For the first week: `recovery_attempts_total{outcome="skipped"}` says what would have been restarted.',
  },
  {
    key: 'recovery.command',
    form: COMMAND,
    help: 'the program that restarts a node host, with its arguments, without a shell',
    otherwise:
      'its service manager: `systemctl [--user] restart <unit>` or `launchctl kickstart -k <domain>/<label>`',
    why: 'Supervisors that the exporter does not know. It is given `OPENCLAW_RECOVERY_NODE`, `…_PID`, `…_STATE` and `…_REASON`.',
  },
  {
    key: 'recovery.command_timeout',
    form: duration(SECOND, 10 * MINUTE),
    help: 'how long that program, or the service manager, may take',
    default: '2m',
    why: 'systemd gives a service 90 s to stop before it kills it.',
  },
  {
    key: 'recovery.held',
    form: duration(10 * SECOND, 60 * MINUTE),
    help: 'how long two viewpoints must have accused the same process',
    default: '1m',
    why: 'A verdict may be taken back within seconds; a restart ends what runs. What nobody could tell counts neither way.',
  },
  {
    key: 'recovery.gateway_healthy',
    form: duration(0, DAY),
    help: 'how long its gateway must have been healthy',
    default: '1m',
    why: 'Until then it may come back by itself: its longest backoff is 30 s.',
  },
  {
    key: 'recovery.wait_for_commands',
    form: duration(0, DAY),
    help: 'how long to wait for commands that the node host runs for agents (system.run)',
    default: '10m',
    why: 'A restart ends them. What it started later than a minute after its own start counts as one.',
  },
  {
    key: 'recovery.attach_within',
    form: duration(10 * SECOND, 30 * MINUTE),
    help: 'by when the new process must be attached, and the old one gone',
    default: '3m',
    why: 'The command’s two minutes, and a start on a busy machine.',
  },
  {
    key: 'recovery.cooldown',
    form: duration(MINUTE, DAY),
    help: 'between two restarts of one node host, at least; up to a fifth is added at random',
    default: '10m',
    why: 'What a restart did not cure in a minute it does not cure in the next either. At random, so that machines which lost the same gateway do not act in step.',
  },
  {
    key: 'recovery.max_attempts',
    form: wholeNumber(1, 20),
    help: 'restarts of one node host until it has been well for `recovery.refill_after`',
    default: 3,
    why: 'Then the fault is not in the process, and it is left to a person (`OpenClawRecoveryExhausted`).',
  },
  {
    key: 'recovery.refill_after',
    form: duration(MINUTE, DAY),
    help: 'how long it must be alive until its restarts are forgotten',
    default: '1h',
    why: 'Cluster API’s minHealthyPeriod: what fails later is a new incident. It is also what makes it three an hour at most.',
  },
  {
    key: 'recovery.lock_dir',
    form: path('the path of a directory that all of them may write to'),
    help: 'where exporters of this machine agree on who acts on which node host',
    otherwise:
      '`/run/user/<uid>/openclaw-liveness-recovery`, else the same below the directory for temporary files',
    why: 'Two that both act restart twice as often. To be set where each has a /tmp or a /run of its own (containers, PrivateTmp).',
  },
  {
    key: 'state.dir',
    flag: '--state.dir',
    form: path('the path of a directory that we may write to'),
    help: 'where counters, log offsets and the exporter’s device identity are kept',
    why: 'Found at start: `$STATE_DIRECTORY` (as a systemd service), else `$XDG_STATE_HOME/openclaw-liveness-exporter`, else `~/.local/state/openclaw-liveness-exporter`.',
  },
  {
    key: 'log.level',
    flag: '--log.level',
    form: oneOf(LOG_LEVELS, '<level>'),
    help: LOG_LEVELS.join(', '),
    default: 'info',
    why: 'One line for each change, none for each look.',
  },
  {
    key: 'log.format',
    flag: '--log.format',
    form: oneOf(LOG_FORMATS, '<format>'),
    help: LOG_FORMATS.join(', '),
    default: 'text',
    why: 'People read it first; `json` is for collectors.',
  },
  {
    key: 'limits.max_nodes',
    form: wholeNumber(1, 100_000),
    help: 'how many node hosts may have metrics',
    default: 1_000,
    why: 'About a hundred series each; the rest are counted in `…_exporter_nodes_dropped_total`.',
  },
  {
    key: 'limits.forget_nodes_after_days',
    form: wholeNumber(1, 3_650),
    help: 'when a node host that nobody saw any more is forgotten',
    default: 30,
    why: 'Longer than a holiday: a laptop that comes back keeps its counters.',
  },
  {
    key: 'notify.webhook_url_file',
    form: path('the path of a file that holds a URL'),
    help: 'a file with the URL that is told what pages and what has ended, as by Alertmanager’s webhook',
    otherwise: 'none',
    why: 'Where Prometheus runs, its Alertmanager does this. In a file, since whoever knows the address of a webhook may use it; read again for each message.',
  },
  {
    key: 'notify.program',
    form: path('the path of a program'),
    help: 'a program that is run for each message and reads it from its standard input',
    otherwise: 'none',
    why: 'For what no webhook reaches. It is given 10 s.',
  },
  {
    key: 'notify.repeat_interval',
    form: duration(SECOND, 7 * DAY),
    help: 'how often what goes on is told again',
    default: '4h',
    why: 'As Alertmanager’s `repeat_interval`.',
  },
  {
    key: 'notify.external_url',
    form: EXTERNAL_URL,
    help: 'where who reads a message reaches the exporter: links to its page and its runbooks begin with it',
    otherwise: 'the name of this machine and the port that is listened at',
    why: 'As Prometheus’s `--web.external-url`. By default the exporter listens on the loopback interface, which no telephone reaches.',
  },
  {
    key: 'notify.dead_man_url_file',
    form: path('the path of a file that holds a URL'),
    help: 'a file with the URL that is called every minute while the exporter is well',
    otherwise: 'none',
    why: 'The service there raises the alarm when the calls stop: nothing else tells that nobody watches any more.',
  },
] as const satisfies readonly DeclaredSetting[];

type DeclaredSetting = Omit<Setting, 'variable'>;
export type DeclaredRow = (typeof SETTINGS)[number];

/** `--web.listen-address` → `OPENCLAW_LIVENESS_WEB_LISTEN_ADDRESS`; a key without a flag the same way. */
function variableOf(flagOrKey: string): string {
  const words = flagOrKey.replace(/^--/, '').replace(/[.-]/g, '_');
  return VARIABLE_PREFIX + words.toUpperCase();
}

export const VARIABLE_PREFIX = 'OPENCLAW_LIVENESS_';

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
}

/** One setting for each field of the core's thresholds, made from the fields themselves so that none is forgotten. */
export const THRESHOLD_SETTINGS: readonly ThresholdSetting[] = Object.entries(DEFAULT_THRESHOLDS).map(
  ([field, value]) => {
    const name = field as keyof Thresholds;
    const key = `thresholds.${snakeCase(name.replace(/Ms$/, ''))}`;
    return {
      ...{ name, key, variable: variableOf(key), help: '', why: '' },
      isPromised: PROMISED_THRESHOLDS.includes(name),
      form: thresholdForm(name),
      default: name.endsWith('Ms') ? formatDuration(value) : value,
    };
  },
);

function thresholdForm(name: keyof Thresholds): Form<number> {
  // Faster costs more than it sees; slower misses every promised time.
  if (name === 'tickMs') return duration(100, 10 * SECOND);
  // setTimeout cannot wait longer than 24 days; no verdict should.
  if (name.endsWith('Ms')) return duration(1, 7 * DAY);
  return name.endsWith('Factor') ? anyNumber(1, 100) : wholeNumber(1, 1_000);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Every setting, with its environment variable. */
export const ALL_SETTINGS: readonly Setting[] = [
  ...SETTINGS.map((setting: DeclaredSetting) => {
    // What a list's entries have without a flag is for the file: a variable cannot say which entry it means.
    const hasVariable = setting.flag !== undefined || !setting.key.includes('[]');
    return hasVariable ? { ...setting, variable: variableOf(setting.flag ?? setting.key) } : setting;
  }),
  ...THRESHOLD_SETTINGS,
];

/** The file's own flag: the one that has no key, since a file cannot say where it is. */
export const CONFIG_FILE = {
  flag: '--config.file',
  variable: variableOf('--config.file'),
  argument: '<path>',
  help: 'a YAML file with any of these settings (and more: see docs/configuration.md)',
} as const;
