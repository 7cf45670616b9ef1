import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealManager } from '../../sources/linux/real-manager.ts';
import { makeTemporaryDirectory, removeTemporaryDirectory, type Resource } from './cleanup.ts';
import type { OpenClawVersion } from './installation.ts';
import { sendSignal } from './managed-process.ts';
import { nodeHostArguments, nodeHostEnvironment, prepareState, type NodeHostOptions } from './node-host.ts';
import { nodeBinary } from './openclaw-environment.ts';
import { processesWithEnvironment, readCommandLine } from './proc.ts';
import { waitUntil } from './wait-until.ts';

/** What the unit of `openclaw node install` says of starts and stops, taken from the sources of each version. */
const POLICIES: Readonly<Record<OpenClawVersion, { readonly unit: string; readonly service: string }>> = {
  '2026.4.15': {
    unit: 'StartLimitBurst=5\nStartLimitIntervalSec=60',
    service: 'TimeoutStopSec=30\nTimeoutStartSec=30\nKillMode=control-group',
  },
  '2026.7.1': {
    unit: 'StartLimitBurst=5\nStartLimitIntervalSec=60',
    service: 'TimeoutStopSec=30\nTimeoutStartSec=30\nKillMode=control-group',
  },
  '2026.9.6': {
    unit: 'StartLimitBurst=10\nStartLimitIntervalSec=300',
    service: 'TimeoutStopSec=330\nTimeoutStartSec=30\nOOMPolicy=continue\nKillMode=mixed',
  },
};

const MARKER = 'LIVENESS_TEST_PROCESS';
/** As OpenClaw's unit says. */
const RESTART_SECONDS = 5;

/** A real node host as a user unit of a real systemd, with the policy of OpenClaw's own. */
export class SystemdNodeHost implements Resource {
  readonly displayName: string;
  readonly unit: string;
  readonly home: string;
  readonly stateDir: string;
  readonly stderrPath: string;
  readonly #manager: RealManager;
  readonly #options: NodeHostOptions;
  readonly #restartSeconds: number;
  readonly #marker = randomUUID();

  private constructor(
    manager: RealManager,
    { home, options, restartSeconds }: { home: string; options: NodeHostOptions; restartSeconds: number },
  ) {
    const { displayName } = options;
    this.displayName = displayName;
    this.unit = `openclaw-node-${displayName.toLowerCase()}.service`;
    this.home = home;
    this.stateDir = join(home, 'state');
    this.stderrPath = join(home, 'node.err.log');
    this.#manager = manager;
    this.#options = options;
    this.#restartSeconds = restartSeconds;
  }

  /** @param restartSeconds what systemd waits before it starts it again; one that is always refused takes a core otherwise */
  static async start(
    manager: RealManager,
    options: NodeHostOptions,
    restartSeconds = RESTART_SECONDS,
  ): Promise<SystemdNodeHost> {
    const home = await makeTemporaryDirectory('systemd-node-host');
    const host = new SystemdNodeHost(manager, { home, options, restartSeconds });
    await prepareState(host.home, host.stateDir);
    manager.run(host.unit, host.#unitText());
    await waitUntil(() => host.childPid !== undefined, {
      timeoutMs: 120_000,
      what: `the process openclaw-node of ${host.displayName}`,
    }).catch(async (error: unknown) => {
      await host[Symbol.asyncDispose]();
      throw error;
    });
    return host;
  }

  get logPaths(): readonly string[] {
    return [this.stderrPath];
  }

  get pids(): readonly number[] {
    return processesWithEnvironment(`${MARKER}=${this.#marker}`);
  }

  /** The real node host; undefined while only its launcher runs, or nothing. */
  get childPid(): number | undefined {
    return this.pids.find((pid) => readCommandLine(pid) === 'openclaw-node');
  }

  freeze(): number {
    return this.#signal('SIGSTOP');
  }

  thaw(): number {
    return this.#signal('SIGCONT');
  }

  /** The token of its next start, which comes at once where it does not run. */
  setToken(token: string): void {
    this.#manager.run(this.unit, this.#unitText(token));
  }

  /** Ends it as systemd sees it crash. */
  crash(): number {
    return this.#signal('SIGKILL');
  }

  /** From now on no timer of it fires; it was started with that fault preloaded. */
  loseTimers(): number {
    return this.#signal('SIGUSR2');
  }

  /** `systemctl show`: how often systemd started it again by itself, and whether it runs. */
  property(name: 'NRestarts' | 'ActiveState' | 'MainPID'): string {
    return this.#manager.systemctl('show', `--property=${name}`, '--value', this.unit).trim();
  }

  async stderr(): Promise<string> {
    return readFile(this.stderrPath, 'utf8').catch(() => '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A frozen one would take as long as its unit allows.
    this.#manager.systemctl('kill', '--signal=SIGKILL', this.unit);
    this.#manager.systemctl('stop', this.unit);
    for (const pid of this.pids) sendSignal(pid, 'SIGKILL');
    await removeTemporaryDirectory(this.home);
  }

  #signal(signal: NodeJS.Signals): number {
    const pid = this.childPid;
    if (pid === undefined) throw new Error(`${this.displayName} has no process titled openclaw-node`);
    sendSignal(pid, signal);
    return pid;
  }

  #unitText(token = this.#options.token): string {
    const options = { ...this.#options, ...(token !== undefined && { token }) };
    const policy = POLICIES[options.version];
    const environment = { ...nodeHostEnvironment(options, this), [MARKER]: this.#marker };
    const quoted = (text: string): string => JSON.stringify(text.replaceAll('%', '%%'));
    return `[Unit]
Description=OpenClaw node host ${options.displayName}
${policy.unit}

[Service]
ExecStart=${[nodeBinary, ...nodeHostArguments(options)].map(quoted).join(' ')}
Restart=always
RestartSec=${this.#restartSeconds}
RestartPreventExitStatus=78
SuccessExitStatus=0 143
${policy.service}
WorkingDirectory=${this.home}
StandardOutput=append:${join(this.home, 'node.log')}
StandardError=append:${this.stderrPath}
${Object.entries(environment)
  .map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`)
  .join('\n')}
`;
  }
}
