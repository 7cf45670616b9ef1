import { describe, expect, it } from 'vitest';
import { parseInvocation } from '../../../src/sources/process/invocation.ts';
import { parseCommandLine } from '../../../src/sources/linux/parse-proc.ts';
import { launcherAndHost } from '../linux/fake-proc.ts';

const words = (text: string): string[] => text.split(' ');

describe('a command line', () => {
  it('of a real 2026.9.6 launcher says where it dials and as whom', () => {
    const [launcher] = launcherAndHost('2026.9.6');
    expect(parseInvocation(parseCommandLine(launcher.cmdline))).toEqual({
      command: 'node-host',
      script: '/usr/local/lib/node_modules/openclaw/openclaw.mjs',
      flags: { host: '127.0.0.1', port: 31_789, displayName: 'Node-2026.9.6' },
    });
  });

  it('may write a flag and its value with an equals sign, and spaces in the value', () => {
    const args = [
      ...words('node /usr/bin/openclaw node run --host=gw.example --port=443 --tls'),
      '--display-name=My Mac',
      '--node-id=n1',
    ];
    expect(parseInvocation(args)?.flags).toEqual({
      host: 'gw.example',
      port: 443,
      tls: true,
      displayName: 'My Mac',
      nodeId: 'n1',
    });
  });

  it.each(['', ' ', '\u200b'])('has no name where it says --display-name %j', (blank) => {
    const args = [...words('node /usr/bin/openclaw node run --host=gw'), `--display-name=${blank}`];
    expect(parseInvocation(args)?.flags).toEqual({ host: 'gw' });
  });

  it.each([
    ['node /opt/openclaw/dist/entry.js --openclaw-node-host-child node run', 'node-host'],
    [
      'node /opt/openclaw/openclaw.mjs --openclaw-node-host-managed-child /s/openclaw.sqlite node run',
      'node-host',
    ],
    ['node --disable-warning=X --import ./a.mjs /opt/openclaw/dist/index.js node run', 'node-host'],
    ['openclaw node run --host gw', 'node-host'],
    ['/usr/local/bin/openclaw node run', 'node-host'],
    ['node /usr/bin/openclaw --profile work node run', 'node-host'],
    ['node /usr/bin/openclaw --log-level debug --no-color node --commands a,b run', 'node-host'],
    ['node /usr/bin/openclaw connect oc-pair://abc', 'node-host'],
    ['node /usr/bin/openclaw connect oc-pair://abc --service', 'other'],
    ['node /usr/bin/openclaw node status', 'other'],
    ['node /usr/bin/openclaw --profile node gateway run', 'other'],
    ['node /usr/bin/openclaw gateway run', 'other'],
    ['node /usr/bin/openclaw', 'other'],
  ])('%s is %s', (line, command) => {
    expect(parseInvocation(words(line))?.command).toBe(command);
  });

  it.each([['openclaw-node'], ['openclaw'], ['node /srv/app/server.js node run'], ['vim notes'], ['']])(
    '%s is not one of OpenClaw',
    (line) => {
      expect(parseInvocation(words(line))).toBeUndefined();
    },
  );

  it('names the profile', () => {
    expect(parseInvocation(words('node /usr/bin/openclaw --profile=work node run'))?.profile).toBe('work');
    expect(parseInvocation(words('node /usr/bin/openclaw --dev node run'))?.profile).toBe('dev');
  });

  it('has no port where that is none', () => {
    for (const port of ['0', '65536', '-1', 'gw', '1e3', '']) {
      expect(parseInvocation(['node', '/usr/bin/openclaw', 'node', 'run', '--port', port])?.flags).toEqual(
        {},
      );
    }
  });

  it('turns TLS on by a fingerprint and off by --no-tls', () => {
    const flags = (rest: string): unknown => parseInvocation(words(`openclaw node run ${rest}`))?.flags;
    expect(flags('--tls-fingerprint ab:cd')).toEqual({ tls: true });
    expect(flags('--no-tls')).toEqual({ tls: false });
  });
});
