import { constants, type BigIntStats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';

/** What a file system says of a file. */
export interface FileStatus {
  /** Device and inode, decimal: the same file for as long as it exists, under whatever name. */
  readonly device: string;
  readonly inode: string;
  readonly size: number;
  readonly modifiedNs: bigint;
  /** When the file was created; 0 where the file system does not keep it. */
  readonly createdMs: number;
  readonly isRegular: boolean;
  /** Whether any name still leads to it. */
  readonly isLinked: boolean;
}

export interface OpenFile {
  status(): Promise<FileStatus>;
  /** Reads into `buffer` from `offset`; the number of bytes, 0 at the end. */
  read(buffer: Uint8Array, offset: number): Promise<number>;
  close(): Promise<void>;
}

/** The calls a tail needs. They reject with Node's errors (`code: 'ENOENT'` …). */
export interface FileSystem {
  status(path: string): Promise<FileStatus>;
  open(path: string): Promise<OpenFile>;
  /** Names in a directory. */
  names(directory: string): Promise<readonly string[]>;
}

export const nodeFileSystem: FileSystem = {
  status: (path) => stat(path, { bigint: true }).then(statusOf),

  async open(path) {
    // Without O_NONBLOCK the open of a FIFO that took the log's place would wait for a writer.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return {
      async status() {
        return statusOf(await handle.stat({ bigint: true }));
      },
      async read(buffer, offset) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
        return bytesRead;
      },
      close: () => handle.close(),
    };
  },

  names: (directory) => readdir(directory),
};

function statusOf(stats: BigIntStats): FileStatus {
  return {
    device: String(stats.dev),
    inode: String(stats.ino),
    size: Number(stats.size),
    modifiedNs: stats.mtimeNs,
    createdMs: Number(stats.birthtimeMs),
    isRegular: stats.isFile(),
    isLinked: stats.nlink > 0n,
  };
}
