import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serviceManagerEnvironment } from '../../../src/config/load.ts';
import { createSystemctl, type SystemctlOptions } from '../../../src/sources/linux/systemctl.ts';

const UNIT = { manager: 'systemd', unit: 'openclaw-node.service', user: true } as const;
const FOREVER = new AbortController().signal;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'systemctl-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A program that does what `script` says in the place of systemctl. */
function fake(script: string): string {
  const path = join(directory, 'systemctl');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const ENVIRONMENT = { PATH: process.env.PATH };

function asking(script: string, options: Partial<SystemctlOptions> = {}) {
  const lingerDirectory = join(directory, 'no', 'linger');
  return createSystemctl({ systemctl: fake(script), environment: ENVIRONMENT, lingerDirectory, ...options });
}

describe('the service manager', () => {
  it('is asked for a user unit as systemctl wants it, with nothing of the unit taken for an option', async () => {
    const ask = asking(`printf '%s\\n' "$@" > ${directory}/arguments; echo ActiveState=active`);
    expect(await ask({ manager: 'systemd', unit: '--now.service', user: true }, FOREVER)).toMatchObject({
      kind: 'known',
    });
    const given = readFileSync(join(directory, 'arguments'), 'utf8').trimEnd().split('\n');
    expect(given.slice(0, 3)).toEqual(['--user', 'show', '--no-pager']);
    expect(given.slice(-2)).toEqual(['--', '--now.service']);
  });

  it('of the machine is asked for a system unit', async () => {
    const ask = asking(`printf '%s\\n' "$@" > ${directory}/arguments; echo ActiveState=active`);
    await ask({ manager: 'systemd', unit: 'nodehost.service', user: false }, FOREVER);
    expect(readFileSync(join(directory, 'arguments'), 'utf8')).not.toContain('--user');
  });

  it('gets no unit that a shell would make something of', async () => {
    const ask = asking('echo ActiveState=active');
    await ask({ manager: 'systemd', unit: `$(touch ${directory}/harm).service`, user: true }, FOREVER);
    expect(() => readFileSync(join(directory, 'harm'))).toThrow('ENOENT');
  });

  it('of a user is looked for where it usually is, unless our environment says where', async () => {
    const script = `printf '%s' "$XDG_RUNTIME_DIR $LC_ALL" > ${directory}/environment; echo ActiveState=active`;
    const seen = (): string => readFileSync(join(directory, 'environment'), 'utf8');
    await asking(script, { userId: 1234 })(UNIT, FOREVER);
    expect(seen()).toBe('/run/user/1234 C');
    await asking(script, { userId: 1234, environment: { ...ENVIRONMENT, XDG_RUNTIME_DIR: '/elsewhere' } })(
      UNIT,
      FOREVER,
    );
    expect(seen()).toBe('/elsewhere C');
  });

  it('is asked without what else is in our environment', async () => {
    const environment = serviceManagerEnvironment({
      PATH: process.env.PATH,
      OPENCLAW_GATEWAY_TOKEN: 'secret',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x',
    });
    await asking(`env > ${directory}/environment; echo ActiveState=active`, { environment })(UNIT, FOREVER);
    const seen = readFileSync(join(directory, 'environment'), 'utf8');
    expect(seen).toContain('DBUS_SESSION_BUS_ADDRESS=unix:path=/x\n');
    expect(seen).not.toContain('secret');
  });

  it('that gives no answer is given up after the deadline', async () => {
    const ask = asking(`echo $$ > ${directory}/pid; exec sleep 600`, { deadlineMs: 300 });
    expect(await ask(UNIT, FOREVER)).toEqual({
      kind: 'error',
      error: {
        kind: 'timeout',
        message: 'systemctl gave no answer on user unit openclaw-node.service in time',
        isAbsent: false,
      },
    });
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('is not waited for once nobody wants the answer', async () => {
    const wanted = new AbortController();
    const answer = asking('exec sleep 600')(UNIT, wanted.signal);
    wanted.abort();
    expect(await answer).toMatchObject({ kind: 'error' });
  });
});

describe('no answer is explained:', () => {
  it('no such program', async () => {
    const ask = createSystemctl({ systemctl: join(directory, 'missing'), environment: ENVIRONMENT });
    expect(await ask(UNIT, FOREVER)).toMatchObject({ error: { kind: 'unsupported', isAbsent: true } });
  });

  // As systemctl of systemd 252 says it.
  it.each([
    [
      "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down",
      'unsupported',
      true,
    ],
    ['Failed to connect to bus: No such file or directory', 'unsupported', true],
    ['Failed to connect to bus: No medium found', 'unsupported', true],
    ['Failed to connect to bus: Permission denied', 'permission', false],
    ['Failed to get properties: Access denied', 'permission', false],
    ['Failed to get properties: Transport endpoint is not connected', 'other', false],
  ])('%j is %s', async (said, kind, isAbsent) => {
    const ask = asking(`cat >&2 <<'END'\n${said}\nEND\nexit 1`);
    const answer = await ask(UNIT, FOREVER);
    expect(answer).toMatchObject({ kind: 'error', error: { kind, isAbsent } });
    expect(answer.kind === 'error' && answer.error.message).toContain(said.split('\n')[0]);
  });

  it('no such unit, with what to do', async () => {
    const ask = asking('echo LoadState=not-found; echo ActiveState=inactive');
    expect(await ask(UNIT, FOREVER)).toMatchObject({ error: { kind: 'not_found', isAbsent: true } });
  });

  it('an answer that is none', async () => {
    const ask = asking('echo what');
    expect(await ask(UNIT, FOREVER)).toMatchObject({ error: { kind: 'parse', isAbsent: false } });
  });

  it('an answer without end', async () => {
    const ask = asking('exec yes ActiveState=active');
    expect(await ask(UNIT, FOREVER)).toMatchObject({ kind: 'error', error: { kind: 'other' } });
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a unit of a user', () => {
  const RUNS = 'echo ActiveState=active';
  const lingerDirectory = (): string => join(directory, 'linger');

  it('ends when the user logs out, and that is said, unless lingering is on', async () => {
    const ask = asking(RUNS, { lingerDirectory: lingerDirectory() });
    const { username } = userInfo();
    expect(await ask(UNIT, FOREVER)).toMatchObject({
      note: expect.stringContaining('enable-linger') as string,
    });
    expect(await ask({ ...UNIT, user: false }, FOREVER)).not.toHaveProperty('note');
    mkdirSync(lingerDirectory());
    expect(await ask(UNIT, FOREVER)).toHaveProperty('note');
    writeFileSync(join(lingerDirectory(), username), '');
    expect(await ask(UNIT, FOREVER)).not.toHaveProperty('note');
  });

  it('has nothing said of it where systemd keeps its state elsewhere', async () => {
    const ask = asking(RUNS, { lingerDirectory: '/nowhere/at/all' });
    expect(await ask(UNIT, FOREVER)).not.toHaveProperty('note');
  });
});
