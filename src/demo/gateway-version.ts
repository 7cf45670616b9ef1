export const GATEWAY_VERSIONS = ['2026.9.6', '2026.4.15'] as const;
/** The two gateways that can be simulated: a current one, and that of the first reports of zombies. */
export type GatewayVersion = (typeof GATEWAY_VERSIONS)[number];

/** How the gateway of one version differs on the wire from that of the other. */
export interface GatewayTraits {
  readonly protocol: 3 | 4;
  /** Its boot has a name of its own in `hello-ok`. */
  readonly hasBootId: boolean;
  /** Tells clients apart in `seq`; older gateways count over all of them. */
  readonly seqPerClient: boolean;
  /** Pings each socket this often, and drops it when no pong came by the next time; `null`: never. */
  readonly pingIntervalMs: number | null;
  /** Understands `node.host.stats`, and keeps and announces what nodes connect and disconnect. */
  readonly knowsHostStats: boolean;
  /** Operators without a device keep the scopes that they ask for (on loopback). */
  readonly grantsScopesWithoutDevice: boolean;
  /** Tools (`backend`) are shown in the presence list, and their going is announced. */
  readonly showsBackendsInPresence: boolean;
  /** Says how a session was authenticated, also where no device token was issued. */
  readonly tellsAuth: boolean;
  /** Waits this long before it tells that a token is wrong. */
  readonly refusalDelayMs: number;
  /** How long a socket may stay without `connect`. */
  readonly handshakeTimeoutMs: number;
}

const TRAITS: Readonly<Record<GatewayVersion, GatewayTraits>> = {
  '2026.9.6': {
    protocol: 4,
    hasBootId: true,
    seqPerClient: true,
    pingIntervalMs: 25_000,
    knowsHostStats: true,
    grantsScopesWithoutDevice: true,
    showsBackendsInPresence: false,
    tellsAuth: true,
    refusalDelayMs: 250,
    handshakeTimeoutMs: 15_000,
  },
  '2026.4.15': {
    protocol: 3,
    hasBootId: false,
    seqPerClient: false,
    pingIntervalMs: null,
    knowsHostStats: false,
    grantsScopesWithoutDevice: false,
    showsBackendsInPresence: true,
    tellsAuth: false,
    refusalDelayMs: 0,
    handshakeTimeoutMs: 10_000,
  },
};

export function traitsOf(version: GatewayVersion): GatewayTraits {
  return TRAITS[version];
}
