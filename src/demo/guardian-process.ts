/**
 * The entry of a child process that outlives the demo for a moment. However the demo ends (also by SIGKILL), its IPC
 * channel closes; then the guardian kills the node hosts that are left, also frozen ones, and removes the demo's
 * directory. `argv[2]` is that directory.
 */
import { rmSync } from 'node:fs';
import { whenParentIsGone } from './child-process-entry.ts';
import type { GuardianNote } from './guardian.ts';

const directory = process.argv[2];
const watched = new Set<number>();

process.on('message', (message) => {
  const { note, pid } = message as GuardianNote;
  if (note === 'watch') watched.add(pid);
  else watched.delete(pid);
});

whenParentIsGone(() => {
  for (const pid of watched) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It was gone already.
    }
  }
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
