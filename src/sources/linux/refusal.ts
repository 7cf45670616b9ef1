import { codeOf } from '../../runtime/error-parts.ts';

/** What an error of a file below /proc means. Throws what is neither "it has gone" nor "you may not". */
export function refusalOf(error: unknown): 'gone' | 'denied' {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ESRCH':
    case 'EINVAL':
    case 'ENOTDIR':
      return 'gone';
    case 'EACCES':
    case 'EPERM':
      return 'denied';
    default:
      throw error;
  }
}
