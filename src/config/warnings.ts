import { isLoopback } from '../core/index.ts';
import type { Config, NodeTarget } from './config.ts';
import { addressOf } from './gateway-url.ts';
import { givenCredential } from './given-credential.ts';
import { problemIn } from './origin.ts';
import type { ConfigProblem } from './problem.ts';

/** What will work, but perhaps not as meant. Whether there is a credential is told at run time: it may come and go. */
export function warnAbout(config: Config, system: string): readonly ConfigProblem[] {
  return [
    ...warnAboutOpenclawConfig(config),
    ...findDoubtfulGateways(config),
    ...findForeignSettings(config, system),
    ...findIdleRehearsal(config),
    ...findHasty(config),
  ];
}

/** Somebody believes that the week of the trial has begun. */
function findIdleRehearsal(config: Config): readonly ConfigProblem[] {
  const { enabled, dryRun } = config.recovery;
  return dryRun && !enabled ? [problemIn(config, 'recovery.dry_run', NOT_REHEARSED)] : [];
}

const NOT_REHEARSED =
  'nothing is rehearsed while recovery is off; write recovery.enabled: true as well, which restarts nobody as long as dry_run is on.';

/** A restart that would be judged while its command may still run. */
function findHasty(config: Config): readonly ConfigProblem[] {
  const { enabled, attachWithinMs, commandTimeoutMs } = config.recovery;
  return enabled && attachWithinMs < commandTimeoutMs
    ? [problemIn(config, 'recovery.attach_within', HASTY)]
    : [];
}

const HASTY =
  'it is shorter than recovery.command_timeout, so a restart counts as failed while its command may still run; make it longer than that.';

function warnAboutOpenclawConfig(config: Config): readonly ConfigProblem[] {
  const { gateway, gateways, openclaw } = config;
  const asksOpenclaw = gateway.locator.kind === 'discover' || givenCredential(config) === undefined;
  // The list says all that there is to know of each.
  if (gateways.length > 0 || !asksOpenclaw) return [];
  return openclaw.config.problems.map((message) => ({ where: 'openclaw.json', message }));
}

/** A gateway whose address somebody wrote, in the list or alone. */
interface WrittenGateway {
  /** `gateway`, or `gateways[0]`. */
  readonly section: string;
  readonly url: string;
  readonly hasCredential: boolean;
  readonly isPinned: boolean;
}

/** Gateways that no session will be opened with, or not in private. */
function findDoubtfulGateways(config: Config): readonly ConfigProblem[] {
  return writtenGateways(config).flatMap(({ section, url, hasCredential, isPinned }) => {
    if (url.startsWith('wss:')) return [];
    const isOpen = hasCredential && !isLoopback(addressOf(url));
    return [
      ...(isPinned ? [problemIn(config, `${section}.tls_fingerprint`, NO_CERTIFICATE)] : []),
      ...(isOpen ? [problemIn(config, `${section}.url`, UNENCRYPTED)] : []),
    ];
  });
}

const NO_CERTIFICATE =
  'ws:// has no certificate, so no session is opened; write the url with wss://, or remove the fingerprint.';
const UNENCRYPTED =
  'ws:// to another machine is not encrypted: the token can be read on the way, and is only sent to private addresses, .local and .ts.net names, and to any other name where OPENCLAW_ALLOW_INSECURE_PRIVATE_WS is 1. Use wss://, or the local end of an SSH tunnel.';

function writtenGateways(config: Config): readonly WrittenGateway[] {
  const { gateway, gateways, openclaw } = config;
  if (gateways.length > 0) {
    return gateways.map(({ url, tokenFile, tlsFingerprint }, index) => ({
      section: `gateways[${index}]`,
      url,
      hasCredential: tokenFile !== undefined,
      isPinned: tlsFingerprint !== undefined,
    }));
  }
  if (gateway.locator.kind !== 'given') return [];
  return [
    {
      section: 'gateway',
      url: gateway.locator.url,
      hasCredential:
        givenCredential(config) !== undefined ||
        ['present', 'reference'].includes(openclaw.config.credential),
      isPinned: gateway.tlsFingerprint !== undefined,
    },
  ];
}

/** What a node host was given that only another system has: it is looked for in vain here. */
function findForeignSettings(config: Config, system: string): readonly ConfigProblem[] {
  return config.nodes.flatMap((node, index) =>
    foreignTo(node, system).map(({ field, why }) => problemIn(config, `nodes[${index}].${field}`, why)),
  );
}

interface Foreign {
  readonly field: string;
  readonly why: string;
}

function foreignTo({ locator, log }: NodeTarget, system: string): readonly Foreign[] {
  const found: Foreign[] = [];
  if (locator.kind === 'systemd-unit' && system !== 'linux') {
    const why = `there is no systemd on ${nameOf(system)}; name the node host by launchd_label, state_dir or pid_file.`;
    found.push({ field: 'systemd_unit', why });
  }
  if (locator.kind === 'launchd-label' && system !== 'darwin') {
    const why = `there is no launchd on ${nameOf(system)}; name the node host by systemd_unit, state_dir or pid_file.`;
    found.push({ field: 'launchd_label', why });
  }
  if (log.kind === 'journal' && system !== 'linux') {
    const why = `there is no journal on ${nameOf(system)}; leave it out (auto), or name the file.`;
    found.push({ field: 'log', why });
  }
  return found;
}

/** As `process.platform` has it, in the words of people. */
function nameOf(system: string): string {
  const names: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS' };
  return names[system] ?? system;
}
