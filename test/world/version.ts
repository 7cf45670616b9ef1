export const VERSIONS = ['2026.4.15', '2026.9.6'] as const;
/** Versions of OpenClaw that are modelled; the others behave like one of the two where it matters here. */
export type Version = (typeof VERSIONS)[number];

/** What a node host of a version does; see `reference/openclaw-internals.md` 1 of the design notes. */
export interface Habits {
  readonly version: Version;
  /** Its reconnect timer keeps nothing alive: after a close the process ends, with code 0. */
  readonly exitsAfterClose: boolean;
  readonly writesConnected: boolean;
  /** From the dial to the open WebSocket; 2026.4 waits for ever. */
  readonly handshakeMs: number;
  readonly challengeMs: number;
  /** From its `connect` to the hello. */
  readonly helloMs: number;
  readonly sendsHostStats: boolean;
  readonly launchdThrottleMs: number;
  readonly systemdStartLimit: { readonly burst: number; readonly intervalMs: number };
}

export const HABITS: Readonly<Record<Version, Habits>> = {
  '2026.4.15': {
    version: '2026.4.15',
    exitsAfterClose: true,
    writesConnected: false,
    handshakeMs: Infinity,
    challengeMs: 10_000,
    helloMs: Infinity,
    sendsHostStats: false,
    launchdThrottleMs: 1_000,
    systemdStartLimit: { burst: 5, intervalMs: 60_000 },
  },
  '2026.9.6': {
    version: '2026.9.6',
    exitsAfterClose: false,
    writesConnected: true,
    handshakeMs: 15_000,
    challengeMs: 15_000,
    helloMs: 15_000,
    sendsHostStats: true,
    launchdThrottleMs: 10_000,
    systemdStartLimit: { burst: 10, intervalMs: 300_000 },
  },
};
