import type { Config } from '../config/config.ts';
import type { NodeLog } from '../config/forms.ts';
import { addressOf } from '../config/gateway-url.ts';
import {
  type Endpoint,
  endpointText,
  type GatewayRef,
  isSameEndpoint,
  present,
  type TargetId,
} from '../core/index.ts';

const AUTO: NodeLog = { kind: 'auto' };

/** A gateway to watch, and who said so. */
export interface GatewayChoice {
  /** The `gateway` label. */
  readonly name: string;
  readonly url: string;
  readonly address: Endpoint;
  /** In words, who said so. */
  readonly from: string;
  /** Nothing points at it: it is only where a gateway listens by default. */
  readonly isGuess: boolean;
  /** Where it logs itself. */
  readonly log: NodeLog;
  /** What our session with it rests on. */
  readonly access: GatewayAccess;
}

export interface GatewayAccess {
  /**
   * `found`: by the one credential that was given or found. `own`: by its own token file and by nothing else; without one
   * it is looked at from outside.
   */
  readonly kind: 'found' | 'own';
  readonly tokenFile?: string;
  readonly tlsFingerprint?: string;
  readonly probe: boolean;
}

/** Where a node host was seen to dial. */
export interface Dialled {
  readonly endpoint: Endpoint;
  /** Absent where nobody knows. */
  readonly tls?: boolean;
}

/**
 * Gateways that were given are used as they are. Otherwise the addresses that the watched node hosts themselves dial
 * are better known than anything their settings say, also where they dialled in an earlier run and are away now. The
 * first of them gets the credential that was found; it was made for one gateway, and the others get none.
 *
 * @param dialled by node host, in the order of the configuration
 */
export function chooseGateways(
  { gateway, gateways, probe }: Pick<Config, 'gateway' | 'gateways' | 'probe'>,
  dialled: ReadonlyMap<TargetId, Dialled>,
): readonly GatewayChoice[] {
  if (gateways.length > 0) {
    return gateways.map(({ name, url, log = AUTO, ...access }) =>
      choice(url, { name, from: 'gateways', isGuess: false, log, access: { kind: 'own', ...access } }),
    );
  }
  const { locator, tokenFile, tlsFingerprint, log = AUTO } = gateway;
  const found: GatewayAccess = {
    kind: 'found',
    probe: probe.enabled,
    ...present({ tokenFile, tlsFingerprint }),
  };
  if (locator.kind === 'given') {
    return [choice(locator.url, { from: 'gateway.url', isGuess: false, log, access: found })];
  }
  const urls = distinct([...dialled.values()]).flatMap((at) => urlOf(at) ?? []);
  if (urls.length === 0) {
    return [choice(locator.fallback, { from: locator.from, isGuess: locator.isGuess, log, access: found })];
  }
  return urls.map((url, index) =>
    choice(url, {
      from: 'where the node host dials',
      isGuess: false,
      log,
      access: index === 0 ? found : { kind: 'own', probe: false },
    }),
  );
}

/** What the core is to know of a choice. */
export function gatewayRef({ name, url, address, from, isGuess }: GatewayChoice): GatewayRef {
  return { name, url, address, ...(isGuess && { guessedFrom: from }) };
}

/**
 * The URL of an address that a node host dials; `undefined` where none can be made of it: `gw.lan:18789` and
 * `fe80::1%eth0` are hosts in somebody's configuration. Without a word about TLS, plain, as OpenClaw itself does.
 */
export function urlOf({ endpoint, tls }: Dialled): string | undefined {
  const url = `${tls === true ? 'wss' : 'ws'}://${endpointText(endpoint)}`;
  return URL.canParse(url) ? url : undefined;
}

function choice(
  url: string,
  rest: Omit<GatewayChoice, 'name' | 'url' | 'address'> & { readonly name?: string },
): GatewayChoice {
  const address = addressOf(url);
  return { name: endpointText(address), url, address, ...rest };
}

/** Of one that several dial, as one of them does of which it is known whether it uses TLS. */
function distinct(dialled: readonly Dialled[]): readonly Dialled[] {
  return dialled
    .filter(
      ({ endpoint }, index) =>
        dialled.findIndex((other) => isSameEndpoint(other.endpoint, endpoint)) === index,
    )
    .map(
      (at) =>
        dialled.find(({ endpoint, tls }) => tls !== undefined && isSameEndpoint(endpoint, at.endpoint)) ?? at,
    );
}
