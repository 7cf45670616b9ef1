/** What the operator asked of recovery. */
export interface RecoverySettings {
  readonly enabled: boolean;
  /** Decide and tell, and do nothing. */
  readonly dryRun: boolean;
  /** A program with its arguments, run without a shell; absent: the service manager of the node host. */
  readonly command?: readonly string[];
  /** The command, and `systemctl`, get this long. */
  readonly commandTimeoutMs: number;
  /** Two viewpoints must have accused it for this long. */
  readonly heldMs: number;
  /** Its gateway must have been healthy for this long. */
  readonly gatewayHealthyMs: number;
  /** Commands that it runs for agents are waited for this long. */
  readonly waitForCommandsMs: number;
  /** What was restarted must be attached by then. */
  readonly attachWithinMs: number;
  /** Between two restarts of one node host, at least. */
  readonly cooldownMs: number;
  /** Restarts until it has been well for `refillAfterMs`, and in any hour. */
  readonly maxAttempts: number;
  readonly refillAfterMs: number;
  /** Where exporters of this machine agree on who acts; absent: the runtime directory of the user. */
  readonly lockDir?: string;
}
