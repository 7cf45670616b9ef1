import { PID_INFO } from '../../src/sources/darwin/libproc.ts';
import { FakeMac, putConnections, putProcesses } from '../sources/darwin/fake-mac.ts';
import { capture, golden } from '../sources/darwin/fixtures.ts';
import type { FakePrograms } from './fake-programs.ts';

/** Knows the jobs that were bootstrapped: a file each, beside it. */
export function rehearseLaunchctl(programs: FakePrograms, directory: string): void {
  const [running, crashing] = [
    'launchctl-print-node-running-26.txt',
    'launchctl-print-spawn-scheduled-exit3-unknown.txt',
  ].map((name) => capture(name));
  programs.does(
    'launchctl',
    `cd '${directory}' || exit 1
case $1 in
  managername) echo Aqua ;;
  bootstrap) : >"$(basename "$3" .plist).loaded" ;;
  bootout) rm -f "$(basename "$2").loaded" ;;
  print)
    [ -e "$(basename "$2").loaded" ] || exit 113
    case $2 in
      *.crashes) cat <<'END'
${crashing ?? ''}END
      ;;
      *) cat <<'END'
${running ?? ''}END
      ;;
    esac ;;
esac`,
  );
}

/** This very process, as a libproc of our own has it. */
export function putOurselves(library: string): void {
  const mac = new FakeMac(library);
  const { pid } = process;
  putProcesses(mac, [
    {
      pid,
      startedWallMs: Date.now() - 1_000,
      args: [process.execPath, 'run.ts'],
      environment: { HOME: '/' },
    },
  ]);
  putConnections(mac, pid, [{ fd: 20, port: 443 }]);
  mac.pidInfo(pid, PID_INFO.directories, golden('vnodepathinfo_cwd_root'));
  mac.fdInfo(pid, 2, 2, golden('vnode_dev_null'));
  mac.tickRate(24_000_000);
}
