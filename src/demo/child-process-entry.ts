import { fileURLToPath } from 'node:url';

/** Where the entry of a child process lies: beside this file, as TypeScript in the sources and as JavaScript in `dist`. */
export function childProcessEntry(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url));
}

/** Options of Node for every child: its stderr is a log that others parse, so Node must not write warnings there. */
export const CHILD_NODE_OPTIONS = ['--disable-warning=ExperimentalWarning'] as const;

/** Calls back when the parent is gone, also when it went before this was called. */
export function whenParentIsGone(callback: () => void): void {
  if (process.connected) process.once('disconnect', callback);
  else callback();
}
