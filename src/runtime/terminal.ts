/** One of the streams a command writes to. */
export interface Output {
  readonly write: (text: string) => void;
  readonly isTty: boolean;
  /** Width in characters; 80 where nobody knows. */
  readonly columns: number;
  /** Height in lines; 24 where nobody knows. */
  readonly rows: number;
}

/** A standard stream of the process. A reader that went away (`… | head`) is no reason to crash. */
export function streamOutput(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    write: (text) => stream.write(text),
    isTty: stream.isTTY,
    // Read anew each time: a window is resized. Absent where the stream is no terminal, whatever its type says.
    get columns() {
      return (stream.columns as number | undefined) ?? 80;
    },
    get rows() {
      return (stream.rows as number | undefined) ?? 24;
    },
  };
}
