/** A terminal, or what stands in for one. `process.stdout` is one. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

const ESCAPE = '\u001b[';
const CLEAR_REST_OF_LINE = `${ESCAPE}K`;
const CLEAR_BELOW = `${ESCAPE}J`;

/** Draws frames over one another in a terminal, without a screen of its own: the last one stays when it ends. */
export class Painter {
  readonly #output: Output;
  #drawnLines = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Redraws in place. A frame higher than the terminal loses its end: what scrolled away cannot be overdrawn. */
  paint(frame: readonly string[]): void {
    const { rows = 24 } = this.#output;
    const lines = frame.slice(0, Math.max(1, rows - 1));
    const up = this.#drawnLines === 0 ? '' : `${ESCAPE}${this.#drawnLines}A`;
    const text = lines.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join('');
    this.#output.write(`${up}\r${text}${CLEAR_BELOW}`);
    this.#drawnLines = lines.length;
  }
}
