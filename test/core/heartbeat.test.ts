import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/model/time.ts';
import { beat, type BeatContext } from '../../src/core/rules/heartbeat.ts';

const at = (seconds: number): Instant => ({ monoMs: seconds * 1_000, wallMs: 5e12 + seconds * 1_000 });

const BEFORE = at(50);
const ATTACHED: BeatContext = {
  attached: true,
  attachedSince: at(60),
  proofs: { pulse: at(90), log: at(80) },
  isWedged: false,
};

describe('a heartbeat', () => {
  it('is the newest proof that it was alive while it was attached', () => {
    expect(beat(BEFORE, ATTACHED)).toEqual(at(90));
    expect(beat(undefined, ATTACHED)).toEqual(at(90));
  });

  it('stands where it is detached or wedged, or nobody knows whether it is attached', () => {
    expect(beat(BEFORE, { ...ATTACHED, attached: false })).toBe(BEFORE);
    expect(beat(BEFORE, { ...ATTACHED, attached: undefined })).toBe(BEFORE);
    expect(beat(BEFORE, { ...ATTACHED, isWedged: true })).toBe(BEFORE);
  });

  it('is not what proved before its session that it was alive', () => {
    expect(beat(BEFORE, { ...ATTACHED, attachedSince: at(91) })).toBe(BEFORE);
    expect(beat(BEFORE, { ...ATTACHED, attachedSince: at(90) })).toEqual(at(90));
    expect(beat(BEFORE, { ...ATTACHED, attachedSince: undefined })).toEqual(at(90));
  });

  it('never goes back', () => {
    expect(beat(at(95), ATTACHED)).toEqual(at(95));
    expect(beat(BEFORE, { ...ATTACHED, proofs: {} })).toBe(BEFORE);
  });

  it('by the word of a gateway that asks since 2026.9 is as old as its keep-alive, and by that of an older one is new', () => {
    const far: BeatContext = { ...ATTACHED, attachedSince: undefined, proofs: {}, listedAt: at(200) };
    expect(beat(BEFORE, { ...far, gatewayVersion: '2026.9.1' })).toEqual(at(150));
    expect(beat(BEFORE, { ...far, gatewayVersion: '2027.1.0' })).toEqual(at(150));
    expect(beat(BEFORE, { ...far, gatewayVersion: '2026.8.9' })).toEqual(at(200));
    expect(beat(BEFORE, far)).toEqual(at(200));
  });
});
