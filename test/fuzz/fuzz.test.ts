import fc from 'fast-check';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { parseWebConfig } from '../../src/config/web/parse-web-config.ts';
import { LivenessCore } from '../../src/core/core.ts';
import { interpretConnectFailure } from '../../src/sources/gateway-session/interpret-connect.ts';
import { interpretHello } from '../../src/sources/gateway-session/interpret-hello.ts';
import { interpretInvoke } from '../../src/sources/gateway-session/interpret-invoke.ts';
import { hostStatsNodeId, interpretRoster } from '../../src/sources/gateway-session/interpret-roster.ts';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { rehydrate } from '../../src/state/rehydrate.ts';
import { loadState } from '../../src/state/state-file.ts';
import { CAPTURED_VERSIONS, capturedAnswers, capturedLines } from '../helpers/captured-frames.ts';
import { aRow, GATEWAY, World } from '../helpers/world.ts';
import { mangled, mangledText } from './mangled.ts';

/*
 * Inputs that are nearly right: real ones, mangled. Parsers of lines, of gateway logs and of macOS have such tests of
 * their own beside them. `FUZZ_RUNS=100000` tries for longer, `FUZZ_SEED` other ones.
 */
const RUNS = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 300),
  seed: Number(process.env.FUZZ_SEED ?? 20_261_127),
};
const MINUTES = 60_000 * 10;

const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A label, and with it all that a gateway says of itself or of a node, is no longer than that. */
const BOUND = 50_000;

function frames(): readonly unknown[] {
  return CAPTURED_VERSIONS.flatMap(capturedLines).flatMap(({ frame }) =>
    frame === undefined ? [] : [frame.payload ?? frame.error ?? frame.params],
  );
}

describe('a gateway may answer anything', () => {
  const payload = mangled(frames());

  it(
    'and what is made of it is made in bounds, without an exception',
    () => {
      fc.assert(
        fc.property(payload, (value) => {
          hostStatsNodeId(value);
          const hello = interpretHello(value);
          expect(JSON.stringify(hello).length).toBeLessThan(BOUND);
          const error = { code: JSON.stringify(value), message: JSON.stringify(value), details: value };
          // Cut by the source that says it.
          interpretConnectFailure({ kind: 'rejected', error });
          for (const outcome of [
            { kind: 'ok', payload: value } as const,
            { kind: 'rejected', error } as const,
          ])
            expect(JSON.stringify(interpretInvoke(outcome)).length).toBeLessThan(BOUND);
        }),
        RUNS,
      );
    },
    MINUTES,
  );

  it(
    'and the core makes verdicts of whatever roster that is',
    () => {
      const answers = CAPTURED_VERSIONS.flatMap((version) => capturedAnswers(version, 'node.list'));
      const roster = mangled(answers.map((answer) => answer.payload));
      let understood = 0;
      fc.assert(
        fc.property(roster, roster, (one, other) => {
          const world = new World();
          world.nodeHost().attached();
          world.advance(10);
          for (const value of [one, other]) {
            const read = interpretRoster(value);
            if (read.kind === 'not-understood') continue;
            understood += 1;
            const { gatewayTsMs, rows } = read;
            const told = { kind: 'roster', gatewayTsMs, rows, rttMs: 1 } as const;
            world.core.observe({ source: 'gateway-session', gateway: GATEWAY.name, at: world.now, ...told });
            world.core.tick(world.now);
          }
          const { nodes } = world.core.snapshot(world.now);
          expect(nodes.length).toBeGreaterThan(0);
        }),
        RUNS,
      );
      // Not only what is refused was tried.
      expect(understood).toBeGreaterThan(RUNS.numRuns / 4);
    },
    MINUTES,
  );
});

describe('a state file may hold anything', () => {
  it(
    'and is used or set aside; what is used makes verdicts',
    async () => {
      const world = new World();
      world.nodeHost().attached();
      world.gateway.others.push(aRow({ nodeId: 'far', displayName: 'Far' }));
      world.advance(60);
      const saved = dehydrate(world.core.memory(), { now: world.now, logs: { local: { offset: 7 } } });
      await fc.assert(
        fc.asyncProperty(mangled([JSON.parse(JSON.stringify(saved))]), async (value) => {
          writeFileSync(join(directory, 'state.json'), JSON.stringify(value));
          const loaded = await loadState(directory, world.now.wallMs);
          if (loaded.kind !== 'restored') {
            expect(loaded.kind).toBe('unusable');
            return;
          }
          const memory = rehydrate(loaded.state, world.now);
          const core = new LivenessCore({ ...world.core.options, startedAt: world.now, memory });
          core.tick(world.now);
          const { nodes } = core.snapshot(world.now);
          for (const { counters } of nodes) {
            const counts = Object.values(counters.reconnectFailures);
            expect(counts.every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true);
          }
        }),
        RUNS,
      );
    },
    MINUTES,
  );
});

describe('a configuration may say anything', () => {
  const examples = new URL('../../docs/examples/', import.meta.url);
  const texts = readdirSync(examples)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => readFileSync(new URL(name, examples), 'utf8'));

  it(
    'and is loaded, or all that is wrong is said',
    async () => {
      await fc.assert(
        fc.asyncProperty(mangledText(texts), async (text) => {
          writeFileSync(join(directory, 'exporter.yml'), text);
          const flags = [{ flag: '--config.file', value: 'exporter.yml' }];
          const loaded = await loadConfig({ flags, environment: { HOME: directory }, cwd: directory });
          if (!loaded.ok) expect(loaded.problems.length).toBeGreaterThan(0);
        }),
        RUNS,
      );
    },
    MINUTES,
  );

  it(
    'also the web config',
    () => {
      fc.assert(
        fc.property(mangledText(texts), (text) => {
          const { ok } = parseWebConfig('web.yml', text);
          expect(typeof ok).toBe('boolean');
        }),
        RUNS,
      );
    },
    MINUTES,
  );
});
