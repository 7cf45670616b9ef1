import type { Viewpoint } from '../exporter/viewpoints.ts';
import type { NodeHost } from '../node-host/node-host.ts';
import type { Fault } from '../truth.ts';

/**
 * How long a fault may last, undisturbed, until it is told; or why an exporter with these viewpoints cannot know of it.
 * The first rule that fits counts.
 */
interface Rule {
  readonly faults: readonly Fault[] | 'any';
  /** All of these are missing. */
  readonly lacks?: readonly Viewpoint[];
  /** Only for a node host that exits after each close (2026.4), or that does not (2026.9). */
  readonly exitsAfterClose?: boolean;
  /** Only for one whose last process ran for moments. */
  readonly livedBriefly?: true;
  /** Only for one whose last process overcame what the one before was refused for, and ran for less than a start may take. */
  readonly hasJustOvercome?: true;
  readonly within: number | { readonly unknowable: string };
}

/** The next life of one that lives no longer may fall between two looks. */
const BRIEF_MS = 6_000;

/** A cold start on a slow machine. */
const START_MS = 40_000;

const SILENCE: readonly Fault[] = ['lost timer', 'stays silent', 'hangs before its first dial'];

export const RULES: readonly Rule[] = [
  {
    faults: 'any',
    lacks: ['process'],
    within: { unknowable: 'that its process runs, or does not, is seen by nobody' },
  },
  { faults: ['stopped'], within: 8_000 },
  { faults: ['busy loop'], within: 15_000 },
  {
    faults: ['gone'],
    lacks: ['credential', 'socket'],
    exitsAfterClose: true,
    hasJustOvercome: true,
    within: { unknowable: 'its log never says that it was let in, and its last words are of a refusal' },
  },
  // Without a session of ours a gateway that was deaf is tried once a minute: until then a restart may be of no use.
  { faults: ['gone'], lacks: ['credential'], within: 90_000 },
  // A supervisor may bring it back every ten seconds, and one of its lives not be seen.
  { faults: ['gone'], livedBriefly: true, within: 36_000 },
  { faults: ['gone'], within: 20_000 },
  {
    faults: 'any',
    lacks: ['http', 'credential'],
    within: { unknowable: 'whether the gateway answers at all is seen by nobody' },
  },
  {
    faults: 'any',
    lacks: ['credential', 'socket'],
    exitsAfterClose: true,
    within: { unknowable: 'its log never says that it is attached, and nobody else sees it' },
  },
  {
    faults: ['hang in the kernel'],
    lacks: ['credential', 'socket', 'log'],
    within: { unknowable: 'whether it was attached, and so had anything to wake for, is seen by nobody' },
  },
  // The gateway drops it, and then it looks like any other that is silent.
  { faults: ['hang in the kernel'], lacks: ['log'], exitsAfterClose: false, within: 480_000 },
  // Whether its connection ended with a word of the gateway's is seen by nobody.
  { faults: ['hang in the kernel'], lacks: ['socket'], within: 200_000 },
  { faults: ['hang in the kernel'], exitsAfterClose: true, within: 220_000 },
  // Its connection may be half open: that is given the time that a sound one takes to find out.
  { faults: ['hang in the kernel'], within: 160_000 },
  {
    faults: [...SILENCE, 'mute peer', 'hang in the kernel', 'approved after parking', 'lock-out over'],
    lacks: ['log', 'http'],
    within: { unknowable: 'whether dials of it that fail at once would get through is tried by nobody' },
  },
  {
    faults: [...SILENCE, 'mute peer', 'hang in the kernel'],
    lacks: ['socket', 'http'],
    exitsAfterClose: true,
    within: { unknowable: 'whether dials of it that fail at once would get through is tried by nobody' },
  },
  {
    faults: ['mute peer'],
    lacks: ['credential'],
    within: { unknowable: 'a connection that nobody answers looks like one that is answered' },
  },
  // What TCP sends again looks just like it, for as long as the way was lost before.
  { faults: ['mute peer'], exitsAfterClose: true, within: 290_000 },
  { faults: ['mute peer'], within: 140_000 },
  {
    faults: ['approved after parking'],
    lacks: ['credential'],
    within: { unknowable: 'the approval stands in the roster alone' },
  },
  {
    faults: ['futile'],
    lacks: ['log'],
    within: { unknowable: 'attempts that fail within milliseconds show in the log alone' },
  },
  {
    faults: ['futile'],
    lacks: ['socket'],
    within: { unknowable: 'where it dials, and so the way to try, may be known to nobody' },
  },
  {
    faults: ['futile'],
    lacks: ['http'],
    within: { unknowable: 'whether others would get through by its way is tried by nobody' },
  },
  {
    faults: [...SILENCE, 'approved after parking', 'lock-out over'],
    lacks: ['log', 'credential'],
    exitsAfterClose: false,
    within: {
      unknowable: 'one that is silent and one that parked, refused, look the same without log and roster',
    },
  },
  // Until a lock-out would be over, silence without a log may be a park that no restart ends.
  {
    faults: [...SILENCE, 'approved after parking', 'lock-out over'],
    lacks: ['log'],
    exitsAfterClose: false,
    within: 430_000,
  },
  // A dial that TCP may still repeat is seen by nobody.
  { faults: ['lost timer', 'stays silent'], lacks: ['socket'], exitsAfterClose: true, within: 200_000 },
  // Its gateway lists no session any more; whether a word of that came through to it is seen by nobody.
  { faults: ['lost timer', 'stays silent'], lacks: ['socket', 'log'], within: 160_000 },
  { faults: ['lost timer', 'stays silent'], lacks: ['credential', 'log'], within: 130_000 },
  { faults: ['lost timer', 'stays silent'], lacks: ['credential', 'socket'], within: 160_000 },
  { faults: ['lost timer', 'stays silent'], lacks: ['socket'], within: 160_000 },
  { faults: ['lost timer', 'stays silent'], lacks: ['credential'], within: 100_000 },
  { faults: ['lost timer', 'stays silent'], lacks: ['log'], within: 100_000 },
  { faults: ['lost timer', 'stays silent'], within: 75_000 },
  { faults: ['hangs before its first dial'], lacks: ['log'], within: 200_000 },
  { faults: ['hangs before its first dial'], lacks: ['socket'], within: 160_000 },
  { faults: ['hangs before its first dial'], within: 140_000 },
  { faults: ['approved after parking'], within: 15_000 },
  // As for one that is gone.
  { faults: ['lock-out over'], lacks: ['credential'], within: 90_000 },
  { faults: ['lock-out over'], within: 50_000 },
  // Counted from the first failure: ten minutes are past every restart and update of a gateway.
  { faults: ['futile'], within: 660_000 },
];

export type Deadline = { readonly withinMs: number } | { readonly unknowable: string };

/**
 * @param has whether the exporter has a viewpoint that tells something of this node host
 */
export function deadlineOf(fault: Fault, host: NodeHost, has: (viewpoint: Viewpoint) => boolean): Deadline {
  // Where nothing tells its version it may be one that parks as well.
  const isVersionKnown = host.hints.version !== undefined || has('credential');
  const livedBriefly = host.lastLifeMs < BRIEF_MS;
  const hasJustOvercome = host.hasOvercome && host.lastLifeMs < START_MS;
  const deadlines = [host.habits.exitsAfterClose, ...(isVersionKnown ? [] : [false])].map((exits) =>
    deadlineFor(fault, { exits, livedBriefly, hasJustOvercome }, has),
  );
  return deadlines.reduce((one, other) =>
    'unknowable' in one || (!('unknowable' in other) && one.withinMs >= other.withinMs) ? one : other,
  );
}

function deadlineFor(
  fault: Fault,
  host: { readonly exits: boolean; readonly livedBriefly: boolean; readonly hasJustOvercome: boolean },
  has: (viewpoint: Viewpoint) => boolean,
): Deadline {
  const rule = RULES.find(
    ({ faults, lacks = [], exitsAfterClose, livedBriefly, hasJustOvercome }) =>
      (faults === 'any' || faults.includes(fault)) &&
      lacks.every((viewpoint) => !has(viewpoint)) &&
      (exitsAfterClose === undefined || exitsAfterClose === host.exits) &&
      (livedBriefly === undefined || host.livedBriefly) &&
      (hasJustOvercome === undefined || host.hasJustOvercome),
  );
  if (rule === undefined) throw new Error(`no deadline for ${fault}`);
  return typeof rule.within === 'number' ? { withinMs: rule.within } : rule.within;
}
