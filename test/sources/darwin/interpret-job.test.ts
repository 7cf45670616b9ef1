import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { disabledIn, interpretJob } from '../../../src/sources/darwin/interpret-job.ts';
import { capture } from './fixtures.ts';

/** What no advice and no reason rests on. */
const LESS: readonly unknown[] = ['running', 'restarting', 'stopped', 'failed'];

describe('what launchctl print says of a job', () => {
  it.each([
    ['node-running-26', { standing: { kind: 'running' }, restarts: 0, isIdle: false }],
    ['gateway-running-26', { standing: { kind: 'running' } }],
    ['running-after-restart-26', { standing: { kind: 'running' }, restarts: 1 }],
    ['xpcproxy-26', { standing: { kind: 'running' } }],
    ['not-running-exit0-26', { standing: { kind: 'stopped' } }],
    ['never-exited-26', { standing: expect.objectContaining({}) as object }],
    ['spawn-scheduled-exit1-unknown', { standing: { kind: 'restarting' }, restarts: 199_772 }],
    ['spawn-scheduled-exit3-unknown', { standing: { kind: 'restarting' } }],
    ['throttled-lines-26.5.2', { standing: { kind: 'restarting' }, restarts: 3 }],
    [
      'spawn-failed-exconfig-26',
      { standing: { kind: 'cannot-start', lastExit: 'exit status 78: EX_CONFIG' }, restarts: 22_137 },
    ],
    [
      'spawn-failed-codesigning-26',
      { standing: { kind: 'cannot-start', lastExit: 'OS_REASON_CODESIGNING' } },
    ],
    [
      'pended-speculative-unknown',
      { standing: { kind: 'gave-up', because: 'held-back', lastExit: 'never exited' } },
    ],
    ['pended-inefficient-lines-unknown', { standing: { kind: 'gave-up', because: 'held-back' } }],
  ])('is read from %s', (name, expected) => {
    expect(interpretJob(capture(`launchctl-print-${name}.txt`))).toMatchObject(expected);
  });

  it('includes where it writes to', () => {
    expect(interpretJob(capture('launchctl-print-node-running-26.txt'))).toMatchObject({
      errorPath: '/Users/user/.openclaw/logs/node.err.log',
    });
  });

  it('is not what its coalitions and triggers say: those have a state, too', () => {
    const nested =
      'gui/501/x = {\n\tresource coalition = {\n\t\tstate = active\n\t}\n\tstate = spawn scheduled\n}\n';
    expect(interpretJob(nested)?.standing.kind).toBe('restarting');
    expect(
      interpretJob('gui/501/x = {\n\tresource coalition = {\n\t\tstate = active\n\t}\n}\n'),
    ).toBeUndefined();
  });

  it.each([
    ['running', 'running'],
    ['spawning', 'running'],
    ['SIGTERMed', 'running'],
    ['SIGKILLed', 'running'],
    ['not running', 'stopped'],
    ['waiting', 'stopped'],
  ])('in state %s is %s', (state, kind) => {
    expect(interpretJob(`x = {\n\tstate = ${state}\n}`)?.standing.kind).toBe(kind);
  });

  it('in a state that nobody has seen yet is nothing', () => {
    expect(interpretJob('x = {\n\tstate = hibernating\n}')).toBeUndefined();
  });

  it('that runs not, and is to be kept alive, waits for its next start until it has waited too long', () => {
    const idle =
      'x = {\n\tstate = not running\n\tlast exit code = 1\n\tproperties = partial import | keepalive | runatload\n}';
    expect(interpretJob(idle)).toMatchObject({ standing: { kind: 'restarting' }, isIdle: true });
  });

  it.each([
    ['last exit code = 1', 'exit status 1'],
    ['last terminating signal = Killed: 9', 'signal Killed: 9'],
    ['last exit reason = OS_REASON_JETSAM', 'OS_REASON_JETSAM'],
  ])('that ended with %s and is not kept alive has failed', (line, lastExit) => {
    expect(interpretJob(`x = {\n\tstate = not running\n\t${line}\n}`)?.standing).toEqual({
      kind: 'failed',
      lastExit,
    });
  });

  it('cut anywhere says the same, or less, or nothing: it never gives up on what the whole does not', () => {
    const captures = readdirSync(new URL('../../fixtures/macos/', import.meta.url)).filter((name) =>
      name.startsWith('launchctl-print-'),
    );
    for (const name of captures) {
      const text = capture(name);
      const whole = interpretJob(text)?.standing.kind;
      const state = /^\tstate = .*$/m.exec(text);
      const complete = state === null ? Infinity : state.index + state[0].length;
      for (let length = 0; length < text.length; length += 1) {
        const kind = interpretJob(text.slice(0, length))?.standing.kind;
        if (length < complete) expect(kind, `${name}, ${length}`).toBeUndefined();
        else if (kind !== whole) expect(LESS, `${name}, ${length}: ${whole}`).toContain(kind);
      }
    }
  });

  it('may be any text: nothing throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\t', '\n', ' = ', 'state', 'running', 'x', '{', '}') }),
        (text) => {
          interpretJob(text);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('what launchctl print-disabled says', () => {
  it('is who is disabled, and nothing of login items', () => {
    expect([...disabledIn(capture('launchctl-print-disabled-26.6.2.txt'))]).toEqual(['com.apple.ftpd']);
    expect([...disabledIn(capture('launchctl-print-disabled-27.txt'))]).toEqual([
      'com.example.retrain',
      'com.example.grow',
    ]);
    expect([...disabledIn('disabled services = {\n\t"a" => true\n\t"b" => false\n}\n')]).toEqual(['a']);
    expect(disabledIn('login item associations = {\n\t"a" => disabled\n}\n').size).toBe(0);
    expect(disabledIn('').size).toBe(0);
  });
});
