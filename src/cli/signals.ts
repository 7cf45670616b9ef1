export type StopSignal = 'SIGTERM' | 'SIGINT';

/** The signals that ask a command to end. */
export interface Signals {
  /** Returns how to stop listening. */
  listen(listener: (signal: StopSignal) => void): () => void;
  /** The same for the signal that asks a daemon to read its configuration again. */
  listenForReload(listener: () => void): () => void;
}

export const processSignals: Signals = {
  listen(listener) {
    const stopSignals: readonly StopSignal[] = ['SIGTERM', 'SIGINT'];
    for (const signal of stopSignals) process.on(signal, listener);
    return () => {
      for (const signal of stopSignals) process.off(signal, listener);
    };
  },
  listenForReload(listener) {
    process.on('SIGHUP', listener);
    return () => process.off('SIGHUP', listener);
  },
};

/** What a shell reports for a process that a signal ended. */
export function signalExitCode(signal: StopSignal): number {
  return signal === 'SIGINT' ? 130 : 143;
}
