import { createReadStream } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { codeOf } from '../runtime/error-parts.ts';

/** What we need to know of the file system. A failed call gives its error code (`ENOENT`, `EACCES`, …). */
export interface FileSystem {
  kindOf(path: string): Promise<FileFacts | { readonly error: string }>;
  readText(path: string): Promise<{ readonly text: string } | { readonly error: string }>;
  /** `undefined` when it is allowed. */
  refusalOf(path: string, access: 'read' | 'write' | 'run'): Promise<string | undefined>;
}

interface FileFacts {
  readonly kind: 'file' | 'directory' | 'other';
  readonly readableByOthers: boolean;
}

/** Far more than any of the files that we read has. */
const MAX_FILE_BYTES = 16 * 2 ** 20;
/** What we say of /proc, whose own answers mislead: root is told that it may write there. */
export const KEEPS_NO_FILES = 'ENOTSUP';
/** As `statfs` gives it. */
const PROC_SUPER_MAGIC = 0x9fa0;

const CODE_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'read-only file system',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'name too long',
  EFBIG: `larger than ${MAX_FILE_BYTES / 2 ** 20} MiB`,
  [KEEPS_NO_FILES]: 'the kernel’s own, which keeps no files',
};

/** An error code in words, to be put in brackets. */
export function explainCode(code: string): string {
  return CODE_WORDS[code] ?? code;
}

/** An error code in words, after the name of a path: `does not exist`. */
export function explainRefusal(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'does not exist';
    case 'EISDIR':
      return 'is a directory';
    default:
      return `cannot be read (${explainCode(code)})`;
  }
}

/** A directory is written to by whoever may also enter it. */
const MODES = { read: constants.R_OK, write: constants.W_OK | constants.X_OK, run: constants.X_OK } as const;

/** The real file system. */
export const realFileSystem: FileSystem = {
  async kindOf(path) {
    try {
      const found = await stat(path);
      const kind = found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other';
      return { kind, readableByOthers: (found.mode & 0o004) !== 0 };
    } catch (error: unknown) {
      return { error: codeOf(error) ?? String(error) };
    }
  },
  async readText(path) {
    try {
      const chunks: Buffer[] = [];
      // Not the whole of it: some files, /dev/zero for one, have no end.
      for await (const chunk of createReadStream(path, { end: MAX_FILE_BYTES })) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      return bytes.length > MAX_FILE_BYTES ? { error: 'EFBIG' } : { text: bytes.toString('utf8') };
    } catch (error: unknown) {
      return { error: codeOf(error) ?? String(error) };
    }
  },
  async refusalOf(path, wanted) {
    try {
      await access(path, MODES[wanted]);
      const isProc = wanted === 'write' && (await statfs(path)).type === PROC_SUPER_MAGIC;
      return isProc ? KEEPS_NO_FILES : undefined;
    } catch (error: unknown) {
      return codeOf(error) ?? String(error);
    }
  },
};
