import type { CoreUnderTest, Said } from '../exporter/core.ts';
import type { Exporter } from '../exporter/exporter.ts';
import type { Viewpoint } from '../exporter/viewpoints.ts';
import type { Layout, Site } from '../layout.ts';
import { LOCKOUT_MS } from '../gateway/lockout.ts';
import type { NodeHost } from '../node-host/node-host.ts';
import { couldGetIn, FUTILE_MS, isAttachedAndAlive, truthOf, type Fault, type Truth } from '../truth.ts';
import { CLAIMS } from './claims.ts';
import { deadlineOf } from './deadlines.ts';
import type { Detection, Finding, Verdicts } from './finding.ts';
import { HeartbeatJudge } from './heartbeat.ts';

export interface JudgeOptions {
  readonly layout: Layout;
  readonly nowMs: () => number;
  readonly exporter: Exporter;
  readonly tell: (words: string) => void;
  readonly judgesHeartbeat: boolean;
}

/** The truth changes with events, and with time alone only where that took minutes. */
const LOOK_EVERY_MS = 5_000;
const CLAIMS_EVERY_MS = 2_000;
/** How often it is looked at whether a node host is listed twice, and for how long it may be. */
const TWINS_EVERY_MS = 10_000;
const TWINS_GRACE_MS = 60_000;
/** An exporter that assesses this long after the last time did not get to look in between. */
const LATE_MS = 3_000;
/** Between two looks at processes. */
const UNSEEN_LIFE_MS = 1_000;
/** What was so until a moment ago may still be said. */
const GRACE_MS = 5_000;

/** Holds what the exporter says of each node host against what is so. */
export class Judge {
  readonly findings: Finding[] = [];
  readonly detections: Detection[] = [];
  readonly unknowable = new Map<string, number>();
  heldByBudget = 0;
  moot = 0;
  readonly #options: JudgeOptions;
  readonly #trials: readonly Trial[];
  readonly #remoteTrials: readonly RemoteTrial[];
  #twinsLookedMs = 0;

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#trials = options.layout.locals.map((host) => new Trial(host, this, options));
    this.#remoteTrials = options.layout.remotes.map((host) => new RemoteTrial(host, this, options));
  }

  get verdicts(): Verdicts {
    const { findings, detections, heldByBudget, moot, unknowable } = this;
    return { findings, detections, heldByBudget, moot, unknowable };
  }

  /** Something in the world changed. */
  worldChanged(): void {
    for (const trial of this.#trials) trial.worldChanged();
  }

  /** Something hinders the exporter, or the node hosts: deadlines begin anew. */
  disturbed(): void {
    for (const trial of this.#trials) trial.disturbed();
  }

  /** The exporter has assessed. */
  assessed(core: CoreUnderTest): void {
    for (const trial of this.#trials) trial.judge(core);
    const now = this.#options.nowMs();
    if (this.#remoteTrials.length === 0 && now - this.#twinsLookedMs < TWINS_EVERY_MS) return;
    const remotes = core.saysOfRemote();
    for (const trial of this.#remoteTrials) trial.judge(remotes);
    if (now - this.#twinsLookedMs < TWINS_EVERY_MS) return;
    this.#twinsLookedMs = now;
    for (const trial of this.#trials) trial.judgeTwins(core, remotes);
  }

  found(finding: Finding): Finding {
    this.findings.push(finding);
    this.#options.tell(
      `*** ${finding.kind}: ${finding.host} is ${finding.state} (${finding.reasons}) "${finding.why}" — in truth: ${finding.truth}`,
    );
    return finding;
  }
}

/** The case of one node host of the exporter's machine. */
class Trial {
  readonly #host: NodeHost;
  readonly #judge: Judge;
  readonly #options: JudgeOptions;
  readonly #heartbeat: HeartbeatJudge;
  #truth: Truth = { helps: 'no', because: 'nothing has happened yet' };
  /** When a restart would last have helped, or nobody could know. */
  #lastAllowedMs = -Infinity;
  #faultSinceMs = 0;
  #calmSinceMs = 0;
  #wellSinceMs = 0;
  #twinSinceMs = 0;
  /** When it parked last, and how long its machine had slept until then. */
  /** When it can have been read at the latest that it parked. */
  #parkedMs = 0;
  #isParkRead = false;
  #sleptBeforeMs = 0;
  /** When the exporter could last have told which row is its own. */
  #ranMonoMs = -Infinity;
  #lookedMs = 0;
  #judgedMs = -Infinity;
  #claimsLookedMs = 0;
  readonly #site: Site;
  /** Both ways to the gateway are open, and it lets others in. */
  #isSiteWell = false;
  #isTold = false;
  #isClosed = false;
  /** The 503 that is answered now began when it was right. */
  #beganRight = false;
  #wasLive = true;
  #open: Finding | undefined;
  readonly #untrueSinceMs = new Map<string, number>();

  constructor(host: NodeHost, judge: Judge, options: JudgeOptions) {
    this.#host = host;
    this.#judge = judge;
    this.#options = options;
    this.#site = options.layout.siteOf(host);
    const isKnowable = !('unknowable' in this.#deadlineOf('hang in the kernel'));
    this.#heartbeat = new HeartbeatJudge(host, { ...options, isKnowable }, (finding) => judge.found(finding));
  }

  disturbed(): void {
    this.#calmSinceMs = this.#options.nowMs();
  }

  /** Something in the world is not as it was. */
  worldChanged(): void {
    const { gateway, exporterPath } = this.#site;
    this.#isSiteWell =
      gateway.letsIn &&
      this.#host.path.reach('upgrade').kind === 'there' &&
      exporterPath.reach('upgrade').kind === 'there';
    this.#look();
  }

  /** Whether the truth is another than it was. */
  #look(): void {
    const now = this.#options.nowMs();
    const site = this.#site;
    this.#lookedMs = now;
    const isParked = this.#host.runner?.stage.kind === 'parked';
    // What was written while nobody read may have been written just before it was read.
    this.#isParkRead = isParked && (this.#isParkRead || this.#isExporterWell());
    if (!this.#isParkRead) {
      this.#parkedMs = now;
      this.#sleptBeforeMs = this.#sleptMs();
    }
    const before = this.#truth;
    if (before.helps !== 'no') this.#lastAllowedMs = now;
    const truth = this.#knowable(truthOf(this.#host, site.gateway));
    this.#truth = truth;
    if (truth.helps !== 'no') this.#lastAllowedMs = now;
    this.#heartbeat.look(isAttachedAndAlive(this.#host, site.gateway));
    if (sameTruth(before, truth)) return;
    this.#options.tell(
      `${this.#host.id}: ${truth.helps === 'yes' ? `a restart would help (${truth.fault})` : `a restart would not help (${truth.because})`}`,
    );
    if (truth.helps !== 'yes') return;
    const isSameFault = before.helps === 'yes' && before.fault === truth.fault;
    if (!isSameFault) {
      this.#faultSinceMs = truth.fault === 'futile' ? now - FUTILE_MS : now;
      this.#isTold = false;
      this.#isClosed = false;
    }
  }

  judge(core: CoreUnderTest): void {
    const said = core.saysOf(this.#host.id);
    if (said === undefined) return;
    const now = this.#options.nowMs();
    if (now - this.#lookedMs >= LOOK_EVERY_MS || said.live !== this.#wasLive) this.#look();
    if (this.#truth.helps !== 'no') this.#lastAllowedMs = now;
    const isWell = this.#isExporterWell();
    if (!isWell || now - this.#judgedMs > LATE_MS) this.#wellSinceMs = now;
    this.#judgedMs = now;
    if (!isWell || !this.#isSiteWell) this.#calmSinceMs = now;
    if (said.live) this.#judgeLive(said);
    else this.#judgeDead(said);
    this.#wasLive = said.live;
    if (now - this.#claimsLookedMs >= CLAIMS_EVERY_MS) this.#judgeClaims(said);
    this.#heartbeat.judge(core, said, now - this.#calmSinceMs);
  }

  /** It looks without hindrance. */
  #isExporterWell(): boolean {
    return this.#options.exporter.seesAllOf(this.#site.gateway);
  }

  /** What nobody could know without the log: whether one that is gone was refused. */
  #knowable(truth: Truth): Truth {
    const host = this.#host;
    // The log of 2026.4 ends with the last refusal, however long it was attached after that.
    const isForgotten =
      host.habits.exitsAfterClose &&
      host.wasEverBlocked &&
      host.endedMs < this.#options.exporter.remembersSinceMs;
    if (truth.helps === 'yes' && truth.fault === 'gone' && isForgotten) {
      return { helps: 'moot', because: 'gone, before the exporter forgot all that it had seen' };
    }
    const isRefused = truth.helps === 'no' && truth.because.startsWith('gone; it would be refused');
    const { layout, exporter } = this.#options;
    const isLogSeen = layout.viewpoints.has('log') && !exporter.blind.has('log') && this.#host.log.isReadable;
    if (!isRefused || isLogSeen) return truth;
    return { helps: 'moot', because: `${truth.because}, which only its log tells` };
  }

  #judgeDead(said: Said): void {
    const now = this.#options.nowMs();
    const truth = this.#truth;
    if (this.#wasLive) {
      this.#beganRight = truth.helps !== 'no';
      this.#options.tell(`${this.#host.id}: 503 ${said.state} (${said.reasons.join(' ')}) "${said.why}"`);
    }
    switch (truth.helps) {
      case 'yes':
        this.#told(truth.fault);
        return;
      case 'moot':
        if (this.#wasLive) this.#judge.moot += 1;
        return;
      case 'no': {
        // A life between two looks, of one that was gone before it, is seen by nobody.
        const { runner, lastLifeMs } = this.#host;
        if (this.#beganRight && runner === undefined && lastLifeMs < UNSEEN_LIFE_MS)
          this.#lastAllowedMs = now;
        const allowedMs = this.#beganRight
          ? Math.max(this.#lastAllowedMs, this.#wellSinceMs)
          : this.#lastAllowedMs;
        if (now - allowedMs <= GRACE_MS) return;
        this.#open ??= this.#judge.found({
          kind: 'false 503',
          atMs: now,
          lastedMs: 0,
          ...this.#saying(said),
          truth: truth.because,
        });
        this.#open.lastedMs = now - this.#open.atMs;
        return;
      }
      default:
        truth satisfies never;
    }
  }

  #told(fault: Fault): void {
    this.#open = undefined;
    if (this.#isTold) return;
    this.#isTold = true;
    const now = this.#options.nowMs();
    if (now <= this.#calmSinceMs) return;
    const undisturbedMs = now - this.#couldKnowSinceMs(fault);
    this.#judge.detections.push({ fault, version: this.#host.habits.version, undisturbedMs });
  }

  #judgeLive(said: Said): void {
    const now = this.#options.nowMs();
    if (!this.#wasLive) this.#options.tell(`${this.#host.id}: 200 ${said.state} "${said.why}"`);
    this.#open = undefined;
    const truth = this.#truth;
    if (truth.helps !== 'yes' || this.#isTold || this.#isClosed) return;
    const deadline = this.#deadlineOf(truth.fault);
    if ('unknowable' in deadline) {
      this.#isClosed = true;
      const reason = `${truth.fault}: ${deadline.unknowable}`;
      this.#judge.unknowable.set(reason, (this.#judge.unknowable.get(reason) ?? 0) + 1);
      return;
    }
    const undisturbedMs = now - this.#couldKnowSinceMs(truth.fault);
    if (undisturbedMs <= deadline.withinMs) return;
    this.#isClosed = true;
    if (said.reasons.includes('restart-did-not-help')) {
      this.#judge.heldByBudget += 1;
      return;
    }
    this.#judge.found({
      kind: 'missed fault',
      atMs: now,
      lastedMs: undisturbedMs,
      ...this.#saying(said),
      truth: `${truth.fault} for ${Math.round((now - this.#faultSinceMs) / 1_000)} s`,
    });
  }

  /** Since when nothing hinders the exporter from seeing it. */
  #couldKnowSinceMs(fault: Fault): number {
    const sinceMs = Math.max(this.#faultSinceMs, this.#calmSinceMs);
    if (fault !== 'lock-out over') return sinceMs;
    // A log has no times: what was read in its history may have been written just before. And our clock sleeps with us.
    const remembersMs = this.#host.machine.monoMs - this.#options.exporter.remembersSinceMonoMs;
    return Math.max(
      sinceMs,
      this.#options.nowMs() - remembersMs + LOCKOUT_MS,
      this.#parkedMs + LOCKOUT_MS + this.#sleptMs() - this.#sleptBeforeMs,
    );
  }

  /** Its machine, ever. */
  #sleptMs(): number {
    return this.#options.nowMs() - this.#host.machine.monoMs;
  }

  /** By the viewpoints that tell something of this very node host, whatever the gateway can be sure of. */
  #deadlineOf(fault: Fault): ReturnType<typeof deadlineOf> {
    const { viewpoints, watchedGateways } = this.#options.layout;
    const host = this.#host;
    // Of several gateways without a roster only the address tells which one is its own.
    const isGatewayKnown =
      viewpoints.has('credential') ||
      watchedGateways.length === 1 ||
      (host.hints.endpoint !== undefined && watchedGateways.some(({ path }) => path.url === host.path.url));
    // Neither its arguments nor its log tell where it dials.
    const isWayKnown = host.hints.endpoint !== undefined || viewpoints.has('log');
    const has = (viewpoint: Viewpoint): boolean =>
      viewpoints.has(viewpoint) &&
      (viewpoint !== 'socket' || host.hints.endpoint !== undefined) &&
      (viewpoint !== 'http' || (isGatewayKnown && isWayKnown));
    const deadline = deadlineOf(fault, host, has);
    if (this.#isNamed() || 'unknowable' in deadline) return deadline;
    const without = deadlineOf(fault, host, (viewpoint) => viewpoint !== 'credential' && has(viewpoint));
    return 'unknowable' in without || without.withinMs > deadline.withinMs ? without : deadline;
  }

  /** Nobody is listed twice: as a node host of this machine and as one elsewhere. */
  judgeTwins(core: CoreUnderTest, remotes: readonly Said[]): void {
    const now = this.#options.nowMs();
    if (!this.#options.layout.viewpoints.has('process')) return;
    const { monoMs } = this.#host.machine;
    if (this.#isIdentifiable() && this.#isExporterWell()) this.#ranMonoMs = monoMs;
    // One that was gone, or never attached, all the while cannot be told from others.
    if (this.#ranMonoMs < this.#options.exporter.remembersSinceMonoMs + TWINS_EVERY_MS) {
      this.#twinSinceMs = now;
      return;
    }
    const twin = remotes.find(({ nodeId }) => nodeId === this.#host.deviceId);
    if (twin === undefined || now - this.#calmSinceMs < TWINS_GRACE_MS) {
      this.#twinSinceMs = now;
      return;
    }
    if (now - this.#twinSinceMs < TWINS_GRACE_MS) return;
    this.#twinSinceMs = Infinity;
    const said = core.saysOf(this.#host.id);
    if (said === undefined) return;
    this.#judge.found({
      kind: 'untrue sentence',
      atMs: now,
      lastedMs: TWINS_GRACE_MS,
      ...this.#saying(said),
      truth: `it is listed twice, here and as a remote one that is ${twin.state}`,
    });
  }

  /** By its name or id in its arguments and its state, or by a session of its own. */
  #isIdentifiable(): boolean {
    const { runner } = this.#host;
    if (runner === undefined) return false;
    return this.#isNamed() || runner.stage.kind === 'attached';
  }

  #isNamed(): boolean {
    return this.#host.hints.nodeId !== undefined || this.#options.layout.naming === 'named';
  }

  #judgeClaims(said: Said): void {
    const now = this.#options.nowMs();
    const site = this.#site;
    // It said nothing in between.
    if (now - this.#claimsLookedMs > 5 * CLAIMS_EVERY_MS) this.#untrueSinceMs.clear();
    this.#claimsLookedMs = now;
    for (const claim of CLAIMS) {
      const { words } = claim;
      if (!claim.isMade(said) || claim.isTrue(this.#host, site) || !this.#isExporterWell()) {
        this.#untrueSinceMs.delete(words);
        continue;
      }
      const sinceMs = this.#untrueSinceMs.get(words) ?? now;
      this.#untrueSinceMs.set(words, sinceMs);
      if (now - sinceMs <= claim.graceMs) continue;
      this.#untrueSinceMs.set(words, Infinity);
      if (sinceMs === Infinity) continue;
      this.#judge.found({
        kind: 'untrue sentence',
        atMs: now,
        lastedMs: now - sinceMs,
        ...this.#saying(said),
        truth: `it is not true that ${words}`,
      });
    }
  }

  #saying({ state, reasons, why }: Said): Pick<Finding, 'host' | 'version' | 'state' | 'reasons' | 'why'> {
    return {
      host: this.#host.id,
      version: this.#host.habits.version,
      state,
      reasons: reasons.join(' '),
      why,
    };
  }
}

/** The case of a node host elsewhere: only a 503 can be wrong, for a fault there is told by what its own machine sees. */
class RemoteTrial {
  readonly #host: NodeHost;
  readonly #judge: Judge;
  readonly #options: JudgeOptions;
  #lastAllowedMs = -Infinity;
  #isFound = false;

  constructor(host: NodeHost, judge: Judge, options: JudgeOptions) {
    this.#host = host;
    this.#judge = judge;
    this.#options = options;
  }

  judge(remotes: readonly Said[]): void {
    const host = this.#host;
    const now = this.#options.nowMs();
    const { gateway } = this.#options.layout.siteOf(host);
    const isWell = host.process?.isResponsive === true && couldGetIn(host, gateway);
    if (!isWell) this.#lastAllowedMs = now;
    const said = remotes.find(({ nodeId }) => nodeId === host.deviceId);
    if (said === undefined || said.live) {
      this.#isFound = false;
      return;
    }
    // Host stats of one that goes on come within a minute.
    if (this.#isFound || now - this.#lastAllowedMs <= 70_000) return;
    this.#isFound = true;
    this.#judge.found({
      kind: 'false 503',
      atMs: now,
      lastedMs: 0,
      host: host.id,
      version: host.habits.version,
      state: said.state,
      reasons: said.reasons.join(' '),
      why: said.why,
      truth: 'a remote node host that is well',
    });
  }
}

function sameTruth(a: Truth, b: Truth): boolean {
  if (a.helps === 'yes') return b.helps === 'yes' && a.fault === b.fault;
  return b.helps === a.helps && a.because === b.because;
}
