import type { LocalFacts, Target } from './facts/local.ts';
import { observePath, type PathFacts } from './facts/path.ts';
import { observeProcess } from './facts/process.ts';
import { joinProofs } from './facts/proofs.ts';
import type { RosterEntry } from './facts/roster-entry.ts';
import { faultOf, recallLocal, rememberLocal, type LocalMemory } from './memory.ts';
import type {
  GatewayHttpObservation,
  GatewayWsObservation,
  ProcessObservation,
  TargetId,
} from './model/observation.ts';
import { omit } from './model/omit.ts';
import type { Thresholds } from './model/thresholds.ts';
import type { Instant } from './model/time.ts';
import { newLocal, type LocalNode } from './roster/local-node.ts';
import { noteEnd, noteRestart, type Verdict } from './rules/verdict.ts';

/** What a look at a process changed that others wait for. */
export interface ProcessChange {
  /** A verdict may hang on it. */
  readonly isUrgent: boolean;
  /** A name or an endpoint that was just found may single out a row that came before it. */
  readonly saysMore: boolean;
}

/** The node hosts of this machine, and what was met on their paths to their gateways. */
export class LocalNodes {
  /** In the order in which they were named: where two are as sure of a row, the first one has it. */
  readonly nodes = new Map<TargetId, LocalNode>();
  readonly #paths = new Map<TargetId, PathFacts>();

  /** @param memory what an earlier run left */
  constructor(
    targets: readonly Target[],
    now: Instant,
    memory: Readonly<Record<TargetId, LocalMemory>> = {},
  ) {
    for (const target of targets) {
      const node = newLocal(target, now);
      const known = memory[target.id];
      this.nodes.set(target.id, known === undefined ? node : recallLocal(node, known, now));
    }
  }

  /** What was met on a node host's path. */
  path(key: TargetId): PathFacts | undefined {
    return this.#paths.get(key);
  }

  /** What the next run needs to know. */
  memory(): Readonly<Record<TargetId, LocalMemory>> {
    return Object.fromEntries([...this.nodes].map(([id, node]) => [id, rememberLocal(node)]));
  }

  /** Our deadlines begin anew: a fault that was seen before stands until something disproves it. */
  doubt(now: Instant): void {
    for (const node of this.nodes.values()) {
      const { verdict, facts } = node;
      // One that is in doubt already is not held for longer.
      const fault = verdict.isSettled && verdict.fault === undefined ? faultOf(verdict) : undefined;
      if (fault === undefined) continue;
      this.nodes.set(node.key, {
        ...node,
        verdict: { ...verdict, fault: { ...fault, incarnation: facts.incarnation, restoredAt: now } },
      });
    }
  }

  /** Others from now on. What is known of those that stay is kept. @returns those that were forgotten */
  replace(targets: readonly Target[], now: Instant): readonly TargetId[] {
    const wanted = new Map(targets.map((target) => [target.id, target]));
    const gone: TargetId[] = [];
    for (const node of this.nodes.values()) {
      const target = wanted.get(node.key);
      if (target !== undefined) this.nodes.set(node.key, { ...node, facts: { ...node.facts, target } });
      else gone.push(node.key);
    }
    for (const key of gone) {
      this.nodes.delete(key);
      this.#paths.delete(key);
    }
    for (const target of targets) {
      if (!this.nodes.has(target.id)) this.nodes.set(target.id, newLocal(target, now));
    }
    return gone;
  }

  /** A gateway is not watched any more: what was seen by way of it says nothing. */
  leave(gateway: string): void {
    for (const node of this.nodes.values()) {
      if (node.gateway === gateway) this.nodes.set(node.key, omit(node, 'match', 'gateway'));
    }
  }

  change(key: TargetId, change: (facts: LocalFacts) => LocalFacts): void {
    const node = this.nodes.get(key);
    if (node !== undefined) this.nodes.set(key, { ...node, facts: change(node.facts) });
  }

  /** What the gateway told of a node, of those among them that are this node. */
  changeEntry(gateway: string, nodeId: string, change: (entry: RosterEntry) => RosterEntry): void {
    for (const node of this.nodes.values()) {
      if (node.entry?.nodeId !== nodeId || node.entry.gateway !== gateway) continue;
      const entry = change(node.entry);
      const proofs = joinProofs(node.facts.proofs, entry.proofs);
      this.nodes.set(node.key, { ...node, entry, facts: { ...node.facts, proofs } });
    }
  }

  /** One more look along a node host's path. @returns whether it is watched */
  observePath(
    key: TargetId,
    observation: GatewayHttpObservation | GatewayWsObservation,
    limits: Thresholds,
  ): boolean {
    if (!this.nodes.has(key)) return false;
    this.#paths.set(key, observePath(this.#paths.get(key), observation, limits));
    return true;
  }

  observeProcess(observation: ProcessObservation, limits: Thresholds): ProcessChange {
    const node = this.nodes.get(observation.target);
    if (node === undefined) return { isUrgent: false, saysMore: false };
    const isWedged = node.verdict.state === 'wedged';
    const facts = observeProcess(node.facts, observation, { limits, isWedged });
    const verdict = noteProcess(node, facts.incarnation, observation);
    this.nodes.set(node.key, { ...node, facts, verdict });
    const isOther = facts.incarnation !== node.facts.incarnation;
    const saysMore = facts.hints !== node.facts.hints;
    const { process } = observation;
    const isUrgent = isOther || saysMore || process === null || process.kernelState === 'stopped';
    return { isUrgent, saysMore };
  }
}

function noteProcess(
  { verdict, facts }: LocalNode,
  incarnation: string | undefined,
  { process, at }: ProcessObservation,
): Verdict {
  if (process === null) return noteEnd(verdict);
  const isReplaced = facts.incarnation !== undefined && facts.incarnation !== incarnation;
  return isReplaced ? noteRestart(verdict, at) : omit(verdict, 'endedIn');
}
