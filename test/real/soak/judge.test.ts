import { describe, expect, it } from 'vitest';
import { judge, type Claim, type History } from './judge.ts';
import { addLook, type Spell } from './spells.ts';
import type { Condition, Span } from './truth.ts';

const NODE = 'A';
const S = 1_000;
const STOPPED: Condition = {
  node: NODE,
  fault: 'stopped',
  restartHelps: true,
  expects: { state: 'wedged', withinSeconds: 7 },
  fromMs: 100 * S,
  toMs: 140 * S,
};

/** What was said from which second on, asked four times a second. */
function said(spans: readonly (readonly [fromS: number, state: string])[], untilS = 200): readonly Spell[] {
  const spells: Spell[] = [];
  for (const [index, [fromS, state]] of spans.entries()) {
    const toS = spans[index + 1]?.[0] ?? untilS;
    for (let askedMs = fromS * S; askedMs < toS * S; askedMs += 250) {
      const isFailed = ['wedged', 'zombie', 'down'].includes(state);
      addLook(spells, { askedMs, answeredMs: askedMs + 10, state, isFailed, reasons: '', why: 'because' });
    }
  }
  return spells;
}

function failuresOf(
  spells: readonly Spell[],
  {
    conditions = [STOPPED],
    attached = [{ fromMs: 0, toMs: 200 * S }],
    lives = [{ fromMs: 0 }],
    room = 1,
  }: {
    readonly conditions?: readonly Condition[];
    readonly attached?: readonly Span[];
    readonly lives?: readonly Span[];
    readonly room?: number;
  } = {},
): readonly Claim[] {
  const history: History = {
    conditions,
    attached: new Map([[NODE, attached]]),
    watchers: [{ name: 'one', lives, spells: new Map([[NODE, spells]]) }],
    endMs: 200 * S,
    room: () => room,
  };
  return judge(history).filter(({ passed }) => !passed);
}

describe('the judge of a soak', () => {
  it('finds nothing where a fault is told in time, stands, and ends with its cure', () => {
    expect(
      failuresOf(
        said([
          [0, 'alive'],
          [106, 'wedged'],
          [142, 'alive'],
        ]),
      ),
    ).toEqual([]);
  });

  it('says of a fault that is told late how late, and gives it room where the machine is busy', () => {
    const late = said([
      [0, 'alive'],
      [109, 'wedged'],
      [142, 'alive'],
    ]);
    const [failure] = failuresOf(late);
    expect(failure).toMatchObject({ kind: 'told', fault: 'stopped', withinSeconds: 7 });
    expect(failure?.tookSeconds).toBeCloseTo(9, 1);
    expect(failuresOf(late, { room: 2 })).toEqual([]);
  });

  it('finds a fault that nobody tells, but asks for none that ended before its bound', () => {
    expect(failuresOf(said([[0, 'alive']]))).toMatchObject([{ kind: 'told' }]);
    expect(failuresOf(said([[0, 'alive']]), { conditions: [{ ...STOPPED, toMs: 106 * S }] })).toEqual([]);
  });

  it('finds one that is told and taken back', () => {
    const failures = failuresOf(
      said([
        [0, 'alive'],
        [105, 'wedged'],
        [120, 'alive'],
      ]),
    );
    expect(failures).toMatchObject([
      { kind: 'told', seen: 'taken back after 20.0 s: alive (), 200: because' },
    ]);
  });

  it('finds a 503 without a cause, and one that outlives its cause', () => {
    const without = failuresOf(
      said([
        [0, 'alive'],
        [50, 'down'],
        [51, 'alive'],
      ]),
      { conditions: [] },
    );
    expect(without.map(({ kind }) => kind)).toEqual(['no false 503', 'alive again']);
    expect(without[0]?.seen).toContain('listed as attached, with nothing done to it yet: down (), 503');
    const outlives = failuresOf(
      said([
        [0, 'alive'],
        [105, 'wedged'],
        [152, 'alive'],
      ]),
    );
    expect(outlives).toMatchObject([{ kind: 'no false 503' }]);
  });

  it('an accusation is false while a restart would not help', () => {
    const cut: Condition = {
      node: NODE,
      fault: 'tunnel cut',
      restartHelps: false,
      fromMs: 100 * S,
      toMs: 140 * S,
    };
    const failures = failuresOf(
      said([
        [0, 'alive'],
        [110, 'zombie'],
        [130, 'alive'],
      ]),
      { conditions: [cut] },
    );
    expect(failures.map(({ kind }) => kind)).toEqual(['no false 503']);
    expect(failures[0]?.seen).toContain('10.0 s into: tunnel cut');
  });

  it('what is attached and well is alive within 15 s, and all the time after', () => {
    const attached = [{ fromMs: 20 * S, toMs: 200 * S }];
    expect(
      failuresOf(
        said([
          [0, 'starting'],
          [34, 'alive'],
        ]),
        { conditions: [], attached },
      ),
    ).toEqual([]);
    const late = failuresOf(
      said([
        [0, 'starting'],
        [37, 'alive'],
      ]),
      { conditions: [], attached },
    );
    expect(late).toMatchObject([{ kind: 'alive again', withinSeconds: 15 }]);
    const blinks = failuresOf(
      said([
        [0, 'alive'],
        [80, 'unknown'],
        [81, 'alive'],
      ]),
      { conditions: [] },
    );
    expect(blinks).toMatchObject([{ kind: 'alive again' }]);
    expect(blinks[0]?.seen).toContain('unknown (), 200');
  });

  it('an exporter that was away tells again what it had told, within 10 s of its return', () => {
    const lives = [{ fromMs: 0, toMs: 112 * S }, { fromMs: 118 * S }];
    const before = [
      [0, 'alive'],
      [106, 'wedged'],
    ] as const;
    expect(
      failuresOf(said([...before, [118, 'unknown'], [127, 'wedged'], [142, 'alive']]), { lives }),
    ).toEqual([]);
    expect(
      failuresOf(said([...before, [118, 'unknown'], [129, 'wedged'], [142, 'alive']]), { lives }),
    ).toMatchObject([{ kind: 'told', withinSeconds: 10 }]);
  });

  it('one that comes back after the cure has to look first', () => {
    const lives = [{ fromMs: 0, toMs: 112 * S }, { fromMs: 160 * S }];
    const spells = [
      ...said(
        [
          [0, 'alive'],
          [106, 'wedged'],
        ],
        112,
      ),
      ...said([
        [160, 'wedged'],
        [164, 'alive'],
      ]),
    ];
    expect(failuresOf(spells, { lives })).toEqual([]);
  });
});
