/**
 * The entry of the process above a simulated node host. A node host of 2026.9 is two processes: the launcher keeps its
 * command line and waits, the child is the node host and has only its title left. Who looks for node hosts has to tell
 * them apart. Orders go through to the child; the launcher ends as the child ends.
 */
import { spawn, type Serializable } from 'node:child_process';
import { CHILD_NODE_OPTIONS, childProcessEntry, whenParentIsGone } from './child-process-entry.ts';

const child = spawn(
  process.execPath,
  [
    ...CHILD_NODE_OPTIONS,
    childProcessEntry('simulated-node-host-process'),
    ...process.argv.slice(2),
    '--openclaw-node-host-child',
  ],
  { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
);

child.once('spawn', () => {
  // Told once: the pid of the node host itself.
  process.send?.(child.pid);
});
child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});

process.on('message', (message) => {
  if (child.connected) child.send(message as Serializable);
});
whenParentIsGone(() => {
  if (child.connected) child.disconnect();
  process.exit(0);
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => child.kill(signal));
}
