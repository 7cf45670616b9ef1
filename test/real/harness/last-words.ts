import { readFileSync } from 'node:fs';

const LINES = 10;

/** How a process ended, as `ChildProcess` has it. */
export interface Ending {
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
}

/** Whether it has ended. */
export function hasEnded({ exitCode, signalCode }: Ending): boolean {
  return exitCode !== null || signalCode !== null;
}

/** That a process has ended and how, and the last lines of what it wrote: what a person wants to read first. */
export function lastWords(name: string, { exitCode, signalCode }: Ending, written: string): string {
  const how = signalCode ?? `exit code ${exitCode ?? 'unknown'}`;
  const lines = written.trimEnd().split('\n').slice(-LINES);
  return written.trim() === ''
    ? `${name} has ended (${how}) without a word`
    : `${name} has ended (${how}):\n${lines.join('\n')}`;
}

/** What a process wrote into its log, or nothing where there is none. */
export function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
