import { randomUUID } from 'node:crypto';

let written = 0;

/** Lines of a gateway's own log, as 2026.9 writes them: every second one tells of a node that was refused. */
export function gatewayLogLines(of: {
  readonly count: number;
  readonly port: number;
  readonly nodes: number;
}): string {
  const lines = Array.from({ length: of.count }, () => {
    written += 1;
    return written % 2 === 0 ? refusal(written, of) : line(`⇄ res ✓ node.event 2ms id=${written}:x`);
  });
  return lines.join('');
}

/** Each node is refused in turn. */
function refusal(index: number, { port, nodes }: { readonly port: number; readonly nodes: number }): string {
  const conn = randomUUID();
  const ends = `10.0.0.9:${40_000 + (index % 20_000)}->10.0.0.1:${port}`;
  const common = {
    handshake: 'failed',
    host: `10.0.0.1:${port}`,
    remoteAddr: '10.0.0.9',
    localAddr: '10.0.0.1',
  };
  return line(
    `closed before connect conn=${conn} peer=${ends} remote=10.0.0.9 fwd=n/a origin=n/a host=10.0.0.1:${port} ua=n/a code=1008 reason=connect failed phase=auth_credentials_received`,
    {
      cause: 'unauthorized',
      durationMs: 3,
      ...common,
      localPort: port,
      authReason: 'token_mismatch',
      role: 'node',
      client: 'node-host',
      clientDisplayName: `build-box-${index % nodes}`,
      mode: 'node',
      version: '2026.9.6',
      platform: 'linux',
      instanceId: `instance-${index % nodes}`,
    },
  );
}

function line(message: string, fields?: object): string {
  const parts = fields === undefined ? { 1: message } : { 1: fields, 2: message };
  return `${JSON.stringify({ 0: '{"subsystem":"gateway/ws"}', ...parts, time: new Date().toISOString(), message })}\n`;
}
