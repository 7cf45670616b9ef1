/** Before the list of commands. */
export const INTRODUCTION = `Answers one question about each OpenClaw node host: is it alive and attached to
its gateway; if not, why; and would a restart help?

It runs beside the node host, joins what the process, its sockets, its log and
the gateway say, and serves the verdict as Prometheus metrics and as /livez,
which fails only where a restart of the node host would help.`;

/** After everything else in \`--help\`. */
export const AFTERWORD = `
Examples:
  openclaw-liveness-exporter                        watch what is found here
  openclaw-liveness-exporter check                  how are the node hosts, now?
  openclaw-liveness-exporter demo                   see it at work, simulated
  openclaw-liveness-exporter --gateway.url wss://gateway.example \\
      --gateway.token-file /etc/openclaw/token      a gateway elsewhere
  openclaw-liveness-exporter --node.state-dir ~/.openclaw-a --node.name a \\
      --node.state-dir ~/.openclaw-b --node.name b  two node hosts here
  openclaw-liveness-exporter config check --config.file liveness.yml

States:
  alive         attached; usable too, unless it awaits approval
  starting, reconnecting, gateway-down, blocked, offline
                not attached, and a restart would not help
  zombie, wedged, down
                a restart helps: /livez answers 503
  unknown       no viewpoint could tell

Exit codes of check (as monitoring plugins; the worst node host counts):
  0 alive   1 not attached, a restart would not help   2 zombie, wedged or down
  3 unknown, or nothing could be looked at (also: a wrong flag or setting)

Exit codes of the other commands:
  0 ended as asked   1 failed (such as: port in use)   2 wrong flag or setting

Environment:
  Every flag has a variable: --log.level is OPENCLAW_LIVENESS_LOG_LEVEL.
  Flags go before variables, those before the file, the file before defaults.
  File and variables have every threshold too: see docs/configuration.md.
  OPENCLAW_GATEWAY_TOKEN, OPENCLAW_GATEWAY_TOKEN_FILE, OPENCLAW_STATE_DIR,
  OPENCLAW_CONFIG_PATH, OPENCLAW_HOME, OPENCLAW_PROFILE, OPENCLAW_GATEWAY_PORT
  mean what they mean to OpenClaw. A token is never taken from a flag.
`;

/** After the flags in the help of drill. */
export const DRILL_AFTERWORD = `
Exit codes: 0 seen to arrive   1 not, or its end was not   2 nobody to drill
`;
