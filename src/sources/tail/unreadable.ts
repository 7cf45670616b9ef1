import { codeOf } from '../../runtime/error-parts.ts';
import type { LookError } from '../look-failure.ts';

/** As the file system would throw it. */
export function fileError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** `undefined` when there is no such file, or no directory it could be in. */
export async function valueOrGone<T>(value: Promise<T>): Promise<T | undefined> {
  return value.catch((error: unknown) => {
    const code = codeOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    return undefined;
  });
}

/** `undefined` for whatever a file system can refuse. */
export async function valueOrRefused<T>(value: Promise<T>): Promise<T | undefined> {
  return value.catch((error: unknown) => {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  });
}

/** Why the log at `path` could not be read, by the code of the file system's error. */
export function unreadable(path: string, code: string): LookError {
  switch (code) {
    case 'EACCES':
    case 'EPERM': {
      const advice = "let the exporter's user read it";
      return { kind: 'permission', message: `${path}: no permission to read the log (${code}); ${advice}` };
    }
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'not_found', message: `${path}: no such log file` };
    case 'EISDIR':
    case 'ENXIO':
    case 'NOT_A_REGULAR_FILE':
      return { kind: 'unsupported', message: `${path}: not a regular file, so it cannot be followed` };
    default:
      return { kind: 'other', message: `${path}: cannot read the log (${code})` };
  }
}
