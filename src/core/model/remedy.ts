import type { NodeScope } from './node-state.ts';
import { serviceName, type LaunchdJob, type Service, type SystemdUnit } from './observation.ts';

/** Where a node host is to be acted on. */
interface Where {
  /** What supervises it, where that is known. */
  readonly service?: Service;
  readonly pid?: number;
}

/** How it is brought up again once what blocks it is gone. */
interface Then {
  readonly service?: Service;
  /** Its service manager has given up: it has to be told to start it. */
  readonly hasGivenUp: boolean;
  /** Its service manager does not know the service: it has to be loaded again, and is started by that. */
  readonly isUnloaded?: true;
  /** It is an app: somebody holds it in his hand, and it has settings of its own. */
  readonly isApp?: true;
}

/** What would help, as data. */
export type Remedy =
  | { readonly kind: 'none' }
  /** Restart the node host. */
  | ({ readonly kind: 'restart'; readonly scope: NodeScope } & Where)
  /** Let its stopped process go on (SIGCONT), or restart it. */
  | ({ readonly kind: 'continue' } & Where)
  /** Start it: nobody else will. */
  | ({ readonly kind: 'start' } & Then)
  /** Repair what its service names: the program, the directory, the signature. */
  | { readonly kind: 'repair-service'; readonly service?: Service }
  /** Approve its device on the gateway. */
  | ({ readonly kind: 'approve-device'; readonly requestId?: string } & Then)
  /** Approve its commands on the gateway. */
  | { readonly kind: 'approve-commands'; readonly requestId?: string }
  /** Give it the gateway's current credential. */
  | ({ readonly kind: 'give-credential' } & Then)
  /** Give the gateway a token that lasts, in place of the one that it made for this run, and that nobody can read. */
  | ({ readonly kind: 'set-gateway-token' } & Then)
  /** Wait until the gateway's lock-out is over. */
  | ({ readonly kind: 'wait-out-lock-out' } & Then)
  /** Bring node host and gateway to versions that fit. */
  | { readonly kind: 'match-versions' }
  | { readonly kind: 'repair-certificate' }
  | { readonly kind: 'repair-name' }
  | { readonly kind: 'repair-proxy' }
  | { readonly kind: 'repair-gateway' }
  /** Repair the tunnel or proxy between this machine and the gateway. */
  | { readonly kind: 'repair-path' }
  /** Its pairing was removed. */
  | { readonly kind: 'pair-again' }
  /** Look at it on its own machine. */
  | { readonly kind: 'look-there' }
  /** Several restarts did not help: find out why. */
  | { readonly kind: 'investigate' }
  /** Tell the exporter which node host to watch. */
  | { readonly kind: 'name-node-host' }
  /** Tell the exporter which session is whose. */
  | { readonly kind: 'tell-apart' }
  /** Tell the exporter where the gateway is. */
  | { readonly kind: 'name-gateway' }
  | { readonly kind: 'add-viewpoint' };

/** A remedy in one sentence for an operator; empty when there is nothing to do. */
export function adviceOf(remedy: Remedy): string {
  switch (remedy.kind) {
    case 'none':
      return '';
    case 'restart':
      return remedy.scope === 'remote'
        ? 'Restart it on its own machine.'
        : `Restart it: ${restartCommand(remedy.service)}.`;
    case 'continue':
      return `Continue its process (\`kill -CONT ${remedy.pid ?? '<pid>'}\`), or restart it: ${restartCommand(remedy.service)}.`;
    case 'start':
      if (remedy.isUnloaded === true) {
        const isAgent = remedy.service?.manager === 'launchd' && remedy.service.domain !== 'system';
        return `Load its service again${isAgent ? ', with its user logged in' : ''}: ${startCommand(remedy)}.`;
      }
      if (remedy.hasGivenUp) {
        const first = remedy.service?.manager === 'launchd' ? '' : 'clear the failure and ';
        return `Look why it ended (its log), then ${first}start it: ${startCommand(remedy)}.`;
      }
      return remedy.service?.manager === 'launchd'
        ? `Start it: ${startCommand(remedy)}, and look why launchd did not: \`launchctl print ${launchdTarget(remedy.service)}\`.`
        : 'Start it (`openclaw node start`), and look why its supervisor did not: `openclaw node status`.';
    case 'repair-service':
      return `Repair what its service starts: the path of the program, its working directory, its signature (\`openclaw node install\` writes the service anew). A restart alone would not help.`;
    case 'approve-device':
      return `Approve the device on the gateway (\`openclaw devices list\`, then \`openclaw devices approve ${remedy.requestId ?? '<requestId>'}\`), then ${startAgain(remedy)}. A restart alone would not help.`;
    case 'approve-commands':
      return `Approve its commands on the gateway: \`openclaw nodes pending\`, then \`openclaw nodes approve ${remedy.requestId ?? '<requestId>'}\`.`;
    case 'give-credential':
      if (remedy.isApp === true)
        return 'Enter the gateway’s current token in the settings of the app, and let it connect.';
      return `Give the node host the gateway’s current credential (OPENCLAW_GATEWAY_TOKEN or its configuration), then ${startAgain(remedy)}. A restart alone would not help.`;
    case 'set-gateway-token':
      return `${SET_GATEWAY_TOKEN}. Unless ${remedy.isApp === true ? 'the app has that token, enter it in its settings' : 'the node host has that token, give it to it (OPENCLAW_GATEWAY_TOKEN or its configuration)'}; then ${startAgain(remedy)}.`;
    case 'wait-out-lock-out':
      return `Wait until the gateway’s lock-out is over (5 min), then ${startAgain(remedy)}; repair the credential first if it was wrong.`;
    case 'pair-again':
      return 'Its pairing was removed from the gateway. If that was not meant, pair it again; otherwise it is forgotten in some minutes.';
    case 'look-there':
      return 'Look at the node host on its own machine.';
    case 'investigate':
      return 'Do not restart it again: several restarts did not help. Look at its log and at the gateway’s.';
    case 'match-versions':
    case 'repair-certificate':
    case 'repair-name':
    case 'repair-proxy':
    case 'repair-gateway':
    case 'repair-path':
      return REPAIRS[remedy.kind];
    case 'name-node-host':
    case 'tell-apart':
    case 'name-gateway':
    case 'add-viewpoint':
      return SETTINGS[remedy.kind];
    default:
      return remedy satisfies never;
  }
}

/** In the gateway's own words, where it tells of the token that it made. */
const SET_GATEWAY_TOKEN =
  'Nobody can read the token that the gateway made itself, and each of its starts makes another: set one there, best that of before (`openclaw config set gateway.auth.mode token`, `openclaw config set gateway.auth.token <token>`), and restart the gateway once';

/** What is wrong elsewhere. */
const REPAIRS = {
  'match-versions': 'Bring node host and gateway to versions that fit. A restart alone would not help.',
  'repair-certificate':
    'Repair the gateway’s certificate, or tell the node host to trust it (`--tls-fingerprint`, NODE_EXTRA_CA_CERTS). A restart alone would not help.',
  'repair-name':
    'Repair the name of the gateway that it dials, or the resolver of this machine. A restart alone would not help.',
  'repair-proxy':
    'Look at the proxy in front of the gateway: it refuses the node host’s WebSocket. A restart alone would not help.',
  'repair-gateway': 'Look at the gateway; a restart of the node host would not help.',
  'repair-path':
    'Look at the tunnel or proxy between this machine and the gateway; a restart of the node host would not help.',
} as const;

/** What the exporter needs to be told. */
const SETTINGS = {
  'name-node-host':
    'If one should run here, name it with --node.state-dir (its OPENCLAW_STATE_DIR), --node.pid-file, --node.systemd-unit or --node.launchd-label.',
  'tell-apart':
    'Give each node host a name of its own (`--display-name`), or tell the exporter its id (`nodes[].node_id`).',
  'name-gateway':
    'Say where the gateway is (--gateway.url), or run the exporter as the user that runs the node host, so that it sees where it dials.',
  'add-viewpoint': 'Give the exporter another viewpoint: a gateway token, or a log it can read.',
} as const;

function startAgain(then: Then): string {
  if (then.isApp === true) return 'let the app connect again';
  return then.hasGivenUp ? `start it again: ${startCommand(then)}` : 'restart the node host';
}

function restartCommand(service: Service | undefined): string {
  if (service?.manager === 'launchd')
    return `\`${launchctl(service)} kickstart -k ${launchdTarget(service)}\``;
  return '`openclaw node restart`';
}

/** A unit that has failed too often refuses to be started until its failure is cleared. */
function startCommand({ service, isUnloaded }: Then): string {
  if (isUnloaded === true) return loadCommand(service);
  if (service?.manager === 'launchd') return `\`${launchctl(service)} kickstart ${launchdTarget(service)}\``;
  const systemctl = service?.user === false ? 'systemctl' : 'systemctl --user';
  const name = service === undefined ? OPENCLAW_UNIT : shellWord(service.unit);
  return `\`${systemctl} reset-failed ${name} && ${systemctl} start ${name}\``;
}

function loadCommand(service: Service | undefined): string {
  if (service === undefined) return '`openclaw node install`';
  const isOpenclaws = [OPENCLAW_LABEL, OPENCLAW_UNIT].includes(serviceName(service));
  const load = service.manager === 'launchd' ? bootstrap(service) : unmask(service);
  return `\`${load}\`${isOpenclaws ? ' (or `openclaw node install`)' : ''}`;
}

/** What a label is loaded from is not told by launchd once it is unloaded; by custom the file is called by the label. */
function bootstrap(job: LaunchdJob): string {
  const directory = job.domain === 'system' ? '/Library/LaunchDaemons' : '~/Library/LaunchAgents';
  const plist = `${directory}/${shellWord(job.label)}.plist`;
  return `${launchctl(job)} enable ${launchdTarget(job)} && ${launchctl(job)} bootstrap ${shellWord(job.domain)} ${plist}`;
}

function unmask({ unit, user }: SystemdUnit): string {
  const systemctl = user ? 'systemctl --user' : 'systemctl';
  return `${systemctl} unmask ${shellWord(unit)} && ${systemctl} start ${shellWord(unit)}`;
}

/** What `openclaw node install` installs. */
const OPENCLAW_LABEL = 'ai.openclaw.node';
const OPENCLAW_UNIT = 'openclaw-node.service';

/** What is the system's is not a user's to start. */
function launchctl({ domain }: LaunchdJob): string {
  return domain === 'system' ? 'sudo launchctl' : 'launchctl';
}

function launchdTarget({ domain, label }: LaunchdJob): string {
  return shellWord(`${domain}/${label}`);
}

function shellWord(text: string): string {
  return /^[\w@:./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
