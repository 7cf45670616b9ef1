import { isNamed, type Config } from '../config/config.ts';
import { type CoreSettings, type GatewayRef, present, type SourceName } from '../core/index.ts';

export const DAY_MS = 86_400_000;

/** After how long without a word a node is forgotten. */
export function forgetNodesAfterMs({ forgetNodesAfterDays }: Config['limits']): number {
  return forgetNodesAfterDays * DAY_MS;
}

/** What the core is to know of the configuration. */
export function coreSettings(config: Config, gateways: readonly GatewayRef[]): CoreSettings {
  return {
    gateways,
    targets: config.nodes.map(({ id, locator, name, nodeId }) => ({
      id,
      explicit: isNamed(locator),
      ...present({ name, nodeId }),
    })),
    limits: config.thresholds,
    enabledSources: enabledSources(config),
    maxNodes: config.limits.maxNodes,
    forgetNodesAfterMs: forgetNodesAfterMs(config.limits),
  };
}

function enabledSources(config: Config): readonly SourceName[] {
  const hasLog = config.nodes.some((node) => node.log.kind !== 'none');
  return [
    'process',
    'socket',
    ...(hasLog ? (['log'] as const) : []),
    'gateway-http',
    'gateway-session',
    ...(config.probe.enabled || config.gateways.some(({ probe }) => probe) ? (['probe'] as const) : []),
  ];
}
