/**
 * Takes SIGUSR1 away from Node, which at that signal opens its debugger on 127.0.0.1:9229: for every user of the machine,
 * with all that this process knows, tokens and passwords too. `--disable-sigusr1` does the same, where whoever starts us
 * gives it. The listener keeps no process alive.
 */
export function ignoreDebuggerSignal(): void {
  process.on('SIGUSR1', () => undefined);
}
