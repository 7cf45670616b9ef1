import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { codeOf } from '../runtime/error-parts.ts';
import { within } from '../runtime/within.ts';

/** A state directory may lie on a network disk that hangs; whether the process runs must not wait for it. */
const FILE_DEADLINE_MS = 1000;

export type FileAnswer =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'denied' }
  /** Too large, not a regular file, no answer in time, or an I/O error. */
  | { readonly kind: 'unusable'; readonly why: string };

/** Reads a regular file of at most `maxBytes`. */
export async function readSmallFile(path: string, maxBytes: number): Promise<FileAnswer> {
  const answer = await within(FILE_DEADLINE_MS, readRegularFile(path, maxBytes));
  return answer ?? { kind: 'unusable', why: `no answer within ${FILE_DEADLINE_MS} ms` };
}

async function readRegularFile(path: string, maxBytes: number): Promise<FileAnswer> {
  try {
    // Without O_NONBLOCK, opening a FIFO would wait for somebody to write to it.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat().then((it) => (it.isFile() ? it : { size: Number.NaN }));
      if (Number.isNaN(size)) return { kind: 'unusable', why: 'not a regular file' };
      if (size > maxBytes) return { kind: 'unusable', why: `larger than ${maxBytes} bytes` };
      return { kind: 'value', text: await file.readFile('utf8') };
    } finally {
      await file.close();
    }
  } catch (error: unknown) {
    const code = codeOf(error) ?? String(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    if (code === 'EACCES' || code === 'EPERM') return { kind: 'denied' };
    return { kind: 'unusable', why: code };
  }
}

/** The path without symbolic links; `undefined` where it does not exist or cannot be told. */
export async function realPath(path: string): Promise<string | undefined> {
  return within(
    FILE_DEADLINE_MS,
    realpath(path).catch(() => undefined),
  );
}

/** Who owns it; `undefined` where it does not exist or cannot be told. */
export async function ownerOf(path: string): Promise<number | undefined> {
  return within(
    FILE_DEADLINE_MS,
    stat(path).then(
      (it) => it.uid,
      () => undefined,
    ),
  );
}
