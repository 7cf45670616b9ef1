import type { Config } from '../config/config.ts';
import type { TcpAddress } from '../config/listen-address.ts';
import type { NodeHostPlace } from './simulated-node-host.ts';

/** What the demo brings along, for the exporter to watch. */
export interface DemoSurroundings {
  readonly gatewayUrl: string;
  readonly tokenFile: string;
  readonly nodeHosts: readonly NodeHostPlace[];
  readonly exporterStateDir: string;
}

/** Whether somebody said where to serve. */
export function isAddressGiven({ web, origins }: Config): boolean {
  return origins['web.listen_address'] !== undefined || web.inherited !== undefined;
}

/**
 * What the exporter is started with: the demo's gateway and node hosts, and whatever else was asked for, as of `serve`. What the
 * environment says about a gateway and node hosts is about the real ones of this machine; only flags and the
 * configuration file can mean the demo.
 *
 * @param fallbackListen where to serve when nobody asked for an address
 */
export function demoConfig(config: Config, demo: DemoSurroundings, fallbackListen: TcpAddress): Config {
  const asked = (key: string): boolean => saidBy(config, key, ['flag', 'file']);
  const keepsGateway = asked('gateway');
  const keepsNodes = asked('nodes');
  return {
    ...config,
    web: isAddressGiven(config) ? config.web : { ...config.web, listen: [fallbackListen] },
    gateway: keepsGateway
      ? config.gateway
      : { locator: { kind: 'given', url: demo.gatewayUrl }, tokenFile: demo.tokenFile },
    nodes: keepsNodes
      ? config.nodes
      : demo.nodeHosts.map(({ name, stateDir, logPath }) => ({
          id: `state-dir:${stateDir}`,
          name,
          locator: { kind: 'state-dir', path: stateDir, explicit: true },
          log: { kind: 'file', path: logPath },
        })),
    // The demo's gateway lets everybody with the token do everything, so every viewpoint can be shown.
    probe: asked('probe.enabled') ? config.probe : { ...config.probe, enabled: true },
    state: asked('state.dir') ? config.state : { ...config.state, dir: demo.exporterStateDir },
    // The table is what one looks at; log lines between its frames would tear it.
    log: asked('log.level') ? config.log : { ...config.log, level: 'error' },
  };
}

/** Whether one of these said anything at `key` or below it. */
function saidBy(config: Config, key: string, kinds: readonly string[]): boolean {
  return Object.entries(config.origins).some(
    ([said, origin]) =>
      (said === key || said.startsWith(`${key}.`) || said.startsWith(`${key}[`)) &&
      kinds.includes(origin.kind),
  );
}
