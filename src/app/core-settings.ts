import type { Config } from '../config/config.ts';
import type { CoreSettings, GatewayRef, SourceName } from '../core/index.ts';

/** What the core is to know of the configuration. */
export function coreSettings(config: Config, gateways: readonly GatewayRef[]): CoreSettings {
  return {
    gateways,
    targets: config.nodes.map((node) => ({
      id: node.id,
      explicit: node.locator.kind !== 'state-dir' || node.locator.explicit,
      ...(node.name !== undefined && { name: node.name }),
      ...(node.nodeId !== undefined && { nodeId: node.nodeId }),
    })),
    limits: config.thresholds,
    enabledSources: enabledSources(config),
    maxNodes: config.limits.maxNodes,
    forgetNodesAfterMs: config.limits.forgetNodesAfterMs,
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
