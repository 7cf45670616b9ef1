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
import {
  LOCATOR_FIELDS,
  MAX_NAME_LENGTH,
  THRESHOLD_SETTINGS,
  RANGES,
  allowedAt,
  defaultOf,
  type Range,
  type ThresholdSetting,
} from './settings.ts';

/*
 * The message of every leaf is what is allowed there; describe-issue.ts writes the sentence around it. Only what needs
 * more than `found …; allowed: …` carries a sentence of its own, marked with `advice`.
 */

/** A message that is a whole sentence. */
export const ADVICE = { advice: true } as const;

/** A section that was left empty (all its lines commented out, say) is as good as absent. */
function section<S extends z.core.$ZodShape>(shape: S) {
  return z.preprocess((found) => found ?? {}, z.strictObject(shape)).prefault({} as never);
}

function parsed<T>(parse: (value: string) => T | undefined, allowed: string) {
  return z.string(allowed).transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', message: allowed, input: text });
    return z.NEVER;
  });
}

function durationMs({ min, max }: Range, allowed: string) {
  return z.union([z.string(), z.number()], allowed).transform((written, context) => {
    const ms = parseDuration(written);
    if (ms !== undefined && ms >= min && ms <= max) return ms;
    context.issues.push({ code: 'custom', message: allowed, input: written });
    return z.NEVER;
  });
}

function wholeNumber({ min, max }: Range, allowed: string) {
  return z.int(allowed).min(min, allowed).max(max, allowed);
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
function gatewayUrl(allowed: string, tokenFileKey: string) {
  return z.string(allowed).transform((text, context) => {
    const result = parseGatewayUrl(text);
    if (result.ok) return result.url;
    const advice = adviceOnUrl(result.problem, tokenFileKey);
    context.issues.push({
      code: 'custom',
      message: advice ?? allowed,
      input: text,
      ...(advice !== undefined && { params: ADVICE }),
    });
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

const gateway = z
  .strictObject({
    // That it is missing is told in gateway-list.ts: a faulty one must be something that can be taken out.
    url: gatewayUrl(allowedAt('gateways[].url'), 'token_file').optional(),
    name: label(allowedAt('gateways[].name')).optional(),
    token_file: path(allowedAt('gateways[].token_file')).optional(),
    tls_fingerprint: parsed(parseFingerprint, allowedAt('gateways[].tls_fingerprint')).optional(),
    probe: z.boolean(allowedAt('gateways[].probe')).optional(),
  })
  .check((context) => {
    if (context.value.probe !== true || context.value.token_file !== undefined) return;
    context.issues.push({
      code: 'custom',
      path: ['probe'],
      message:
        'found probe without token_file; remove it, or name the token: a probe is sent over a session, which needs one.',
      params: ADVICE,
      input: context.value,
    });
  });

const node = z
  .strictObject({
    state_dir: path(allowedAt('nodes[].state_dir')).optional(),
    pid_file: path(allowedAt('nodes[].pid_file')).optional(),
    systemd_unit: parsed(parseUnit, allowedAt('nodes[].systemd_unit')).optional(),
    launchd_label: parsed(parseJobLabel, allowedAt('nodes[].launchd_label')).optional(),
    name: label(allowedAt('nodes[].name')).optional(),
    log: path(allowedAt('nodes[].log')).prefault(defaultOf('nodes[].log')),
    user_unit: z.boolean(allowedAt('nodes[].user_unit')).optional(),
    node_id: label(allowedAt('nodes[].node_id')).optional(),
  })
  .check((context) => {
    const found = LOCATOR_FIELDS.filter((locator) => context.value[locator] !== undefined);
    if (found.length > 1) {
      context.issues.push({
        code: 'custom',
        message: `found ${found.join(' and ')}; name the node host in one way only: remove all but one.`,
        params: ADVICE,
        input: context.value,
      });
    }
    if (context.value.user_unit !== undefined && context.value.systemd_unit === undefined) {
      context.issues.push({
        code: 'custom',
        path: ['user_unit'],
        message: 'found user_unit without systemd_unit; remove it, or name the unit.',
        params: ADVICE,
        input: context.value,
      });
    }
  });

function thresholdValue({ form, range, allowed }: ThresholdSetting) {
  switch (form) {
    case 'duration':
      return durationMs(range, allowed);
    case 'factor':
      return z.number(allowed).min(range.min, allowed).max(range.max, allowed);
    case 'count':
      return wholeNumber(range, allowed);
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
  .transform((values) => values as Record<string, number>)
  .check((context) => {
    for (const [low, high] of ORDERED_THRESHOLDS) {
      const lowest = context.value[low] ?? 0;
      const highest = context.value[high] ?? 0;
      if (lowest <= highest) continue;
      context.issues.push({
        code: 'custom',
        // The one that somebody wrote is the one to look at.
        path: [lowest === DEFAULT_BY_THRESHOLD.get(low) ? high : low],
        message: `${low} (${formatDuration(lowest)}) is above ${high} (${formatDuration(highest)}); lower the one or raise the other.`,
        params: ADVICE,
        input: context.value,
      });
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
  const refuse = (message: string): never => {
    context.issues.push({ code: 'custom', message, params: ADVICE, input: written });
    return z.NEVER;
  };
  const found: readonly unknown[] = Array.isArray(written) ? written : [written];
  const addresses = found.flatMap((text) => {
    const address = typeof text === 'string' ? parseListenAddress(text) : undefined;
    if (address !== undefined) return [address];
    const tooLong = typeof text === 'string' ? overlongSocketPath(text) : undefined;
    if (tooLong !== undefined) {
      return refuse(
        `the path of the socket has ${Buffer.byteLength(tooLong)} bytes, and the system takes up to ${MAX_SOCKET_PATH_BYTES}; use a shorter one: ${tooLong}`,
      );
    }
    return refuse(`found ${formatFound(text)}; allowed: ${allowedAt('web.listen_address')}.`);
  });
  if (found.length === 0) refuse(`found an empty list; allowed: ${allowedAt('web.listen_address')}.`);
  const seen = new Set<string>();
  for (const address of addresses) {
    const text = formatListenAddress(address);
    const isAnyPort = address.kind === 'tcp' && address.port === 0;
    if (seen.has(text) && !isAnyPort) refuse(`${JSON.stringify(text)} is given twice; remove one of them.`);
    seen.add(text);
  }
  return addresses;
});

/** `660`, also `0660`. Numbers are refused: YAML reads 0660 as six hundred and sixty, and 0o660 as 432. */
function parseSocketMode(text: string): number | undefined {
  return /^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** The file's shape. Unknown keys are refused everywhere: a typo must not silently mean the default. */
export const configSchema = z.preprocess(
  (found) => found ?? {},
  z.strictObject({
    web: section({
      listen_address: listenAddresses.optional(),
      config_file: path(allowedAt('web.config_file')).optional(),
      systemd_socket: z.boolean(allowedAt('web.systemd_socket')).prefault(defaultOf('web.systemd_socket')),
      socket_mode: parsed(parseSocketMode, allowedAt('web.socket_mode')).prefault(
        defaultOf('web.socket_mode'),
      ),
      open_probes: z.boolean(allowedAt('web.open_probes')).prefault(defaultOf('web.open_probes')),
      max_requests: wholeNumber(RANGES.maxRequests, allowedAt('web.max_requests')).prefault(
        defaultOf('web.max_requests'),
      ),
      created_timestamps: z
        .boolean(allowedAt('web.created_timestamps'))
        .prefault(defaultOf('web.created_timestamps')),
      enable_lifecycle: z
        .boolean(allowedAt('web.enable_lifecycle'))
        .prefault(defaultOf('web.enable_lifecycle')),
    }),
    gateway: section({
      url: gatewayUrl(allowedAt('gateway.url'), 'gateway.token_file').optional(),
      token_file: path(allowedAt('gateway.token_file')).optional(),
      tls_fingerprint: parsed(parseFingerprint, allowedAt('gateway.tls_fingerprint')).optional(),
    }),
    gateways: z.preprocess((found) => found ?? [], z.array(gateway)).prefault([]),
    nodes: z.preprocess((found) => found ?? [], z.array(node)).prefault([]),
    probe: section({
      enabled: z.boolean(allowedAt('probe.enabled')).prefault(defaultOf('probe.enabled')),
      interval: durationMs(RANGES.probeInterval, allowedAt('probe.interval')).prefault(
        defaultOf('probe.interval'),
      ),
      timeout: durationMs(RANGES.probeTimeout, allowedAt('probe.timeout')).prefault(
        defaultOf('probe.timeout'),
      ),
    }).check((context) => {
      const { interval, timeout } = context.value;
      if (timeout < interval) return;
      context.issues.push({
        code: 'custom',
        path: [timeout === parseDuration(defaultOf('probe.timeout')) ? 'interval' : 'timeout'],
        message: `timeout (${formatDuration(timeout)}) is not below interval (${formatDuration(interval)}): a probe must end before the next begins.`,
        params: ADVICE,
        input: context.value,
      });
    }),
    state: section({ dir: path(allowedAt('state.dir')).optional() }),
    log: section({
      level: z.enum(LOG_LEVELS, allowedAt('log.level')).prefault(defaultOf('log.level')),
      format: z.enum(LOG_FORMATS, allowedAt('log.format')).prefault(defaultOf('log.format')),
    }),
    limits: section({
      max_nodes: wholeNumber(RANGES.maxNodes, allowedAt('limits.max_nodes')).prefault(
        defaultOf('limits.max_nodes'),
      ),
      forget_nodes_after_days: wholeNumber(
        RANGES.forgetDays,
        allowedAt('limits.forget_nodes_after_days'),
      ).prefault(defaultOf('limits.forget_nodes_after_days')),
    }),
    thresholds,
  }),
);

/** What the file, the environment and the flags say together, defaults filled in, before paths are resolved. */
export type Settings = z.output<typeof configSchema>;
export type GatewaySettings = Settings['gateways'][number];
export type NodeSettings = Settings['nodes'][number];
