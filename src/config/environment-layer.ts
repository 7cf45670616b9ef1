import { readText, type Layer, type LayerEntry } from './layer.ts';
import { formatFound, formatShortKey, type ConfigProblem } from './problem.ts';
import { ALL_SETTINGS, CONFIG_FILE, LOCATOR_FIELDS, VARIABLE_PREFIX, type Setting } from './settings.ts';
import { suggest } from './suggest.ts';
import { MAX_TOLD } from './tell-first.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const SETTING_BY_VARIABLE: ReadonlyMap<string, Setting> = new Map(
  ALL_SETTINGS.flatMap((setting) =>
    setting.variable === undefined ? [] : [[setting.variable, setting] as const],
  ),
);
const VARIABLES = [...SETTING_BY_VARIABLE.keys(), CONFIG_FILE.variable];

/** What `OPENCLAW_LIVENESS_…` says. Blank variables are absent, as compose files and unit files leave them. */
export function readEnvironmentLayer(environment: Environment): Layer {
  const entries: LayerEntry[] = [];
  const problems: ConfigProblem[] = [];
  const nodeVariables: NodeVariable[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(VARIABLE_PREFIX) || text === undefined || text.trim() === '') continue;
    if (variable === CONFIG_FILE.variable || isServiceLink(variable, text)) continue;
    const setting = SETTING_BY_VARIABLE.get(variable);
    if (setting === undefined) {
      // To find what was meant takes time, and no more than the first are told.
      const message = problems.length < MAX_TOLD ? describeUnknown(variable) : 'unknown variable';
      problems.push({ where: `environment variable ${formatShortKey(variable)}`, message });
    } else if (setting.key.startsWith('nodes[].')) {
      nodeVariables.push({ field: setting.key.replace('nodes[].', ''), variable, values: splitList(text) });
    } else {
      entries.push({
        path: setting.key.split('.'),
        value: readText(text, setting.form.kind),
        origin: { kind: 'environment', variable },
      });
    }
  }
  const nodes = joinNodeVariables(nodeVariables);
  const configFile = environment[CONFIG_FILE.variable]?.trim() ?? '';
  return {
    entries: [...entries, ...nodes.entries],
    problems: [...problems, ...nodes.problems],
    ...(configFile !== '' && {
      configFile: { path: configFile, origin: { kind: 'environment', variable: CONFIG_FILE.variable } },
    }),
  };
}

interface NodeVariable {
  readonly field: string;
  readonly variable: string;
  readonly values: readonly string[];
}

function isLocator(field: string): boolean {
  return (LOCATOR_FIELDS as readonly string[]).includes(field);
}

function splitList(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** The first state directory goes with the first name and the first log, and so on. */
function joinNodeVariables(variables: readonly NodeVariable[]): Pick<Layer, 'entries' | 'problems'> {
  const problems: ConfigProblem[] = [];
  const locators = variables.filter(({ field }) => isLocator(field));
  if (locators.length > 1) {
    problems.push({
      where: `environment variables ${locators.map(({ variable }) => variable).join(' and ')}`,
      message:
        'set only one of them: by variables all node hosts are named in the same way. Use --node.… flags or the nodes list of a config file otherwise.',
    });
    return { entries: [], problems };
  }
  const count = locators[0]?.values.length ?? 1;
  for (const { field, variable, values } of variables) {
    if (values.length === count) continue;
    const against = locators[0]?.variable;
    problems.push({
      where: `environment variable ${variable}`,
      key: `nodes[].${field}`,
      message:
        `found ${values.length} values; allowed: ` +
        (against === undefined
          ? 'one, since no variable names a node host.'
          : `${count}, one for each in ${against}.`),
    });
  }
  if (problems.length > 0) return { entries: [], problems };
  const entries = variables.flatMap(({ field, variable, values }) =>
    values.flatMap((value, index) => {
      // A blank between two commas leaves that node host without one.
      if (value === '' && !isLocator(field)) return [];
      return [{ path: ['nodes', index, field], value, origin: { kind: 'environment', variable } as const }];
    }),
  );
  return { entries, problems };
}

/**
 * Kubernetes puts a variable for each service of the namespace into every container. A service called
 * `openclaw-liveness-exporter` must not keep its own pods from starting.
 */
function isServiceLink(variable: string, text: string): boolean {
  if (/_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$/.test(variable)) return true;
  if (/_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(variable)) return true;
  return variable.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text);
}

function describeUnknown(variable: string): string {
  if (/(TOKEN|PASSWORD|SECRET)$/.test(variable)) {
    return 'unknown variable (its value is not shown). Put the token in OPENCLAW_GATEWAY_TOKEN, or in a file named by OPENCLAW_LIVENESS_GATEWAY_TOKEN_FILE.';
  }
  if (/^GATEWAYS(_|$)/.test(variable.slice(VARIABLE_PREFIX.length))) {
    return 'unknown variable: a list of gateways is written into the config file only (gateways). Unset it.';
  }
  const meant = suggest(
    variable.slice(VARIABLE_PREFIX.length),
    VARIABLES.map((name) => name.slice(VARIABLE_PREFIX.length)),
  );
  if (meant !== undefined) return `unknown variable. Did you mean ${VARIABLE_PREFIX}${meant}?`;
  return `unknown variable. Unset it; docs/configuration.md lists what ${formatFound(`${VARIABLE_PREFIX}…`)} may set.`;
}
