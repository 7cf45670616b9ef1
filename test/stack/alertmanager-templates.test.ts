import { describe, expect, it, vi } from 'vitest';
import { withTemplates, type Machine } from './harness/alertmanager-templates.ts';

const UNPACKED = '/home/ada/.cache/am/usr/bin/prometheus-alertmanager';
const OWN = '/home/ada/.cache/am/usr/share/prometheus/alertmanager/default.tmpl';
const WANTED = '/usr/share/prometheus/alertmanager/default.tmpl';
const ARGS = ['--log.level=warn'];

function aMachine({
  files,
  isRoot = false,
  complaint,
}: {
  readonly files: readonly string[];
  readonly isRoot?: boolean;
  readonly complaint?: string;
}): Machine & { readonly copy: ReturnType<typeof vi.fn<Machine['copy']>> } {
  return {
    isRoot,
    exists: (path) => files.includes(path),
    complaintOf: () => complaint,
    copy: vi.fn<Machine['copy']>(),
  };
}

describe('Alertmanager finds its default templates', () => {
  it('where its package is installed', () => {
    const binary = '/usr/bin/prometheus-alertmanager';
    expect(withTemplates(binary, ARGS, aMachine({ files: [WANTED] }))).toEqual({
      command: binary,
      args: ARGS,
    });
  });

  it('where it has them inside', () => {
    const binary = '/opt/homebrew/bin/alertmanager';
    expect(withTemplates(binary, ARGS, aMachine({ files: [] }))).toEqual({ command: binary, args: ARGS });
  });

  it.each([
    ['root', true, ['--mount']],
    ['anybody', false, ['--user', '--map-root-user', '--mount']],
  ])('where it was only unpacked, by a mount of its own, for %s', (_, isRoot, namespaces) => {
    const { command, args } = withTemplates(UNPACKED, ARGS, aMachine({ files: [OWN], isRoot }));
    expect(command).toBe('unshare');
    expect(args.slice(0, namespaces.length)).toEqual(namespaces);
    expect(args.slice(-3)).toEqual(['/home/ada/.cache/am/usr/share', UNPACKED, ...ARGS]);
  });

  it('where root may not mount, by the file put into its place', () => {
    const machine = aMachine({ files: [OWN], isRoot: true, complaint: 'unshare failed' });
    expect(withTemplates(UNPACKED, ARGS, machine)).toEqual({ command: UNPACKED, args: ARGS });
    expect(machine.copy).toHaveBeenCalledExactlyOnceWith(OWN, WANTED);
  });

  it('or says what is in the way and what to do', () => {
    const machine = aMachine({ files: [OWN], complaint: 'unshare failed: Operation not permitted' });
    expect(() => withTemplates(UNPACKED, ARGS, machine)).toThrow(
      /unshare failed: Operation not permitted.*apt-get install prometheus-alertmanager/,
    );
    expect(machine.copy).not.toHaveBeenCalled();
  });
});
