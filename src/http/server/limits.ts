/** What a client may take of us. We serve small answers to a few clients; what takes longer is broken or hostile. */
export const LIMITS = {
  /** A scraper sends some 500 bytes; Node's own limit is 16 KiB. */
  maxHeaderBytes: 8192,
  /** No page takes a body; a client that sends a few bytes out of habit does no harm. */
  maxBodyBytes: 1024,
  /** A TLS handshake is two round trips. */
  handshakeTimeoutMs: 5000,
  headersTimeoutMs: 5000,
  /** The whole request, with what it has of a body. */
  requestTimeoutMs: 10_000,
  /** Longer than the common scrape intervals (15 to 60 s), so that a scraper can keep its connection. */
  keepAliveTimeoutMs: 75_000,
  /** A client that takes nothing of its answer for this long is gone. */
  socketTimeoutMs: 30_000,
  /** The whole answer, however slowly it is taken. */
  responseTimeoutMs: 60_000,
  /** How often Node looks for requests over time. */
  checkIntervalMs: 5000,
  /** Scrapers, probes and a few browsers, over all addresses together; far below any limit on descriptors. */
  maxConnections: 256,
  /** Of one address of another machine: one that opens connections without end leaves room for the others. */
  maxConnectionsPerAddress: 100,
  /** Of one connection, without an answer; no scraper, probe or browser sends a second one before it has its answer. */
  maxPipelinedRequests: 8,
} as const;

/** What a test wants to be shorter or fewer. */
export type Limits = { readonly [limit in keyof typeof LIMITS]: number };
