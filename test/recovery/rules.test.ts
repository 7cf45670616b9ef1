import { describe, expect, it } from 'vitest';
import { omit } from '../../src/core/model/omit.ts';
import type { NodeSnapshot, Snapshot } from '../../src/core/model/snapshot.ts';
import { decide, noteWaiting, type Case, type Decision } from '../../src/recovery/rules/decide.ts';
import { judge } from '../../src/recovery/rules/judge.ts';
import { begin, newMemory, observe, settle, type NodeMemory } from '../../src/recovery/rules/memory.ts';
import { readPause } from '../../src/recovery/rules/pause.ts';
import type { RecoverySettings } from '../../src/config/config.ts';
import { aGateway, ago, aNode, aRemoteNode, aSnapshot, aZombie, NOW } from '../helpers/snapshots.ts';

const MINUTE = 60_000;
const OLD = '4711:1';
const NEW = '4712:9';

const SETTINGS: RecoverySettings = {
  enabled: true,
  dryRun: false,
  commandTimeoutMs: 2 * MINUTE,
  heldMs: MINUTE,
  gatewayHealthyMs: MINUTE,
  waitForCommandsMs: 10 * MINUTE,
  attachWithinMs: 3 * MINUTE,
  cooldownMs: 10 * MINUTE,
  maxAttempts: 3,
  refillAfterMs: 60 * MINUTE,
};

const PROCESS = {
  pid: 4711,
  incarnation: OLD,
  kernelState: 'sleeping',
  startedAtWallMs: 0,
  cpuSeconds: 1,
  residentBytes: 1,
} as const;

/** A silent one that its gateway denies, and that its supervisor runs. */
function silent(overrides: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return aZombie({
    connected: false,
    evidence: {
      process: PROCESS,
      log: { readable: true },
      gateway: { connected: false, rowAgeMs: 900 },
      supervisor: {
        service: { manager: 'systemd', unit: 'openclaw-node.service', user: true },
        standing: { kind: 'running' },
        ageMs: 1_000,
      },
    },
    ...overrides,
  });
}

const HELD: NodeMemory = {
  ...newMemory(ago(7_200)),
  streak: { incarnation: OLD, heldMs: MINUTE, at: ago(5) },
};

/** Everything speaks for a restart, except for `overrides`. */
function decided(overrides: Partial<Case> = {}): Decision {
  const node = overrides.node ?? silent();
  return decide({
    node,
    snapshot: aSnapshot({ nodes: [node] }),
    memory: HELD,
    settings: SETTINGS,
    pause: undefined,
    children: 0,
    obstacle: undefined,
    ...overrides,
  });
}

function held(overrides: Partial<Case>): string {
  const decision = decided(overrides);
  return decision.kind === 'hold' ? decision.because : decision.kind;
}

function at(seconds: number): Snapshot['at'] {
  return ago(-seconds);
}

/** One more look at `node`, `seconds` from NOW. */
function seen(memory: NodeMemory, node: NodeSnapshot, seconds: number, doubt?: string): NodeMemory {
  const snapshot = aSnapshot({ at: at(seconds), nodes: [node], ...(doubt !== undefined && { doubt }) });
  return observe(memory, { node, snapshot, settings: SETTINGS });
}

describe('1. whom to restart', () => {
  it('restarts a zombie by its supervisor once everything speaks for it', () => {
    expect(decided()).toEqual({
      kind: 'act',
      incarnation: OLD,
      command: {
        program: 'systemctl',
        args: ['--user', '--no-ask-password', 'restart', '--', 'openclaw-node.service'],
      },
    });
  });

  it('restarts one that is stopped, which nobody continues', () => {
    const node = silent({
      state: 'wedged',
      reasons: ['process-stopped'],
      remedy: { kind: 'continue', pid: 4711 },
    });
    expect(decided({ node }).kind).toBe('act');
  });

  it.each([
    ['blocked', { kind: 'give-credential', hasGivenUp: false }],
    ['blocked', { kind: 'repair-certificate' }],
    ['gateway-down', { kind: 'repair-gateway' }],
    ['unknown', { kind: 'add-viewpoint' }],
    ['starting', { kind: 'none' }],
    ['reconnecting', { kind: 'none' }],
    ['down', { kind: 'start', hasGivenUp: true }],
    ['zombie', { kind: 'investigate' }],
  ] as const)('never one that is %s with the remedy %o', (state, remedy) => {
    expect(decided({ node: silent({ state, remedy }) })).toEqual({ kind: 'none' });
  });
});

describe('2. two viewpoints, held', () => {
  it('takes the word of two, not of one', () => {
    const node = silent();
    const evidence = omit(node.evidence, 'log');
    expect(held({ node: { ...node, evidence } })).toBe('one-viewpoint');
    expect(held({ node: { ...node, connected: true } })).toBe('one-viewpoint');
  });

  it('waits until they have said so for a minute', () => {
    const spell = (heldMs: number): NodeMemory => ({
      ...HELD,
      streak: { incarnation: OLD, heldMs, at: NOW },
    });
    expect(held({ memory: spell(MINUTE - 1) })).toBe('not-held');
    expect(held({ memory: spell(MINUTE) })).toBe('act');
  });

  it('counts only what looks saw: one that tells nothing keeps the spell and does not lengthen it', () => {
    let memory = seen(seen(newMemory(NOW), silent(), 0), silent(), 5);
    expect(memory.streak?.heldMs).toBe(5_000);
    memory = seen(memory, silent({ state: 'unknown', remedy: { kind: 'add-viewpoint' } }), 10);
    expect(memory.streak?.heldMs).toBe(5_000);
    memory = seen(memory, silent(), 15, 'the exporter itself was late');
    expect(memory.streak?.heldMs).toBe(5_000);
    expect(seen(memory, silent(), 20).streak?.heldMs).toBe(10_000);
    // Nobody looked for an hour.
    expect(seen(memory, silent(), 3_600).streak?.heldMs).toBe(20_000);
  });

  it('begins anew with another process, and where it was well in between', () => {
    const memory = seen(seen(newMemory(NOW), silent(), 0), silent(), 10);
    const other = silent({ evidence: { ...silent().evidence, process: { ...PROCESS, incarnation: NEW } } });
    expect(seen(memory, other, 15).streak?.heldMs).toBe(0);
    expect(seen(memory, aNode(), 15).streak).toBeUndefined();
  });

  it('does nothing for one whose process is not known, nor while the exporter doubts itself', () => {
    const evidence = omit(silent().evidence, 'process');
    expect(held({ node: silent({ evidence }) })).toBe('identity');
    expect(held({ node: silent({ reasons: ['silent', 'ambiguous'] }) })).toBe('identity');
    const node = silent();
    expect(held({ node, snapshot: aSnapshot({ nodes: [node], doubt: 'late' }) })).toBe('in-doubt');
  });
});

describe('3. the cause is elsewhere', () => {
  it('counts those of this machine together, whatever gateway each has', () => {
    const node = silent();
    const others = ['B', 'C'].map((name) => silent({ name, key: name, gateway: name }));
    expect(held({ node, snapshot: aSnapshot({ nodes: [node, ...others] }) })).toBe('shared-cause');
  });

  it('waits until its gateway has been healthy for a minute', () => {
    const node = silent();
    const by = (gateway: Parameters<typeof aGateway>[0]): string =>
      held({ node, snapshot: aSnapshot({ nodes: [node], gateways: [aGateway(gateway)] }) });
    expect(by({ healthySince: ago(59) })).toBe('gateway');
    expect(by({ health: 'recovering' })).toBe('gateway');
    expect(by({ healthySince: ago(60) })).toBe('act');
    expect(held({ node, snapshot: aSnapshot({ nodes: [node], gateways: [] }) })).toBe('gateway');
  });

  const among = (...others: readonly NodeSnapshot[]): string => {
    const node = silent();
    return held({ node, snapshot: aSnapshot({ nodes: [node, ...others] }) });
  };

  it('restarts nobody when more than 40 % of three or more fail at once', () => {
    expect(among(silent({ name: 'B' }), aRemoteNode())).toBe('shared-cause');
    expect(among(silent({ name: 'B' }), aRemoteNode(), aRemoteNode({ name: 'D' }))).toBe('shared-cause');
    // Two of five are 40 %, and not more.
    const well = ['C', 'D', 'E'].map((name) => aRemoteNode({ name }));
    expect(among(silent({ name: 'B' }), ...well)).toBe('act');
  });

  it('says nothing of two, nor of what was switched off long ago', () => {
    expect(among(silent({ name: 'B' }))).toBe('act');
    const off = (name: string, seconds: number): NodeSnapshot =>
      aRemoteNode({ name, state: 'offline', connected: false, since: ago(seconds) });
    expect(among(off('B', 86_400), off('C', 86_400), aRemoteNode({ name: 'D' }))).toBe('act');
    expect(among(off('B', 60), off('C', 60), aRemoteNode({ name: 'D' }))).toBe('shared-cause');
  });

  it('says nothing of what was refused long ago: a forgotten token would shelter all others for ever', () => {
    const refused = (seconds: number): NodeSnapshot =>
      aRemoteNode({ name: 'B', state: 'blocked', connected: false, since: ago(seconds) });
    const well = ['C', 'D'].map((name) => aRemoteNode({ name }));
    expect(among(refused(60), ...well)).toBe('shared-cause');
    expect(among(refused(86_400), ...well)).toBe('act');
  });
});

describe('4. and 7. through its supervisor', () => {
  it('does nothing for a process that nobody supervises, or another supervisor than its own says so', () => {
    const { supervisor, ...evidence } = silent().evidence;
    expect(held({ node: silent({ evidence }) })).toBe('no-supervisor');
    if (supervisor === undefined) throw new Error('it has one');
    const gaveUp = { ...supervisor, standing: { kind: 'not-loaded' } as const };
    expect(held({ node: silent({ evidence: { ...evidence, supervisor: gaveUp } }) })).toBe('no-supervisor');
  });

  it('asks launchd by kickstart, and the operator’s command before either', () => {
    const service = { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' } as const;
    const evidence = {
      ...silent().evidence,
      supervisor: { service, standing: { kind: 'running' } as const, ageMs: 1 },
    };
    expect(decided({ node: silent({ evidence }) })).toMatchObject({
      command: { program: '/bin/launchctl', args: ['kickstart', '-k', 'gui/501/ai.openclaw.node'] },
    });
    const settings = { ...SETTINGS, command: ['/bin/again', 'x'] };
    expect(decided({ node: silent({ evidence }), settings })).toMatchObject({
      command: { program: '/bin/again', args: ['x'] },
    });
  });

  const act = begin(
    HELD,
    { incarnation: OLD, family: [OLD, '5000:2'] },
    { now: NOW, settings: SETTINGS, random: 0 },
  ).acting;
  const well = aNode({
    since: at(7),
    evidence: { process: { ...PROCESS, pid: 4712, incarnation: NEW } },
  });
  const judged = (overrides: Partial<Parameters<typeof judge>[1]>) => {
    if (act === undefined) throw new Error('it was begun');
    return judge(act, { node: well, left: [], now: at(10), ...overrides }, SETTINGS);
  };

  it('is done when the old one and its children are gone and the new one is attached', () => {
    expect(judged({})).toMatchObject({ outcome: 'attached', attachedAfterMs: 7_000 });
    expect(judged({ left: ['5000:2'] })).toBeUndefined();
    expect(judged({ node: silent() })).toBeUndefined();
    // Its verdict is of before: nobody has seen the new one yet.
    expect(judged({ node: aNode({ since: at(1), evidence: { process: PROCESS } }) })).toBeUndefined();
  });

  it('has failed where what was to go is still there at the deadline, attached or not', () => {
    expect(judged({ left: ['5000:2'], now: at(180) })).toMatchObject({ outcome: 'failed' });
    expect(judged({ left: [OLD], now: at(180), node: silent() })).toMatchObject({ outcome: 'failed' });
    expect(judged({ left: undefined, now: at(180) })).toMatchObject({ outcome: 'failed' });
    expect(judged({ left: [], now: at(180), node: silent({ evidence: { process: null } }) })).toMatchObject({
      outcome: 'still_detached',
    });
  });
});

describe('6. commands that it runs', () => {
  it('are waited for, ten minutes at most; what cannot be seen is, too', () => {
    expect(held({ children: 2 })).toBe('children');
    expect(held({ children: undefined })).toBe('children');
    const first = noteWaiting(HELD, decided({ children: 2 }), NOW);
    expect(first.waitingSince).toEqual(NOW);
    const since = (seconds: number): NodeMemory => ({ ...HELD, waitingSince: ago(seconds) });
    expect(held({ children: 2, memory: since(599) })).toBe('children');
    expect(held({ children: 2, memory: since(600) })).toBe('act');
  });
});

describe('8. how often', () => {
  const restarted = (memory: NodeMemory, now: Snapshot['at'], random = 0): NodeMemory =>
    settle(
      begin(memory, { incarnation: OLD, family: [OLD] }, { now, settings: SETTINGS, random }),
      { outcome: 'still_detached', words: '' },
      now,
    );

  it('leaves ten minutes between two, and up to two more at random', () => {
    const after = (seconds: number, random: number): string =>
      held({
        memory: { ...restarted(newMemory(NOW), ago(seconds), random), streak: HELD.streak } as NodeMemory,
      });
    expect(after(599, 0)).toBe('cooling-down');
    expect(after(601, 0)).toBe('act');
    expect(after(601, 1)).toBe('cooling-down');
    expect(after(721, 1)).toBe('act');
  });

  it('ends after three, until it was alive for an hour', () => {
    let memory = newMemory(NOW);
    for (const seconds of [9_000, 6_000, 3_000]) memory = restarted(memory, ago(seconds));
    const spent = { ...memory, streak: HELD.streak } as NodeMemory;
    expect(held({ memory: spent })).toBe('exhausted');
    expect(memory.attempts.still_detached).toBe(3);
    expect(seen(spent, aNode({ since: ago(3_599) }), 0).spent).toHaveLength(3);
    expect(seen(spent, aNode({ since: ago(3_600) }), 0).spent).toHaveLength(0);
  });
});

describe('9. one actor', () => {
  it('does nothing where another one has it, nor for what runs elsewhere', () => {
    expect(held({ obstacle: 'another exporter of this machine acts on it' })).toBe('obstacle');
    expect(held({ node: { ...silent(), scope: 'remote' } })).toBe('none');
    expect(held({ node: { ...silent(), kind: 'app' } })).toBe('none');
  });

  it('does nothing while a restart is under way', () => {
    const memory = begin(HELD, { incarnation: OLD, family: [] }, { now: NOW, settings: SETTINGS, random: 0 });
    expect(decided({ memory })).toEqual({ kind: 'acting' });
  });
});

describe('10. a pause', () => {
  it('holds until its end', () => {
    const until = (seconds: number) => ({ reason: 'upgrade', untilWallMs: at(seconds).wallMs });
    expect(held({ pause: until(1) })).toBe('paused');
    expect(held({ pause: until(0) })).toBe('act');
  });

  it('is read from a file: a time or a length, then why', () => {
    const read = (text: string) => readPause(text, NOW.wallMs);
    expect(read('8h upgrading\tthe gateway\n')).toEqual({
      reason: 'upgrading the gateway',
      untilWallMs: NOW.wallMs + 8 * 60 * MINUTE,
    });
    expect(read('2026-11-22T06:00:00Z moving')).toEqual({
      reason: 'moving',
      untilWallMs: Date.parse('2026-11-22T06:00:00Z'),
    });
    // Nobody writes it for nothing, and none lasts for ever.
    expect(read('please wait').untilWallMs).toBe(NOW.wallMs + 24 * 60 * MINUTE);
    expect(read('2036-01-01T00:00:00Z x').untilWallMs).toBe(NOW.wallMs + 7 * 24 * 60 * MINUTE);
  });
});
