import type { NodeSnapshot, Service } from '../../core/index.ts';
import type { RecoverySettings } from '../../config/config.ts';

/** A program and its arguments, to be run without a shell. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export type CommandAnswer =
  { readonly ok: true; readonly command: Command } | { readonly ok: false; readonly why: string };

/**
 * What restarts a node host: the operator's command; else its service manager, and only one that says itself that it runs
 * this very process. A process that nobody supervises is never started by us, nor is a failure cleared or a job loaded.
 */
export function restartCommandFor({ evidence }: NodeSnapshot, { command }: RecoverySettings): CommandAnswer {
  const [program, ...args] = command ?? [];
  if (program !== undefined) return { ok: true, command: { program, args } };
  const { supervisor } = evidence;
  if (supervisor === undefined) return refusal('no service manager says that it runs it');
  const { service, standing } = supervisor;
  if (standing.kind !== 'running') return refusal(`its service manager does not run it (${standing.kind})`);
  return commandOf(service);
}

function commandOf(service: Service): CommandAnswer {
  switch (service.manager) {
    case 'systemd':
      if (!service.unit.endsWith('.service')) return refusal(`${service.unit} is no service`);
      return {
        ok: true,
        command: {
          program: 'systemctl',
          // A unit may be called like an option.
          args: [...(service.user ? ['--user'] : []), '--no-ask-password', 'restart', '--', service.unit],
        },
      };
    case 'launchd':
      return {
        ok: true,
        command: {
          program: '/bin/launchctl',
          args: ['kickstart', '-k', `${service.domain}/${service.label}`],
        },
      };
    default:
      return service satisfies never;
  }
}

function refusal(why: string): CommandAnswer {
  return { ok: false, why: `${why}; recovery.command says how it is restarted otherwise` };
}

/** As somebody would type it, for a log line. */
export function commandText({ program, args }: Command): string {
  return [program, ...args].join(' ');
}
