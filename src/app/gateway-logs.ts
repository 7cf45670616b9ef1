import type { Config } from '../config/config.ts';
import type { NodeLog } from '../config/forms.ts';
import { addressOf } from '../config/gateway-url.ts';
import { isLoopback, type Endpoint } from '../core/index.ts';
import type { LoggingGateway } from '../sources/gateway-log/gateway-log-source.ts';
import type { GatewayLogPlace } from '../sources/gateway-log/places.ts';
import type { GatewayChoice } from './gateway-choice.ts';

/** Those of the watched gateways that log on this machine, and where. */
export function loggingGateways(
  choices: readonly GatewayChoice[],
  config: Config,
): readonly LoggingGateway[] {
  return choices.flatMap(({ name: gateway, address, log }): LoggingGateway[] => {
    const places = placesOf(address, log, config);
    const isGiven = log.kind === 'file' || log.kind === 'journal';
    return places.length === 0 ? [] : [{ gateway, port: address.port, places, isGiven }];
  });
}

/** What OpenClaw calls its service, and where it writes unless told otherwise. */
const SERVICE = 'openclaw-gateway';
const DAILY = 'openclaw';
const DAILY_DIRECTORY = '/tmp/openclaw';

function placesOf(address: Endpoint, log: NodeLog, config: Config): readonly GatewayLogPlace[] {
  const { environment, config: view } = config.openclaw;
  const profile = environment.profile?.toLowerCase() === 'default' ? undefined : environment.profile;
  switch (log.kind) {
    case 'none':
      return [];
    case 'file':
      return [{ kind: 'file', path: log.path }];
    case 'journal': {
      const unit = `${profile === undefined ? SERVICE : `${SERVICE}-${profile}`}.service`;
      return [{ kind: 'journal', unit, user: true }];
    }
    case 'auto': {
      if (!isLoopback(address)) return [];
      const isOurs = view.gateway === undefined || addressOf(view.gateway.url).port === address.port;
      const daily = (family: string): GatewayLogPlace => ({
        kind: 'daily',
        directory: DAILY_DIRECTORY,
        family,
      });
      return [
        ...(view.logFile !== undefined && isOurs ? [{ kind: 'file', path: view.logFile } as const] : []),
        // 2026.4 writes there whatever its configuration says, and knows no profiles.
        ...(profile === undefined ? [] : [daily(`${DAILY}-${profile}`)]),
        daily(DAILY),
      ];
    }
    default:
      return log satisfies never;
  }
}
