import { expect, it } from 'vitest';
import { stateDirCandidates } from '../../../src/sources/process/state-dir.ts';

const candidates = (
  variables: Readonly<Record<string, string>>,
  rest: { workingDirectory?: string; profile?: string } = {},
): string[] =>
  stateDirCandidates({
    environment: new Map(Object.entries(variables)),
    workingDirectory: rest.workingDirectory,
    profile: rest.profile,
  });

it('OPENCLAW_STATE_DIR wins, relative to where the process was started, ~ being its home', () => {
  const home = { HOME: '/home/ada' };
  expect(candidates({ ...home, OPENCLAW_STATE_DIR: '/srv/claw/' })).toEqual(['/srv/claw']);
  expect(candidates({ ...home, OPENCLAW_STATE_DIR: ' state ' }, { workingDirectory: '/srv' })).toEqual([
    '/srv/state',
  ]);
  expect(candidates({ ...home, OPENCLAW_STATE_DIR: '~/claw' })).toEqual(['/home/ada/claw']);
  expect(candidates({ ...home, OPENCLAW_HOME: '/h', OPENCLAW_STATE_DIR: '~/claw' })).toEqual(['/h/claw']);
});

it('else it is .openclaw at home, or .clawdbot where only that is left', () => {
  expect(candidates({ HOME: '/home/ada' })).toEqual(['/home/ada/.openclaw', '/home/ada/.clawdbot']);
  expect(candidates({ HOME: '/home/ada', OPENCLAW_STATE_DIR: '  ' })[0]).toBe('/home/ada/.openclaw');
});

it('OPENCLAW_HOME replaces the home, unless it says undefined or null', () => {
  expect(candidates({ HOME: '/home/ada', OPENCLAW_HOME: '/srv/h' })[0]).toBe('/srv/h/.openclaw');
  expect(candidates({ HOME: '/home/ada', OPENCLAW_HOME: '~/claw' })[0]).toBe('/home/ada/claw/.openclaw');
  expect(candidates({ HOME: '/home/ada', OPENCLAW_HOME: 'undefined' })[0]).toBe('/home/ada/.openclaw');
  expect(candidates({ HOME: 'null', USERPROFILE: '/p' })[0]).toBe('/p/.openclaw');
});

it('a profile on the command line has a directory of its own, the one named default has not', () => {
  expect(candidates({ HOME: '/home/ada' }, { profile: 'work' })).toEqual(['/home/ada/.openclaw-work']);
  expect(candidates({ HOME: '/home/ada' }, { profile: 'Default' })[0]).toBe('/home/ada/.openclaw');
  expect(candidates({ HOME: '/h', OPENCLAW_STATE_DIR: '/s' }, { profile: 'work' })).toEqual(['/s']);
});

it('OPENCLAW_PROFILE in the environment decides nothing, as in OpenClaw', () => {
  expect(candidates({ HOME: '/home/ada', OPENCLAW_PROFILE: 'work' })[0]).toBe('/home/ada/.openclaw');
});

it('is unknown without any home', () => {
  expect(candidates({})).toEqual([]);
});
