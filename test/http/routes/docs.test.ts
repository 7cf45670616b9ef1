import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Remedy } from '../../../src/core/model/remedy.ts';
import { aRichSnapshot } from '../../helpers/rich-snapshot.ts';
import { aZombie } from '../../helpers/snapshots.ts';
import { askJson, aServer, aServerOf } from '../helpers.ts';

const TEXT = readFileSync(new URL('../../../docs/http.md', import.meta.url), 'utf8');
const [LIVEZ_EXAMPLE, NODES_EXAMPLE] = [...TEXT.matchAll(/```json\n(.*?)```/gs)].map(
  ([, json = '']) => JSON.parse(json) as unknown,
);

/** The compiler keeps it whole. */
const REMEDY_KINDS: Readonly<Record<Remedy['kind'], true>> = {
  none: true,
  restart: true,
  continue: true,
  start: true,
  'approve-device': true,
  'approve-commands': true,
  'give-credential': true,
  'set-gateway-token': true,
  'wait-out-lock-out': true,
  'match-versions': true,
  'repair-certificate': true,
  'repair-name': true,
  'repair-proxy': true,
  'repair-gateway': true,
  'repair-path': true,
  'pair-again': true,
  'look-there': true,
  investigate: true,
  'name-node-host': true,
  'tell-apart': true,
  'name-gateway': true,
  'add-viewpoint': true,
  'repair-service': true,
};

/** Counts by label are shortened in the documentation. */
const SHORTENED = /^(sessionCloses|reconnectFailures|closes|authFailures|transitions|errors)$/;

/** Every path to a field, where both sides have an object; `null` on one side says nothing about the other. */
function missingFields(documented: unknown, served: unknown, path = ''): readonly string[] {
  if (Array.isArray(documented) && Array.isArray(served))
    return missingFields(documented[0], served[0], `${path}[]`);
  if (typeof documented !== 'object' || typeof served !== 'object' || documented === null || served === null)
    return [];
  const [left, right] = [documented as Record<string, unknown>, served as Record<string, unknown>];
  return Object.keys(left).flatMap((key) => {
    if (SHORTENED.test(key)) return [];
    return key in right ? missingFields(left[key], right[key], `${path}.${key}`) : [`${path}.${key}`];
  });
}

describe('docs/http.md', () => {
  it('shows /livez as it is served, with no field more or less', async () => {
    const { json } = await askJson(await aServerOf({ nodes: [aZombie({ name: 'NodeB' })] }), '/livez');
    expect(json).toEqual(LIVEZ_EXAMPLE);
  });

  it('shows /api/v1/nodes with no field more or less', async () => {
    const { json } = await askJson(await aServer({ snapshot: aRichSnapshot }), '/api/v1/nodes');
    expect(missingFields(NODES_EXAMPLE, json)).toEqual([]);
    expect(missingFields(json, NODES_EXAMPLE)).toEqual([]);
  });

  it('names every kind of remedy', () => {
    const [, list = ''] = /Its `kind` is (.*?); beside it/s.exec(TEXT) ?? [];
    const named = [...list.matchAll(/`([^`]*)`/g)].map(([, kind]) => kind);
    expect(named.sort()).toEqual(Object.keys(REMEDY_KINDS).sort());
  });

  it('names every page', () => {
    for (const path of [
      '/metrics',
      '/livez/<node>',
      '/readyz/<node>',
      '/-/healthy',
      '/-/ready',
      '/-/reload',
      '/api/v1/nodes/<node>',
      '/sd',
      '/-/assets/<file>',
      '/runbooks/<alert>',
    ]) {
      expect(TEXT).toContain(`\`${path}\``);
    }
  });
});
