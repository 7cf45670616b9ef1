import type { Config } from '../config/config.ts';
import type { NodeLog } from '../config/forms.ts';
import { addressOf } from '../config/gateway-url.ts';
import { isLoopback } from '../core/index.ts';
import type { LoggingGateway } from '../sources/gateway-log/gateway-log-source.ts';
import type { GatewayLogPlace } from '../sources/gateway-log/places.ts';
import type { GatewayChoice } from './gateway-choice.ts';

/** Those of the watched gateways that log on this machine, and where. */
export function loggingGateways(
  choices: readonly GatewayChoice[],
  config: Config,
): readonly LoggingGateway[] {
  return choices.flatMap((choice): LoggingGateway[] => {
    const log = settingOf(choice, config);
    const places = placesOf(choice, log, config);
    const { port } = choice.address;
    return places.length === 0
      ? []
      : [{ gateway: choice.name, port, places, isGiven: log.kind === 'file' || log.kind === 'journal' }];
  });
}

function settingOf({ name }: GatewayChoice, { gateway, gateways }: Config): NodeLog {
  const listed = gateways.find((entry) => entry.name === name);
  return (gateways.length > 0 ? listed?.log : gateway.log) ?? { kind: 'auto' };
}

/** What OpenClaw calls its service, and where it writes unless told otherwise. */
const SERVICE = 'openclaw-gateway';
const DAILY = 'openclaw';
const DAILY_DIRECTORY = '/tmp/openclaw';

function placesOf({ address }: GatewayChoice, log: NodeLog, config: Config): readonly GatewayLogPlace[] {
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
