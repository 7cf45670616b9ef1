import { LOOK_LATE_MS } from '../facts/sockets.ts';
import { kindOf } from '../model/node-kind.ts';
import type { RosterRow } from '../model/observation.ts';

/** What this machine knows of one of its node hosts, to find its row in a roster by. */
export interface Clues {
  readonly key: string;
  /** Certain: the id of its device key. */
  readonly nodeId?: string;
  /** Names it was started with, or that the operator gave. The gateway may have renamed it since. */
  readonly names: readonly string[];
  /** What OpenClaw calls it, since it was started without a name; others are called so, too. */
  readonly fallbackName?: string;
  /** The row it was found to be before. */
  readonly known?: string;
  /** When the session began that this process of it was seen to have, unless its connection opened after that was told. */
  readonly sessionAtMs?: number;
  /** The row it was taken for before, for want of a better one. */
  readonly guess?: string;
  /** Its session that has just ended; the connection that is seen may be what is left of that one. */
  readonly lost?: { readonly connectedAtMs: number };
  /** Of its process; absent where that cannot be seen. */
  readonly uptimeMs?: number;
  /** Its process was started under our eyes: what was first listed since may be itself, with another identity. */
  readonly isRenewed?: true;
  readonly connection:
    /** Its sockets cannot be seen. */
    | { readonly kind: 'unseen' }
    /** It has none, to its endpoint or to anywhere, since `forMs`; by a look that is `lookAgeMs` old. */
    | { readonly kind: 'none'; readonly forMs: number; readonly lookAgeMs: number }
    /** Exactly one, by a look that is `lookAgeMs` old; `ageMs` where it opened under our eyes. */
    | {
        readonly kind: 'open';
        readonly lookAgeMs: number;
        readonly ageMs?: number;
        readonly wallAgeMs?: number;
      };
  /** Since its last attempt, where that failed: a session that is older is another's. */
  readonly failedAgoMs?: number;
  /** It dials its own machine, and its gateway is there, unless that is where a tunnel begins. */
  readonly isNeighbour: boolean;
  /** Nobody has looked at it and its sockets yet: too early to choose by likeness. */
  readonly isNew: boolean;
}

/**
 * `row`: this is it. `absent`: the gateway holds no session that could be this node host's; whether it may say so of
 * this one is in `denies`. `ambiguous`: there are sessions that could be, and nothing to tell them apart by; then the
 * gateway is no viewpoint on this node host.
 */
export type RowMatch =
  | { readonly kind: 'row'; readonly row: RosterRow; readonly isSure: boolean }
  | { readonly kind: 'absent'; readonly denies: boolean }
  | { readonly kind: 'ambiguous' };

/** A node that was taken for a remote one so far. */
export interface KnownRemote {
  readonly connected: boolean;
  /** Since it was first listed. */
  readonly knownForMs: number;
}

export interface Assignment {
  /** By key; one that is not in it has no row and no session could be its own. */
  readonly rows: ReadonlyMap<string, RosterRow>;
  /** Keys of those whose row is their own as long as nothing says otherwise; any other is looked for anew. */
  readonly sure: ReadonlySet<string>;
  readonly ambiguous: ReadonlySet<string>;
  /** Node ids that belong to one of these node hosts, whether or not it is known to which. */
  readonly claimed: ReadonlySet<string>;
  /** Node ids that may yet turn out to be one of theirs: they bear the name of one that was not found for sure. */
  readonly pending: ReadonlySet<string>;
}

/** A connect shows in the gateway's answer and in our socket table within this time of each other. */
const CONNECT_SKEW_MS = 6_000;
/** A slow gateway takes this long between the connection and the session. */
const SLOW_CONNECT_MS = 25_000;
/** A gateway notices within two of its pings that a connection is gone; a row that stays connected is somebody's. */
const GHOST_GONE_MS = 150_000;
/** A node host of 2026.9 gives 15 s each to the upgrade, the challenge and the hello; then it has a session or no connection. */
const CONNECT_MS = 45_000;
/** One look may be older than the roster; a connection that is missing for this long was not there. */
const SURELY_NONE_MS = 3_000;

/** A new identity may be approved this long before the process that has it is seen. */
const RENEWAL_MS = 10_000;

/** How well a connected row fits what is seen of a node host. */
type Fit = 'exact' | 'possible' | 'impossible';

/**
 * Decides which row is whose, from what is the node host's own: its device id, a name that only it has, the row it had
 * before, the age of its connection. It is decided anew with every roster, so that no stale look lasts, and never
 * against a node host's own sockets.
 *
 * @param gatewayTsMs the gateway's clock in the same reply
 * @param remotes remote nodes that were ever connected, by id: only the age of a connection makes one that still was a
 *   local node host's
 */
export function assignRows(
  rows: readonly RosterRow[],
  gatewayTsMs: number,
  locals: readonly Clues[],
  remotes: ReadonlyMap<string, KnownRemote>,
): Assignment {
  const board = new Board(rows, gatewayTsMs, locals, remotes);
  board.takeByIdentity();
  board.takeByName();
  board.takeKnown();
  board.takeByLikeness('exact');
  board.takeByLikeness('possible');
  board.takeDisconnected();
  return board.assignment();
}

class Board {
  readonly #rows: ReadonlyMap<string, RosterRow>;
  readonly #gatewayTsMs: number;
  readonly #remotes: ReadonlyMap<string, KnownRemote>;
  readonly #open: Map<string, Clues>;
  readonly #free: Set<string>;
  readonly #named: ReadonlyMap<string, number>;
  readonly #taken = new Map<string, RosterRow>();
  readonly #sure = new Set<string>();
  /** Keys of those that cannot be what they were taken for. */
  readonly #refuted = new Set<string>();
  readonly #locals: readonly Clues[];
  readonly #ambiguous = new Set<string>();

  constructor(
    rows: readonly RosterRow[],
    gatewayTsMs: number,
    locals: readonly Clues[],
    remotes: ReadonlyMap<string, KnownRemote>,
  ) {
    this.#remotes = remotes;
    this.#locals = locals;
    this.#rows = new Map(rows.map((row) => [row.nodeId, row]));
    this.#gatewayTsMs = gatewayTsMs;
    this.#open = new Map(locals.map((clues) => [clues.key, clues]));
    // The app of a machine is often called as its node host is. One with the very device id is its own all the same.
    const ids = new Set(locals.map(({ nodeId }) => nodeId));
    this.#free = new Set(
      rows.filter((row) => kindOf(row) === 'node-host' || ids.has(row.nodeId)).map(({ nodeId }) => nodeId),
    );
    const named = new Map<string, number>();
    for (const clues of locals)
      for (const name of new Set(namesOf(clues))) named.set(name, (named.get(name) ?? 0) + 1);
    this.#named = named;
  }

  takeByIdentity(): void {
    for (const { key, nodeId } of [...this.#open.values()]) {
      if (nodeId === undefined) continue;
      const row = this.#rows.get(nodeId);
      if (row !== undefined && this.#free.has(nodeId)) this.#take(key, row, true);
      else {
        this.#open.delete(key);
        this.#sure.add(key);
      }
    }
  }

  /** A name that only it has here. Of several rows that bear it, a device that was paired again left the older ones. */
  takeByName(): void {
    for (const clues of [...this.#open.values()]) {
      const named = this.#rowsByItsName(clues);
      // Without a connection it is the row that it was, whoever of its name begins a session.
      if (clues.connection.kind === 'none' && named.some(({ nodeId }) => nodeId === clues.known)) continue;
      const fitting = named.filter((row) => row.connected && this.#fit(row, clues) !== 'impossible');
      // Not a name of its own, then: another who is called so was not looked at yet.
      if (fitting.length > 1) continue;
      const latest = newest(named);
      const row = fitting[0] ?? latest;
      if (fitting.length === 0 && latest !== undefined && this.#couldBeElsewhere(clues, latest)) continue;
      if (row === undefined || (fitting.length === 0 && this.#isUnlisted(clues))) continue;
      if (fitting.length === 0 && row.connected && this.#isWithoutIt(row, clues)) continue;
      if (this.#isDoubtful(row, clues)) continue;
      this.#take(clues.key, row, row.connected || row.nodeId === clues.known);
    }
  }

  /** Not those that were there beside the row that it was: two may be called alike, here and on another machine. */
  #rowsByItsName(clues: Clues): readonly RosterRow[] {
    const own = clues.names.filter((name) => this.#named.get(name) === 1);
    const named = this.#freeRows().filter(
      ({ displayName }) => displayName !== undefined && own.includes(displayName),
    );
    const { known, isNeighbour } = clues;
    if (known !== undefined) return named.filter((row) => !this.#isAnothers(row, clues));
    return isNeighbour ? nearOnes(named) : named;
  }

  /** It was listed beside the row that its own was: as long as nothing else is known, it is another's. */
  #wasBeside({ nodeId }: RosterRow, { known, isRenewed, uptimeMs = 0 }: Clues): boolean {
    const remote = this.#remotes.get(nodeId);
    if (known === undefined || nodeId === known || remote === undefined) return false;
    // It may be itself, with another identity.
    return isRenewed !== true || remote.knownForMs >= uptimeMs + RENEWAL_MS;
  }

  /** It was there beside its own row, and its session did not open with its connection. */
  #isAnothers(row: RosterRow, clues: Clues): boolean {
    return this.#wasBeside(row, clues) && (this.#isUnlisted(clues) || this.#fit(row, clues) !== 'exact');
  }

  /** It was there beside its own row: that its session opened with its connection tells only once both outlive every deadline. */
  #isDoubtful(row: RosterRow, clues: Clues): boolean {
    return this.#wasBeside(row, clues) && this.#isYounger(row, CONNECT_MS);
  }

  /**
   * It has an open connection that another session fits. Not one of another name where `row` is called as it is: after a
   * restart of the gateway all of a fleet connect within seconds.
   */
  #couldBeElsewhere(clues: Clues, row: RosterRow): boolean {
    if (clues.connection.kind !== 'open') return false;
    const isNamed = bearsItsName(row, clues);
    return this.#candidates(clues, 'exact').some(
      (other) => !isNamed || other.displayName === undefined || bearsItsName(other, clues),
    );
  }

  /** It was this row before, and nothing that is seen of it says otherwise. Rows that are connected go first. */
  takeKnown(): void {
    for (const isConnected of [true, false]) {
      for (const clues of [...this.#open.values()]) {
        const row = clues.known === undefined ? undefined : this.#rows.get(clues.known);
        if (row?.connected !== isConnected || !this.#free.has(row.nodeId)) continue;
        if (this.#isRefuted(row, clues)) this.#refuted.add(clues.key);
        else this.#take(clues.key, row, true);
      }
    }
  }

  #isRefuted(row: RosterRow, clues: Clues): boolean {
    if (!row.connected) return this.#couldBeElsewhere(clues, row) || this.#hasNamesakeElsewhere(clues);
    if (this.#fit(row, clues) !== 'impossible') return false;
    if (this.#isWithoutIt(row, clues)) return true;
    // The connection that was seen last may be what is left of the session before.
    if (clues.connection.kind === 'open' && isUnlookedAt(this.#ageMs(row.connectedAtMs), clues.connection))
      return false;
    // A gateway's clock that was set makes any age wrong.
    if (row.connectedAtMs !== undefined && row.connectedAtMs === clues.sessionAtMs) return false;
    const fitsAnother = [...this.#open.values()].some(
      (other) => other !== clues && this.#isCandidate(row, other) && this.#fit(row, other) !== 'impossible',
    );
    return fitsAnother || this.#couldBeElsewhere(clues, row);
  }

  /** A session that began while it had no connection, or has lasted for so long without one, is somebody else's. */
  #isWithoutIt({ connectedAtMs }: RosterRow, { connection }: Clues): boolean {
    if (connection.kind !== 'none') return false;
    const ageMs = this.#ageMs(connectedAtMs);
    if (isUnlookedAt(ageMs, connection)) return false;
    return connection.forMs >= Math.min(GHOST_GONE_MS, ageMs + SURELY_NONE_MS);
  }

  /** It has a connection, and nobody has the session of its name: two that are alike were taken for each other. */
  #hasNamesakeElsewhere(clues: Clues): boolean {
    return this.#freeRows().some(
      (row) => this.#isNamesakesSession(row, clues) && this.#fit(row, clues) !== 'impossible',
    );
  }

  /** A session by its name, of nobody that is known, while it has a connection. */
  #isNamesakesSession(row: RosterRow, clues: Clues): boolean {
    return (
      clues.connection.kind === 'open' &&
      row.connected &&
      bearsItsName(row, clues) &&
      this.#remotes.get(row.nodeId)?.connected !== true &&
      !this.#isAnothers(row, clues) &&
      this.#isCandidate(row, clues)
    );
  }

  /** The session that opened when its connection did, where there is one such and nobody else has an equal claim. */
  takeByLikeness(fit: Exclude<Fit, 'impossible'>): void {
    for (let found = this.#uncontested(fit); found !== undefined; found = this.#uncontested(fit)) {
      const [clues, row] = found;
      this.#take(clues.key, row, fit === 'exact' || bearsItsName(row, clues));
    }
  }

  /**
   * It is called otherwise, while a row of its own name is left: of a fleet that comes back many connect at once. Once that
   * has had the time to come, it is left over from another device, or another machine's.
   */
  #isStranger(row: RosterRow, clues: Clues, fit: Fit): boolean {
    if (this.#isDoubtful(row, clues)) return true;
    if (bearsItsName(row, clues)) return false;
    const hadTime = fit === 'exact' && !this.#isYounger(row, CONNECT_MS);
    return this.#freeRows().some(
      (other) => bearsItsName(other, clues) && (!hadTime || this.#hasJustLeft(other)),
    );
  }

  /**
   * It was there as another machine's for as long as its connection, and is the only one left because the others that
   * could have been its own have gone. Its own may be none of them.
   */
  #isLeftByOthers(row: RosterRow, clues: Clues): boolean {
    if (clues.known !== undefined || bearsItsName(row, clues)) return false;
    return this.#remotes.get(row.nodeId)?.connected === true && !this.#isYounger(row, CONNECT_MS);
  }

  /** Its session ended so lately that it has yet to come back. */
  #hasJustLeft({ connected, lastDisconnectedAtMs }: RosterRow): boolean {
    return !connected && this.#ageMs(lastDisconnectedAtMs) < CONNECT_MS;
  }

  #uncontested(fit: Exclude<Fit, 'impossible'>): [Clues, RosterRow] | undefined {
    const open = [...this.#open.values()];
    const claims = open
      .filter(({ isNew }) => !isNew)
      .map((clues) => ({ clues, rows: this.#candidates(clues, fit) }));
    for (const { clues, rows } of claims) {
      const [only, ...others] = rows;
      if (only === undefined || others.length > 0) continue;
      // It may be the session of one whose connection was not looked at yet.
      if (open.length > 1 && this.#isYounger(only, SURELY_NONE_MS)) continue;
      // One that was not looked at yet may have as good a claim.
      if (fit === 'possible' && open.some(({ isNew }) => isNew)) continue;
      if (fit === 'possible' && this.#isOneOfSeveral(only, clues)) continue;
      if (this.#isStranger(only, clues, fit) || this.#isLeftByOthers(only, clues)) continue;
      if (!claims.some((claim) => claim.clues !== clues && claim.rows.includes(only))) return [clues, only];
    }
    return undefined;
  }

  /** Others could be its own as well: they are listed as remote only because nothing told them apart. */
  #isOneOfSeveral(session: RosterRow, clues: Clues): boolean {
    if (clues.known !== undefined || bearsItsName(session, clues)) return false;
    return this.#freeRows().some(
      (row) =>
        row !== session &&
        row.connected &&
        this.#isCandidate(row, clues) &&
        this.#fit(row, clues) !== 'impossible',
    );
  }

  #isYounger({ connectedAtMs }: RosterRow, ms: number): boolean {
    return this.#ageMs(connectedAtMs) < ms;
  }

  /** No session could be its own: it is the row that it was, or the only one that bears its name. */
  takeDisconnected(): void {
    for (const clues of [...this.#open.values()]) {
      if (clues.isNew || this.#couldBe(clues)) this.#ambiguous.add(clues.key);
    }
    const left = [...this.#open.values()].filter(({ key }) => !this.#ambiguous.has(key));
    for (const clues of left) {
      const known = this.#disconnected(clues.known);
      const row = known ?? this.#disconnected(clues.guess) ?? this.#namesake(clues, left);
      if (row !== undefined) this.#take(clues.key, row, row === known);
    }
  }

  #disconnected(nodeId: string | undefined): RosterRow | undefined {
    const row = nodeId === undefined ? undefined : this.#rows.get(nodeId);
    return row?.connected === false && this.#free.has(row.nodeId) ? row : undefined;
  }

  /** Its pairing was removed: what is called as it is was there beside it, unless its own session fits. */
  #isUnlisted({ known }: Clues): boolean {
    return known !== undefined && !this.#rows.has(known);
  }

  #namesake(clues: Clues, left: readonly Clues[]): RosterRow | undefined {
    if (this.#isUnlisted(clues)) return undefined;
    const names = namesOf(clues);
    const isShared = left.some(
      (other) => other !== clues && namesOf(other).some((name) => names.includes(name)),
    );
    if (isShared) return undefined;
    return newest(this.#freeRows().filter((row) => !row.connected && bearsItsName(row, clues)));
  }

  assignment(): Assignment {
    const claimed = new Set([...this.#taken.values()].map(({ nodeId }) => nodeId));
    const perhaps = new Set<string>();
    for (const key of this.#ambiguous) {
      const clues = this.#open.get(key);
      const rows = clues === undefined ? [] : this.#candidates(clues, 'possible');
      for (const row of rows)
        if (clues !== undefined && !this.#isLeftByOthers(row, clues)) perhaps.add(row.nodeId);
    }
    // As many sessions as node hosts: each is one of theirs. Of more than that some are another machine's.
    if (perhaps.size <= this.#ambiguous.size) for (const nodeId of perhaps) claimed.add(nodeId);
    const unsure = this.#locals.filter(({ key }) => !this.#sure.has(key));
    const pending = this.#freeRows().filter((row) => unsure.some((clues) => bearsItsName(row, clues)));
    return {
      rows: this.#taken,
      sure: this.#sure,
      ambiguous: this.#ambiguous,
      claimed,
      pending: new Set(pending.map(({ nodeId }) => nodeId)),
    };
  }

  #take(key: string, row: RosterRow, isSure: boolean): void {
    this.#taken.set(key, row);
    if (isSure) this.#sure.add(key);
    this.#free.delete(row.nodeId);
    this.#open.delete(key);
  }

  #freeRows(): readonly RosterRow[] {
    return [...this.#free].flatMap((nodeId) => this.#rows.get(nodeId) ?? []);
  }

  /** Some session could be its own, if only by there being no better explanation. */
  #couldBe(clues: Clues): boolean {
    if (clues.connection.kind === 'none') return false;
    return this.#freeRows().some((row) => {
      if (!row.connected || !this.#isCandidate(row, clues)) return false;
      const fit = this.#fit(row, clues);
      if (fit === 'exact' || (clues.known === undefined && fit === 'possible'))
        return !this.#isAnothers(row, clues);
      // A clock that was set makes any age wrong; a session by its name and a connection of its own are one as a rule.
      return this.#isNamesakesSession(row, clues);
    });
  }

  /** Sessions that could be its own and fit at least so well. */
  #candidates(clues: Clues, atLeast: Exclude<Fit, 'impossible'>): readonly RosterRow[] {
    if (clues.uptimeMs === undefined || clues.connection.kind === 'none') return [];
    const found = this.#freeRows().filter((row) => {
      if (!row.connected || !this.#isCandidate(row, clues) || this.#isAnothers(row, clues)) return false;
      const fit = this.#fit(row, clues);
      if (fit === 'exact') return true;
      // One that was told apart before does not turn into the next best.
      const isOpen = clues.known === undefined || this.#refuted.has(clues.key);
      const isLikely = isOpen && this.#remotes.get(row.nodeId)?.connected !== true;
      return fit === atLeast && isLikely;
    });
    const near = clues.isNeighbour ? nearOnes(found) : found;
    // Its gateway may call it anything; where one is called as it is, that is the likelier one.
    const namesakes = near.filter((row) => bearsItsName(row, clues));
    return namesakes.length > 0 ? namesakes : near;
  }

  /**
   * A row that bears another node host's name is nobody else's to guess. One that comes from another machine is a
   * neighbour's only where that begins a tunnel to a third one: its session opened when its connection did.
   */
  #isCandidate(row: RosterRow, clues: Clues): boolean {
    if (row.fromElsewhere === true && clues.isNeighbour) {
      if (clues.known !== undefined || this.#fit(row, clues) !== 'exact') return false;
    }
    return row.displayName === undefined || bearsItsName(row, clues) || !this.#named.has(row.displayName);
  }

  /** Of a session, by the gateway's clock; where nobody knows it may be as old as any. */
  #ageMs(connectedAtMs: number | undefined): number {
    return connectedAtMs === undefined ? Infinity : this.#gatewayTsMs - connectedAtMs;
  }

  #fit(row: RosterRow, clues: Clues): Fit {
    const fit = this.#fitOf(row.connectedAtMs, clues);
    const isLeftOver = fit === 'exact' && clues.lost !== undefined;
    return isLeftOver && this.#fitOf(clues.lost.connectedAtMs, clues) !== 'impossible' ? 'possible' : fit;
  }

  #fitOf(connectedAtMs: number | undefined, { connection, uptimeMs, failedAgoMs }: Clues): Fit {
    const sessionAgeMs = this.#ageMs(connectedAtMs);
    const isSurelyNone = connection.kind === 'none' && connection.forMs >= SURELY_NONE_MS;
    if (isSurelyNone && !isUnlookedAt(sessionAgeMs, connection)) return 'impossible';
    if (connectedAtMs === undefined) return 'possible';
    if (uptimeMs !== undefined && sessionAgeMs > uptimeMs + CONNECT_SKEW_MS) return 'impossible';
    if (failedAgoMs !== undefined && sessionAgeMs > failedAgoMs + CONNECT_SKEW_MS) return 'impossible';
    if (connection.kind !== 'open' || connection.ageMs === undefined) return 'possible';
    // The gateway's clock went on while this machine slept; but ours may have been set.
    const latenesses = [connection.ageMs, connection.wallAgeMs ?? connection.ageMs].map(
      (ageMs) => ageMs - sessionAgeMs,
    );
    if (latenesses.some((lateMs) => lateMs >= -LOOK_LATE_MS && lateMs <= CONNECT_SKEW_MS)) return 'exact';
    const isSlow = latenesses.some((lateMs) => lateMs > 0 && lateMs <= SLOW_CONNECT_MS);
    return isSlow ? 'possible' : 'impossible';
  }
}

/** It began after the last look at the connections, or so shortly before that its own was not seen yet. */
function isUnlookedAt(sessionAgeMs: number, { lookAgeMs }: { readonly lookAgeMs: number }): boolean {
  return sessionAgeMs < lookAgeMs + LOOK_LATE_MS;
}

/** Those that the gateway's own machine has, where it has any. */
function nearOnes(rows: readonly RosterRow[]): readonly RosterRow[] {
  const near = rows.filter(({ fromElsewhere }) => fromElsewhere !== true);
  return near.length > 0 ? near : rows;
}

function namesOf({ names, fallbackName }: Clues): readonly string[] {
  return fallbackName === undefined ? names : [...names, fallbackName];
}

function bearsItsName({ displayName }: RosterRow, clues: Clues): boolean {
  return displayName !== undefined && namesOf(clues).includes(displayName);
}

function newest(rows: readonly RosterRow[]): RosterRow | undefined {
  return rows.reduce<RosterRow | undefined>(
    (best, row) => (best === undefined || lastConnect(row) > lastConnect(best) ? row : best),
    undefined,
  );
}

function lastConnect(row: RosterRow): number {
  return row.connectedAtMs ?? row.lastConnectedAtMs ?? 0;
}
