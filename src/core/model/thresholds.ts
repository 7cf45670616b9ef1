/**
 * Every duration that a verdict depends on. All are milliseconds, all are configurable (`thresholds.*`), each default
 * has its reason beside it.
 */
export const DEFAULT_THRESHOLDS = {
  /** How often verdicts are recomputed: the coarsest step that still calls a stopped process within 7 s. */
  tickMs: 1_000,

  /** Three looks of the process source (1 s each). */
  processValidMs: 3_000,
  /** Three looks of the socket source (1 s each). */
  socketValidMs: 3_000,
  /** The log source says at least every 10 s whether it can read; three of these. */
  logValidMs: 30_000,
  /** Three looks of the gateway-http source (3 s each) and the deadline of the last. */
  httpValidMs: 12_000,
  /** Three looks along a node host's own path (5 s each) and the deadline of the last. */
  pathValidMs: 18_000,
  /** Three tries of a WebSocket along it (30 s each: the gateway logs them) and the deadline of the last. */
  challengeValidMs: 100_000,
  /** Three WebSockets to the gateway itself (60 s each: it logs them) and the deadline of the last. */
  gatewayChallengeValidMs: 190_000,
  /** Three looks of `node.list` (5 s each): a frozen gateway leaves a fine-looking `connected: true` behind. */
  rosterValidMs: 15_000,
  /** Three questions to the service manager (60 s each, as long as all is well). */
  supervisorValidMs: 180_000,
  /** After a failed HTTP look a roster from before it is believed only until the next one would have come. */
  rosterGraceAfterHttpFailureMs: 3_000,

  /** launchd waits up to 10 s and systemd 5 s before they restart a process; half again on top. */
  downAfterMs: 15_000,
  /** Nobody stops a process for this long by accident; a debugger's step is shorter. */
  stoppedAfterMs: 5_000,
  /** A running event loop reads its socket within milliseconds; ten seconds outlast any garbage collection. */
  unreadAfterMs: 10_000,
  /** CPU time without once going to sleep; a healthy one was never seen to take 0.4 s, booting included. */
  spinCpuMs: 10_000,
  /** Three times the longest sleep it was ever seen to take. */
  pulseGapFactor: 3,
  /** An idle, attached event loop is only sure to wake every 30 s (its own tick watch); gaps drift for minutes below that. */
  pulseMinMs: 40_000,
  /** A gateway's tick comes every 30 s: two missed ticks and half a third. */
  pulseMaxMs: 75_000,
  /** Until the pulse was watched this long its longest gap is not known. */
  pulseTrustedAfterMs: 300_000,
  /** One lost answer is an accident. */
  probeWedgedTimeouts: 2,
  /** Two timeouts of 3 s each, without a pulse in all that time; as long as any event loop may compute. */
  probeWedgedMs: 10_000,
  /** Probes alone, against a pulse that goes on or is out of sight: long enough for a busy but sound node host. */
  probeOnlyWedgedMs: 30_000,
  /** Host stats come every 60 s: two missed and half a third. */
  hostStatsStaleMs: 150_000,
  /** A cold start of a node host takes up to 20 s, on a slow machine twice that. */
  startingMs: 60_000,
  /** On a starved machine a start takes longer still; but one that loads its code works now and then, one that hangs does not. */
  startingBusyMs: 15_000,
  /** A start that is busy for this long is a busy loop. */
  startingMaxMs: 300_000,

  /** The node host's own schedule: 1 s, doubling, without jitter. */
  backoffMinMs: 1_000,
  /** The cap of the node host's own schedule. */
  backoffMaxMs: 30_000,
  /** Timers are late on a loaded machine, never early. */
  overdueFactor: 1.5,
  /** Time for a dial to show in the socket table and in the gateway's answer, and for a slow disk that holds it up. */
  overdueSlackMs: 9_000,
  /** Where sockets cannot be seen a dial in flight must be allowed for, and its answer. */
  blindSlackMs: 10_000,
  /** A node host of 2026.9 gives a connect 15 s. */
  connectDeadlineMs: 15_000,
  /** A node host of 2026.4 gives a connect 10 s. */
  legacyConnectDeadlineMs: 10_000,
  /** Without the gateway's word: a connection that outlives every connect deadline was accepted. */
  socketAttachedMs: 18_000,
  /** A row that says `connected` of a process without any connection is a ghost after this long. */
  ghostRowMs: 15_000,
  /** Its own tick watch notices a dead connection within 90 s and waits 30 s more for the close to be answered. */
  halfOpenMs: 125_000,
  /** Linux repeats an unanswered SYN for 127 s before the dial fails. */
  dialMs: 130_000,
  /** TCP sends what was lost again after as long as it has gone unanswered, up to two minutes. */
  resendMaxMs: 120_000,
  /** `ws` waits this long for its close to be answered before it hangs up. */
  closeWaitMs: 30_000,
  /** An attempt comes every 30 s at least, half again late, and takes 15 s: an older refusal was not met again. */
  refusalValidMs: 90_000,
  /** An app that is refused tries again every 30 s, and sleeps now and then; one that is quiet for this long is away. */
  remoteRefusalValidMs: 900_000,
  /** Forty attempts at the cap would be twenty minutes; ten minutes are past every restart and update of a gateway. */
  futileAfterMs: 600_000,
  /** 2026.9.6 answers HTTP up to 8 s before it lets anybody in (`gateway starting; retry shortly`). */
  gatewayDeafMs: 20_000,
  /** Node hosts dial from the first HTTP answer on, so of the time until our own session opens this much counts for them. */
  gatewayStartupMs: 10_000,
  /** Told `gateway starting`, a node host tries again within 2 s and says nothing; as long again to be let in. */
  gatewaySettledMs: 4_000,
  /** The gateway's lock-out after ten failures lasts 5 min; half a minute for the clocks. */
  rateLimitLockoutMs: 330_000,

  /** After this many restarts that did not help another one will not. */
  restartBudget: 3,
  /** The window the budget counts in. */
  restartBudgetWindowMs: 1_800_000,
  /** A restart helped when the node host stayed alive this long after it. */
  restartHelpedAfterMs: 60_000,
};

export type Thresholds = { readonly [Name in keyof typeof DEFAULT_THRESHOLDS]: number };
