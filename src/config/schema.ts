import { z } from 'zod';
import { isBlank, type Thresholds } from '../core/index.ts';
import { LOG_FORMATS, LOG_LEVELS } from './config.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { parseGatewayUrl, type GatewayUrlResult } from './gateway-url.ts';
import {
  formatListenAddress,
  MAX_SOCKET_PATH_BYTES,
  overlongSocketPath,
  parseListenAddress,
} from './listen-address.ts';
import { formatFound } from './problem.ts';
import { parsed, parsedQuantity, refuse, section } from './schema-parts.ts';
import {
  LOCATOR_FIELDS,
  MAX_NAME_LENGTH,
  THRESHOLD_SETTINGS,
  RANGES,
  allowedAt,
  defaultOf,
  settingAt,
  type Range,
  type SettingKey,
  type ThresholdSetting,
} from './settings.ts';

function durationWithin({ min, max }: Range) {
  return (allowed: string) =>
    parsedQuantity((written) => {
      const ms = parseDuration(written);
      return ms !== undefined && ms >= min && ms <= max ? ms : undefined;
    }, allowed);
}

function wholeNumber({ min, max }: Range) {
  return (allowed: string) => z.int(allowed).min(min, allowed).max(max, allowed);
}

function adviceOnUrl(
  problem: Exclude<GatewayUrlResult, { ok: true }>['problem'],
  tokenFileKey: string,
): string | undefined {
  switch (problem) {
    case 'form':
      return undefined;
    case 'credentials':
      return `found a URL with credentials in it (not shown); remove them: a URL ends up in logs and labels. Put the token in a file and name it in ${tokenFileKey}.`;
    case 'query':
      return 'found a URL with a query or a fragment (not shown); write it without: the gateway needs neither.';
  }
}

/** @param tokenFileKey where the token of a gateway belongs that somebody wrote into its URL */
function gatewayUrl(tokenFileKey: string) {
  return (allowed: string) =>
    z.string(allowed).transform((text, context) => {
      const result = parseGatewayUrl(text);
      if (result.ok) return result.url;
      const advice = adviceOnUrl(result.problem, tokenFileKey);
      if (advice !== undefined) return refuse(context, advice);
      context.issues.push({ code: 'custom', message: allowed, input: text });
      return z.NEVER;
    });
}

/** The form of Node's `fingerprint256`. */
function parseFingerprint(text: string): string | undefined {
  const digits = text
    .trim()
    .replace(/^sha-?256:/i, '')
    .replaceAll(':', '');
  if (!/^[0-9a-f]{64}$/i.test(digits)) return undefined;
  return (digits.toUpperCase().match(/../g) ?? []).join(':');
}

function path(allowed: string) {
  return parsed((text) => (text.trim() === '' || text.includes('\0') ? undefined : text.trim()), allowed);
}

function label(allowed: string) {
  return parsed((text) => {
    const name = text.trim();
    // Each of these would break a log line or a table in two, or turn a terminal upside down.
    const isOnOneLine = !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name);
    return !isBlank(name) && name.length <= MAX_NAME_LENGTH && isOnOneLine ? name : undefined;
  }, allowed);
}

function parseUnit(text: string): string | undefined {
  const unit = text.trim();
  if (!/^[A-Za-z0-9:_.\\@-]+$/.test(unit)) return undefined;
  return unit.includes('.') ? unit : `${unit}.service`;
}

function parseJobLabel(text: string): string | undefined {
  const found = text.trim();
  return /^[\w.@:-]+$/.test(found) ? found : undefined;
}

/** A setting that may be left out: of the given form, with what the table of settings says is allowed. */
function optional<S extends z.ZodType>(key: SettingKey, form: (allowed: string) => S) {
  return form(allowedAt(key)).optional();
}

/** The same with the default that the table says. */
function withDefault<S extends z.ZodType>(key: SettingKey, form: (allowed: string) => S) {
  const { allowed, default: fallback } = settingAt(key);
  return form(allowed).prefault(fallback as never);
}

function fingerprint(allowed: string) {
  return parsed(parseFingerprint, allowed);
}

const gateway = z
  .strictObject({
    url: gatewayUrl('token_file')(allowedAt('gateways[].url')),
    name: optional('gateways[].name', label),
    token_file: optional('gateways[].token_file', path),
    tls_fingerprint: optional('gateways[].tls_fingerprint', fingerprint),
    log: optional('gateways[].log', path),
    probe: optional('gateways[].probe', z.boolean),
  })
  .check((context) => {
    if (context.value.probe !== true || context.value.token_file !== undefined) return;
    refuse(
      context,
      'found probe without token_file; remove it, or name the token: a probe is sent over a session, which needs one.',
      ['probe'],
    );
  });

const node = z
  .strictObject({
    state_dir: optional('nodes[].state_dir', path),
    pid_file: optional('nodes[].pid_file', path),
    systemd_unit: optional('nodes[].systemd_unit', (allowed) => parsed(parseUnit, allowed)),
    launchd_label: optional('nodes[].launchd_label', (allowed) => parsed(parseJobLabel, allowed)),
    name: optional('nodes[].name', label),
    log: withDefault('nodes[].log', path),
    user_unit: optional('nodes[].user_unit', z.boolean),
    node_id: optional('nodes[].node_id', label),
  })
  .check((context) => {
    const found = LOCATOR_FIELDS.filter((locator) => context.value[locator] !== undefined);
    if (found.length > 1) {
      refuse(
        context,
        `found ${found.join(' and ')}; name the node host in one way only: remove all but one.`,
      );
    }
    if (context.value.user_unit !== undefined && context.value.systemd_unit === undefined) {
      refuse(context, 'found user_unit without systemd_unit; remove it, or name the unit.', ['user_unit']);
    }
  });

function thresholdValue({ form, range, allowed }: ThresholdSetting) {
  switch (form) {
    case 'duration':
      return durationWithin(range)(allowed);
    case 'factor':
      return z.number(allowed).min(range.min, allowed).max(range.max, allowed);
    case 'count':
      return wholeNumber(range)(allowed);
  }
}

const THRESHOLDS_SHAPE = Object.fromEntries(
  THRESHOLD_SETTINGS.map((setting) => [
    thresholdKey(setting),
    thresholdValue(setting).prefault(setting.default as never),
  ]),
);

function thresholdKey(setting: ThresholdSetting): string {
  return setting.key.replace(/^thresholds\./, '');
}

/** Pairs that make no sense the other way round. */
const ORDERED_THRESHOLDS = [
  ['pulse_min', 'pulse_max'],
  ['backoff_min', 'backoff_max'],
] as const;

const DEFAULT_BY_THRESHOLD = new Map(
  THRESHOLD_SETTINGS.map((setting) => [thresholdKey(setting), parseDuration(setting.default)]),
);

const thresholds = section(THRESHOLDS_SHAPE)
  .prefault({})
  .transform((values) => values as Record<string, number>)
  .check((context) => {
    for (const [low, high] of ORDERED_THRESHOLDS) {
      const lowest = context.value[low] ?? 0;
      const highest = context.value[high] ?? 0;
      if (lowest <= highest) continue;
      refuse(
        context,
        `${low} (${formatDuration(lowest)}) is above ${high} (${formatDuration(highest)}); lower the one or raise the other.`,
        // The one that somebody wrote is the one to look at.
        [lowest === DEFAULT_BY_THRESHOLD.get(low) ? high : low],
      );
    }
  })
  .transform(
    (values) =>
      Object.fromEntries(
        THRESHOLD_SETTINGS.map((setting) => [setting.name, values[thresholdKey(setting)]]),
      ) as unknown as Thresholds,
  );

/** One, or a list; of the same twice the second could not be had. */
const listenAddresses = z.unknown().transform((written, context) => {
  const found: readonly unknown[] = Array.isArray(written) ? written : [written];
  const seen = new Set<string>();
  const mistake =
    found.length === 0
      ? `found an empty list; allowed: ${allowedAt('web.listen_address')}.`
      : found.map((text) => mistakenAddress(text, seen)).find((message) => message !== undefined);
  if (mistake !== undefined) return refuse(context, mistake);
  return found.flatMap((text) => parseListenAddress(text as string) ?? []);
});

/** @param seen those before it in the list */
function mistakenAddress(text: unknown, seen: Set<string>): string | undefined {
  const address = typeof text === 'string' ? parseListenAddress(text) : undefined;
  if (address === undefined) {
    const tooLong = typeof text === 'string' ? overlongSocketPath(text) : undefined;
    if (tooLong === undefined)
      return `found ${formatFound(text)}; allowed: ${allowedAt('web.listen_address')}.`;
    return `the path of the socket has ${Buffer.byteLength(tooLong)} bytes, and the system takes up to ${MAX_SOCKET_PATH_BYTES}; use a shorter one: ${tooLong}`;
  }
  const written = formatListenAddress(address);
  const isAnyPort = address.kind === 'tcp' && address.port === 0;
  if (seen.has(written) && !isAnyPort)
    return `${JSON.stringify(written)} is given twice; remove one of them.`;
  seen.add(written);
  return undefined;
}

/** `660`, also `0660`. Numbers are refused: YAML reads 0660 as six hundred and sixty, and 0o660 as 432. */
function parseSocketMode(text: string): number | undefined {
  return /^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** One program with its arguments; a variable gives one text. */
function command(allowed: string) {
  return z.array(z.string(allowed).min(1, allowed), allowed).min(1, allowed);
}

const recovery = section({
  enabled: withDefault('recovery.enabled', z.boolean),
  dry_run: withDefault('recovery.dry_run', z.boolean),
  command: optional('recovery.command', command),
  command_timeout: withDefault('recovery.command_timeout', durationWithin(RANGES.recoveryCommand)),
  held: withDefault('recovery.held', durationWithin(RANGES.recoveryHeld)),
  gateway_healthy: withDefault('recovery.gateway_healthy', durationWithin(RANGES.recoveryWait)),
  wait_for_commands: withDefault('recovery.wait_for_commands', durationWithin(RANGES.recoveryWait)),
  attach_within: withDefault('recovery.attach_within', durationWithin(RANGES.recoveryAttach)),
  cooldown: withDefault('recovery.cooldown', durationWithin(RANGES.recoveryCooldown)),
  max_attempts: withDefault('recovery.max_attempts', wholeNumber(RANGES.recoveryAttempts)),
  refill_after: withDefault('recovery.refill_after', durationWithin(RANGES.recoveryCooldown)),
  lock_dir: optional('recovery.lock_dir', path),
}).prefault({});

/** The file's shape. Unknown keys are refused everywhere: a typo must not silently mean the default. */
export const configSchema = section({
  web: section({
    listen_address: listenAddresses.optional(),
    config_file: optional('web.config_file', path),
    systemd_socket: withDefault('web.systemd_socket', z.boolean),
    socket_mode: withDefault('web.socket_mode', (allowed) => parsed(parseSocketMode, allowed)),
    open_probes: withDefault('web.open_probes', z.boolean),
    max_requests: withDefault('web.max_requests', wholeNumber(RANGES.maxRequests)),
    created_timestamps: withDefault('web.created_timestamps', z.boolean),
    enable_lifecycle: withDefault('web.enable_lifecycle', z.boolean),
  }).prefault({}),
  gateway: section({
    url: optional('gateway.url', gatewayUrl('gateway.token_file')),
    token_file: optional('gateway.token_file', path),
    tls_fingerprint: optional('gateway.tls_fingerprint', fingerprint),
    log: optional('gateway.log', path),
  }).prefault({}),
  gateways: z.preprocess((found) => found ?? [], z.array(gateway)).prefault([]),
  nodes: z.preprocess((found) => found ?? [], z.array(node)).prefault([]),
  probe: section({
    enabled: withDefault('probe.enabled', z.boolean),
    interval: withDefault('probe.interval', durationWithin(RANGES.probeInterval)),
    timeout: withDefault('probe.timeout', durationWithin(RANGES.probeTimeout)),
  })
    .check((context) => {
      const { interval, timeout } = context.value;
      if (timeout < interval) return;
      refuse(
        context,
        `timeout (${formatDuration(timeout)}) is not below interval (${formatDuration(interval)}): a probe must end before the next begins.`,
        [timeout === parseDuration(defaultOf('probe.timeout')) ? 'interval' : 'timeout'],
      );
    })
    .prefault({}),
  recovery,
  state: section({ dir: optional('state.dir', path) }).prefault({}),
  log: section({
    level: withDefault('log.level', (allowed) => z.enum(LOG_LEVELS, allowed)),
    format: withDefault('log.format', (allowed) => z.enum(LOG_FORMATS, allowed)),
  }).prefault({}),
  limits: section({
    max_nodes: withDefault('limits.max_nodes', wholeNumber(RANGES.maxNodes)),
    forget_nodes_after_days: withDefault('limits.forget_nodes_after_days', wholeNumber(RANGES.forgetDays)),
  }).prefault({}),
  notify: section({
    webhook_url_file: optional('notify.webhook_url_file', path),
    program: optional('notify.program', path),
    repeat_interval: withDefault('notify.repeat_interval', durationWithin(RANGES.repeatInterval)),
    dead_man_url_file: optional('notify.dead_man_url_file', path),
  }).prefault({}),
  thresholds,
});

/** What the file, the environment and the flags say together, defaults filled in, before paths are resolved. */
export type Settings = z.output<typeof configSchema>;
export type GatewaySettings = Settings['gateways'][number];
export type NodeSettings = Settings['nodes'][number];
