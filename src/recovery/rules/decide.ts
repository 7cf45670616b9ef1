import { elapsedMs, type Instant, type NodeSnapshot, type Snapshot } from '../../core/index.ts';
import { ACCUSERS_NEEDED, asksForRestart, isExhausted, type NodeMemory } from './memory.ts';
import { accusersOf } from './accusers.ts';
import type { Pause } from './pause.ts';
import { restartCommandFor, type Command } from './restart-command.ts';
import type { RecoverySettings } from '../../config/config.ts';
import { sharedCause } from './shared-cause.ts';

/** What one node host's case rests on. */
export interface Case {
  readonly node: NodeSnapshot;
  /** `node` is one of its nodes; its time is now. */
  readonly snapshot: Snapshot;
  readonly memory: NodeMemory;
  readonly settings: RecoverySettings;
  readonly pause: Pause | undefined;
  /** Commands that it runs for agents now; `undefined`: nobody could tell. */
  readonly children: number | undefined;
  /** What else keeps this exporter from acting on it, in words: another actor, a budget that cannot be written down. */
  readonly obstacle: string | undefined;
}

/** Why nobody acts yet, or at all. */
const HOLD_REASONS = [
  'paused',
  'in-doubt',
  'identity',
  'one-viewpoint',
  'not-held',
  'gateway',
  'shared-cause',
  'no-supervisor',
  'exhausted',
  'cooling-down',
  'obstacle',
  'children',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** What is to be done about one node host. */
export type Decision =
  /** Nothing: it is well, or a restart is not what would help. */
  | { readonly kind: 'none' }
  /** A restart is under way. */
  | { readonly kind: 'acting' }
  | { readonly kind: 'hold'; readonly because: HoldReason; readonly words: string }
  | { readonly kind: 'act'; readonly incarnation: string; readonly command: Command };

type Rule = (of: Case) => string | undefined;

/** The rules in the order in which a person would want to hear them. Each answers in words what keeps it from acting. */
const RULES: Readonly<Record<HoldReason, Rule>> = {
  paused: ({ pause, snapshot }) =>
    pause === undefined || pause.untilWallMs <= snapshot.at.wallMs
      ? undefined
      : `recovery is paused until ${new Date(pause.untilWallMs).toISOString()}: ${pause.reason}`,

  'in-doubt': ({ snapshot: { doubt } }) => doubt && `the exporter doubts itself: ${doubt}`,

  identity: ({ node: { evidence, reasons } }) =>
    evidence.process == null || reasons.includes('ambiguous')
      ? 'which process is its own is not known'
      : undefined,

  'one-viewpoint': ({ node }) => {
    const accusers = accusersOf(node);
    return accusers.length >= ACCUSERS_NEEDED
      ? undefined
      : `only ${accusers.join() || 'nobody'} speaks against it, and two viewpoints must`;
  },

  'not-held': ({ memory: { streak }, settings }) => {
    const heldMs = streak?.heldMs ?? 0;
    return heldMs >= settings.heldMs
      ? undefined
      : `two viewpoints have accused it for ${seconds(heldMs)} of ${seconds(settings.heldMs)}`;
  },

  gateway: ({ node, snapshot, settings }) => {
    const gateway = snapshot.gateways.find(({ name }) => name === node.gateway);
    if (gateway?.health !== 'healthy' || gateway.healthySince === undefined)
      return 'its gateway is not known to be healthy';
    const healthyMs = elapsedMs(gateway.healthySince, snapshot.at);
    return healthyMs >= settings.gatewayHealthyMs
      ? undefined
      : `its gateway has been healthy for ${seconds(healthyMs)} of ${seconds(settings.gatewayHealthyMs)}`;
  },

  'shared-cause': ({ node, snapshot }) => {
    const found = sharedCause(node, snapshot);
    return found && `${found}: the cause is one that they share`;
  },

  'no-supervisor': ({ node, settings }) => {
    const answer = restartCommandFor(node, settings);
    return answer.ok ? undefined : answer.why;
  },

  exhausted: ({ memory, settings }) =>
    isExhausted(memory, settings)
      ? `${memory.spent.length} restarts did not keep it well: it is left to a person`
      : undefined,

  'cooling-down': ({ memory: { coolUntil }, snapshot }) => {
    const leftMs = coolUntil === undefined ? 0 : elapsedMs(snapshot.at, coolUntil);
    return leftMs <= 0
      ? undefined
      : `a restart of it was tried lately; the next may come in ${seconds(leftMs)}`;
  },

  obstacle: ({ obstacle }) => obstacle,

  children: ({ children, memory: { waitingSince }, settings, snapshot }) => {
    if (children === 0) return undefined;
    const waitedMs = waitingSince === undefined ? 0 : elapsedMs(waitingSince, snapshot.at);
    if (waitedMs >= settings.waitForCommandsMs) return undefined;
    const what = children === undefined ? 'what it runs is not known' : `it runs ${children} commands`;
    return `${what}, which a restart would end; waiting ${seconds(settings.waitForCommandsMs - waitedMs)} more`;
  },
};

/**
 * Whether to restart one node host. Pure. Only ever of this machine, and only where a restart is the remedy: `blocked`,
 * `gateway-down`, `unknown` and `starting` have another one.
 */
export function decide(of: Case): Decision {
  const { node, memory, settings } = of;
  if (memory.acting !== undefined) return { kind: 'acting' };
  if (node.scope !== 'local' || node.kind !== 'node-host' || !asksForRestart(node)) return { kind: 'none' };
  for (const because of HOLD_REASONS) {
    const words = RULES[because](of);
    if (words !== undefined) return { kind: 'hold', because, words };
  }
  const answer = restartCommandFor(node, settings);
  const incarnation = node.evidence.process?.incarnation;
  if (!answer.ok || incarnation === undefined) return { kind: 'none' };
  return { kind: 'act', incarnation, command: answer.command };
}

/** Commands are waited for from the moment on when nothing else keeps it from being restarted. */
export function noteWaiting(memory: NodeMemory, decision: Decision, now: Instant): NodeMemory {
  const isWaiting = decision.kind === 'hold' && decision.because === 'children';
  return isWaiting ? { ...memory, waitingSince: memory.waitingSince ?? now } : memory;
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1_000)} s`;
}
