import { join } from 'node:path';
import { SERVICE_NAME, type Found, type ServiceFacts, type ServicePlan, type Step } from './plan.ts';

/** Whose service it is: of the user who installs it, or of the machine, which runs it as a user. */
export type SystemdScope =
  | { readonly kind: 'user'; readonly configHome: string }
  | { readonly kind: 'system'; readonly runAs: string };

const UNIT = `${SERVICE_NAME}.service`;
const SYSTEM_UNITS = '/etc/systemd/system';

export function systemdPlan(facts: ServiceFacts, scope: SystemdScope): ServicePlan {
  const isUser = scope.kind === 'user';
  const systemctl = (...rest: readonly string[]): readonly string[] => [
    'systemctl',
    ...(isUser ? ['--user'] : []),
    ...rest,
  ];
  const path = join(isUser ? join(scope.configHome, 'systemd', 'user') : SYSTEM_UNITS, UNIT);
  const text = unitText(facts, scope);
  const run = (...rest: readonly string[]): Step => ({ kind: 'run', argv: systemctl(...rest) });
  const tryTo = (...rest: readonly string[]): Step => ({ ...run(...rest), mayFail: true }) as Step;
  return {
    what: isUser ? 'a systemd user unit' : `a systemd unit that runs as ${scope.runAs}`,
    path,
    text,
    reach: reachOf(scope, systemctl('show', '--property=Version')),
    install: (found: Found) => [
      ...(found === 'same' ? [] : [{ kind: 'write', path, text } as const]),
      run('daemon-reload'),
      run('enable', UNIT),
      // One that is as it should be goes on running.
      run(found === 'same' ? 'start' : 'restart', UNIT),
    ],
    uninstall: [
      tryTo('disable', '--now', UNIT),
      // Where its state is differs between versions of systemd, which knows.
      tryTo('clean', '--what=state', UNIT),
      { kind: 'remove', path },
      run('daemon-reload'),
      tryTo('reset-failed', UNIT),
    ],
    status: systemctl(
      'show',
      '--no-pager',
      '--property=ActiveState,SubState,UnitFileState,MainPID,NRestarts,Result,StatusText,ActiveEnterTimestamp',
      UNIT,
    ),
    isRunning: (status) => /^ActiveState=active$/m.test(status),
    log: `journalctl ${isUser ? '--user ' : ''}-u ${SERVICE_NAME}`,
  };
}

function reachOf(scope: SystemdScope, manager: readonly string[]): ServicePlan['reach'] {
  switch (scope.kind) {
    case 'user':
      return [
        {
          argv: manager,
          advice:
            'The service manager of a user runs while that user is logged in, and always after `sudo loginctl enable-linger <user>`. ' +
            'A service of the machine instead: sudo, and --run-as <user of the node host>.',
        },
      ];
    case 'system':
      return [
        { argv: manager, advice: 'It takes a machine that systemd has booted.' },
        { argv: ['id', '-u', scope.runAs], advice: '--run-as names the user of the node host.' },
      ];
    default:
      return scope satisfies never;
  }
}

/*
 * Each line was tried on systemd 252; docs/decisions/0007 says what is not there and why. Above all nothing that gives the
 * service a view of its own of users or of /tmp: it must see the node host's process as it is, and OpenClaw logs to /tmp.
 */
const EVERYWHERE = `NoNewPrivileges=yes
UMask=0077
# Sockets: the pages, gateways, systemd-notify and systemctl; netlink lists addresses.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
KeyringMode=private
# What it knows, tokens among it, is in no core file.
LimitCORE=0
MemoryMax=256M
TasksMax=128`;

/** What a user's own service manager may not do, or does without effect. */
const BY_THE_MACHINE = `CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
# Where exporters agree on who restarts a node host (recovery.lock_dir).
ReadWritePaths=/tmp -/run/user
ProtectHome=read-only
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes`;

function unitText({ command, version }: ServiceFacts, scope: SystemdScope): string {
  const isUser = scope.kind === 'user';
  return `# Written by ${SERVICE_NAME} ${version}: \`${SERVICE_NAME} service install\` writes it anew,
# \`service uninstall\` removes it. What is yours belongs into a drop-in: systemctl ${isUser ? '--user ' : ''}edit ${SERVICE_NAME}
[Unit]
Description=OpenClaw liveness exporter
After=network.target

[Service]
Type=notify
# systemd-notify tells, which is a child.
NotifyAccess=all
# Fed only while verdicts are made in time, by the event loop that serves them.
WatchdogSec=60
${isUser ? '' : `User=${scope.runAs}\n`}ExecStart=${command.map(quoted).join(' ')}
# A mistake in the configuration: the last good one stays.
ExecReload=kill -HUP $MAINPID
Restart=on-failure
RestartSec=5
# A mistake in flags or configuration: starting again would meet it again.
RestartPreventExitStatus=2
# Counters, log positions and the device identity; the exporter takes the directory from $STATE_DIRECTORY.
StateDirectory=${SERVICE_NAME}
StateDirectoryMode=0700
${EVERYWHERE}
${isUser ? '' : `${BY_THE_MACHINE}\n`}
[Install]
WantedBy=${isUser ? 'default.target' : 'multi-user.target'}
`;
}

/** As systemd.service(5) and systemd.syntax(7) want an argument that is to arrive as it is. */
function quoted(argument: string): string {
  const safe = argument.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[\w@%+=:,./$-]+$/.test(safe)) return safe;
  return `"${safe.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
