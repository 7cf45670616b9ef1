import {
  ALL_SETTINGS,
  CONFIG_FILE,
  THRESHOLD_SETTINGS,
  type Setting,
  type ThresholdSetting,
} from '../src/config/settings.ts';

/**
 * Every key, flag, variable and default with its reason, as Markdown: `docs/configuration.md`.
 *
 * @param thresholdsSource the text of core/model/thresholds.ts, whose comments are the reasons
 */
export function formatReference(thresholdsSource: string): string {
  const reasons = readThresholdReasons(thresholdsSource);
  const sections = [...new Set(ALL_SETTINGS.map(({ key }) => sectionOf(key)))];
  const parts = sections.flatMap((section) => {
    const settings = ALL_SETTINGS.filter(({ key }) => sectionOf(key) === section);
    const isThresholds = section === 'thresholds';
    return [
      `## \`${section}\``,
      '',
      ...(SECTION_NOTES[section] ?? []),
      ...(isThresholds ? formatThresholds(reasons) : settings.flatMap(formatSetting)),
    ];
  });
  return [...HEAD, ...parts].join('\n');
}

const HEAD = [
  '# Configuration',
  '',
  '<!-- Generated from src/config/settings.ts and src/core/model/thresholds.ts by scripts/configuration-reference.ts: vitest run test/config/reference.test.ts -u. Do not edit. -->',
  '',
  'Nothing has to be configured: run beside a node host, as the same user, the exporter finds the rest.',
  '',
  'A setting is taken from the first of these that has it:',
  '',
  '1. flags (`--log.level debug`),',
  '2. environment variables (`OPENCLAW_LIVENESS_LOG_LEVEL=debug`),',
  `3. the YAML file named by \`${CONFIG_FILE.flag}\` or \`${CONFIG_FILE.variable}\` (JSON is YAML),`,
  '4. defaults.',
  '',
  'Unknown keys, flags and `OPENCLAW_LIVENESS_…` variables are mistakes. All mistakes are told at once (the first 20, and how many more there are), with exit code 2. Once there are none, every path that is named is checked.',
  '`openclaw-liveness-exporter config check` prints what is in force and where each value comes from.',
  '',
  '**Reload.** At `SIGHUP` (`systemctl --user reload …`), and at `POST /-/reload` where `web.enable_lifecycle` is on, all of',
  'this is read again, with the same flags and environment. Most of it is in force at once: node hosts',
  'added, removed or renamed, their logs, thresholds, limits, gateways with their token files and certificates, probes, and the',
  'exporter’s own log. A node host whose settings did not change keeps its verdict, counters and place in its log, and the',
  'session with a gateway stays open unless its URL, credential or certificate changed. Settings of open sockets',
  '(`web.*`, but for `web.enable_lifecycle`) and of the locked state directory (`state.dir`) wait for a restart; the',
  'log, and the answer of `/-/reload`, name them. If there is any mistake, everything stays as it was, one line of the log has',
  'every mistake, and `openclaw_nodehost_exporter_config_last_reload_successful` is 0. The web config file and the credentials of',
  '`openclaw.json` are read again by themselves.',
  '',
  'A relative path in the file is relative to the file, any other to the working directory; `~` is the home directory.',
  'A duration is written `90s`, `10m`, `1h30m` or `500ms`; a number without a unit is seconds.',
  'A blank variable counts as absent. Examples: [examples/](examples/).',
  '',
  '**Credentials.** No flag and no key takes a token: flags can be read in the process list, and config files get copied.',
  'The first of these that has one is used, read again before every try: the file named by `gateway.token_file`,',
  '`OPENCLAW_GATEWAY_TOKEN`, the file named by `OPENCLAW_GATEWAY_TOKEN_FILE`, `OPENCLAW_GATEWAY_PASSWORD`, and',
  '`gateway.auth` of `openclaw.json` (`gateway.remote` where its mode is `remote`). `operator.read` is all the exporter',
  'asks for, unless probes are on. A gateway of the list `gateways` gets none of these, only what its own',
  '`token_file` holds.',
  '',
  'OpenClaw’s own variables are obeyed as OpenClaw does: `OPENCLAW_STATE_DIR`, `OPENCLAW_CONFIG_PATH`, `OPENCLAW_HOME`,',
  '`OPENCLAW_PROFILE`, `OPENCLAW_GATEWAY_PORT`, `OPENCLAW_ALLOW_INSECURE_PRIVATE_WS` (in a network of your own: with `1` also a',
  'name that is not `.local` or `.ts.net` is dialled over `ws://`).',
  '',
];

const SECTION_NOTES: Readonly<Record<string, readonly string[]>> = {
  gateways: [
    'A list, for more than one gateway; in the file only. Each entry is watched with a session, a roster, a health and',
    'counters of its own, and a node host belongs to the gateway that it dials, or else to the one that lists it.',
    '',
    'The list takes the place of `gateway`: beside it `gateway.url`, `gateway.token_file` and `gateway.tls_fingerprint`',
    'are refused, in the file as well as by variable or flag, and no gateway is found automatically.',
    '',
    '```yaml',
    'gateways:',
    '  - name: home',
    '    url: ws://127.0.0.1:18789',
    '    token_file: /etc/openclaw-liveness-exporter/home.token',
    '  - url: wss://gateway.example # called gateway.example:443, and looked at by HTTP alone',
    '```',
    '',
    'An entry without `token_file` is watched over HTTP alone: the exporter knows whether it answers, and not its roster. The token of',
    '`OPENCLAW_GATEWAY_TOKEN`, or of `openclaw.json`, is never sent to a gateway of the list unless a `token_file` holds it',
    'too: the key of one gateway is no business of the others.',
    '',
  ],
  nodes: [
    'A list; each entry is one node host of this machine, named in exactly one way (`state_dir`, `pid_file`,',
    '`systemd_unit` or `launchd_label`), or in none for OpenClaw’s default. Node hosts of other machines need no entry: the',
    'gateway’s roster has them.',
    '',
    'Flags and variables replace the list of the file as a whole. `--node.name` and `--node.log` belong to the node host',
    'flag just before them. A variable with several values separates them by commas; the first name and the first log go',
    'with the first node host, and so on.',
    '',
  ],
  thresholds: [
    'Every number that a verdict depends on. The defaults are meant to be left alone; each says why it is what it is.',
    '',
  ],
};

function sectionOf(key: string): string {
  return (key.split('.')[0] ?? key).replace('[]', '');
}

function formatSetting(setting: Setting): readonly string[] {
  const { key, flag, form, variable, help, why } = setting;
  const { allowed, argument } = form;
  const usage = argument === undefined ? (flag ?? '') : `${flag ?? ''} ${argument}`;
  return [
    `### \`${key}\``,
    '',
    `${capitalise(help)}.`,
    '',
    '| | |',
    '| --- | --- |',
    `| flag | ${flag === undefined ? '–' : code(usage)} |`,
    `| variable | ${variable === undefined ? '–' : code(variable)} |`,
    `| allowed | ${cell(allowed)} |`,
    `| default | ${cell(defaultOf(setting))} |`,
    `| why | ${cell(why)} |`,
    '',
  ];
}

function defaultOf({ default: fallback, otherwise = 'found at start' }: Setting): string {
  return fallback === undefined ? otherwise : code(String(fallback));
}

function formatThresholds(reasons: ReadonlyMap<string, string>): readonly string[] {
  const rows = (settings: readonly ThresholdSetting[]): readonly string[] => [
    '| key | default | why | variable |',
    '| --- | --- | --- | --- |',
    ...settings.map(({ key, default: fallback, variable }) => {
      const why = reasons.get(key) ?? '';
      return `| ${code(key.replace('thresholds.', ''))} | ${code(String(fallback))} | ${cell(why)} | ${code(variable ?? '')} |`;
    }),
    '',
  ];
  return [
    'These keep their name and meaning within a major version:',
    '',
    ...rows(THRESHOLD_SETTINGS.filter(({ isPromised }) => isPromised)),
    '**Internal.** The rest follows OpenClaw’s own schedules and how the exporter looks. It can be set, to try something out',
    'or for a report; any release may rename or drop one, and a name that is gone is refused at start.',
    '',
    ...rows(THRESHOLD_SETTINGS.filter(({ isPromised }) => !isPromised)),
  ];
}

/** The comment before each default of core/model/thresholds.ts, by key. */
export function readThresholdReasons(source: string): ReadonlyMap<string, string> {
  const defaults = source.slice(source.indexOf('DEFAULT_THRESHOLDS'));
  const reasons = new Map<string, string>();
  for (const match of defaults.matchAll(/\/\*\*(?<comment>.*?)\*\/\s*(?<name>\w+):/gs)) {
    const { comment = '', name = '' } = match.groups ?? {};
    const setting = ALL_SETTINGS.find((candidate) => 'name' in candidate && candidate.name === name);
    if (setting !== undefined) reasons.set(setting.key, comment.replace(/\s*\n\s*\*?\s*/g, ' ').trim());
  }
  return reasons;
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
