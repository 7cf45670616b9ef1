/**
 * A process that looks like a node host and does what it is told: it titles itself, holds a connection to a port, wakes up now
 * and then. As a launch agent it is told nothing.
 */
import { connect } from 'node:net';

process.title = 'openclaw-node';
const port = Number(process.env.PUPPET_PORT);
if (process.env.PUPPET_CRASHES !== undefined) process.exit(3);
const socket = Number.isInteger(port) && port > 0 ? connect(port, '127.0.0.1') : undefined;
socket?.on('error', () => undefined).resume();
setInterval(() => undefined, 5_000);
process.stderr.write('node host gateway connected: ws://127.0.0.1\n');

process.on('message', (order) => {
  process.send?.('obeyed', () => {
    if (order === 'spin') for (const end = Date.now() + 60_000; Date.now() < end;);
    if (order === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  });
});
process.on('disconnect', () => {
  process.exit();
});
