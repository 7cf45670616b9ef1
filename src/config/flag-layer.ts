import { readText, type Layer, type LayerEntry } from './layer.ts';
import type { ConfigProblem } from './problem.ts';
import { ALL_SETTINGS, CONFIG_FILE, LOCATOR_FIELDS, type Setting } from './settings.ts';

/** One flag as it was given; their order matters where several node hosts are named. */
export interface GivenFlag {
  /** `--log.level`. */
  readonly flag: string;
  /** `true` and `false` are a switch and its `--no-…`. */
  readonly value: string | boolean;
}

const SETTING_BY_FLAG: ReadonlyMap<string, Setting> = new Map(
  ALL_SETTINGS.flatMap((setting) => (setting.flag === undefined ? [] : [[setting.flag, setting] as const])),
);

const LOCATOR_FLAGS: ReadonlySet<string> = new Set(
  LOCATOR_FIELDS.map((field) => `--node.${field.replaceAll('_', '-')}`),
);

/** The flag nobody should use: everybody on the machine can read it in the process list. */
export const TOKEN_FLAG = '--gateway.token';

/** What the flags say. The last one of a kind wins; those of a list and `--node.…` flags add up. */
export function readFlagLayer(given: readonly GivenFlag[]): Layer {
  const problems: ConfigProblem[] = [];
  const scalars = new Map<string, LayerEntry>();
  let configFile: Layer['configFile'];
  for (const { flag, value } of given) {
    if (flag === CONFIG_FILE.flag) {
      configFile = { path: String(value), origin: { kind: 'flag', flag } };
      continue;
    }
    if (flag === TOKEN_FLAG) {
      problems.push({
        where: `flag ${TOKEN_FLAG}`,
        message:
          'a token is not accepted as a flag: everybody on this machine could read it in the process list. Put it in a file (mode 0600) and give --gateway.token-file, or set OPENCLAW_GATEWAY_TOKEN.',
      });
      continue;
    }
    const setting = SETTING_BY_FLAG.get(flag);
    if (setting === undefined || setting.key.startsWith('nodes[].')) continue;
    const before = setting.form.kind === 'list' ? (scalars.get(setting.key)?.value ?? []) : undefined;
    scalars.set(setting.key, {
      path: setting.key.split('.'),
      value: before === undefined ? readFlag(value, setting) : [...(before as unknown[]), value],
      origin: { kind: 'flag', flag },
    });
  }
  const nodes = groupNodeFlags(given.filter(({ flag }) => flag.startsWith('--node.')));
  return {
    entries: [...scalars.values(), ...nodes.entries],
    problems: [...problems, ...nodes.problems],
    ...(configFile !== undefined && { configFile }),
  };
}

function readFlag(value: string | boolean, { form }: Setting): unknown {
  return typeof value === 'string' ? readText(value, form.kind) : value;
}

/**
 * `--node.name` and `--node.log` belong to the node host named just before them; with one node host, or none but the
 * default, their order does not matter.
 */
function groupNodeFlags(given: readonly GivenFlag[]): Pick<Layer, 'entries' | 'problems'> {
  const locatorCount = given.filter(({ flag }) => LOCATOR_FLAGS.has(flag)).length;
  const entries = new Map<string, LayerEntry>();
  const problems: ConfigProblem[] = [];
  let index = locatorCount > 1 ? -1 : 0;
  for (const { flag, value } of given) {
    const setting = SETTING_BY_FLAG.get(flag);
    if (setting === undefined) continue;
    if (locatorCount > 1 && LOCATOR_FLAGS.has(flag)) index += 1;
    const where = `flag ${flag}`;
    const field = setting.key.replace('nodes[].', '');
    const key = `nodes[${index}].${field}`;
    if (index < 0) {
      problems.push({
        where,
        message:
          'with several node hosts this flag belongs to the one named just before it; write it after its --node.state-dir (or --node.pid-file, --node.systemd-unit, --node.launchd-label).',
      });
    } else if (entries.has(key)) {
      const other = (entries.get(key)?.value ?? '') as string;
      problems.push({
        where,
        message: `given twice for one node host: ${JSON.stringify(other)} and ${JSON.stringify(value)}. Remove one, or write each after the --node.state-dir it belongs to.`,
      });
    } else {
      entries.set(key, { path: ['nodes', index, field], value, origin: { kind: 'flag', flag } });
    }
  }
  return { entries: [...entries.values()], problems };
}
