import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { CHILD_NODE_OPTIONS, childProcessEntry } from './child-process-entry.ts';

/** What the demo tells its guardian: a child that must not outlive it, or one that is gone. */
export interface GuardianNote {
  readonly note: 'watch' | 'forget';
  readonly pid: number;
}

/** A process that cleans up after this one, however this one ends. */
export class Guardian {
  readonly #process: ChildProcess;

  /** `directory` is removed with everything in it once this process is gone or `dismiss` was called. */
  constructor(directory: string) {
    this.#process = spawn(
      process.execPath,
      [...CHILD_NODE_OPTIONS, childProcessEntry('guardian-process'), directory],
      // Detached: Ctrl-C reaches the whole group of the terminal, and the guardian has to be the last to go.
      { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], detached: true, env: {} },
    );
    // A guardian that cannot be started or is killed leaves the orderly way out, which needs no guardian.
    this.#process.on('error', () => undefined);
    this.#process.unref();
    this.#process.channel?.unref();
  }

  watch(pid: number): void {
    this.#send({ note: 'watch', pid });
  }

  forget(pid: number): void {
    this.#send({ note: 'forget', pid });
  }

  /** Lets it do its work now and end. Resolves when it has. */
  async dismiss(): Promise<void> {
    const guardian = this.#process;
    if (!guardian.connected) return;
    const gone = once(guardian, 'exit');
    guardian.ref();
    guardian.disconnect();
    await gone;
  }

  #send(note: GuardianNote): void {
    if (this.#process.connected) this.#process.send(note, () => undefined);
  }
}
