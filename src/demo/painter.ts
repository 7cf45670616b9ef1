import type { Output } from '../runtime/terminal.ts';

const ESCAPE = '\u001b[';
const CLEAR_REST_OF_LINE = `${ESCAPE}K`;
const CLEAR_BELOW = `${ESCAPE}J`;

/** Draws frames over one another in a terminal, without a screen of its own: the last one stays when it ends. */
export class Painter {
  readonly #output: Pick<Output, 'write' | 'rows'>;
  #drawnLines = 0;

  constructor(output: Pick<Output, 'write' | 'rows'>) {
    this.#output = output;
  }

  /** Redraws in place. A frame higher than the terminal loses its end: what scrolled away cannot be overdrawn. */
  paint(frame: readonly string[]): void {
    const lines = frame.slice(0, Math.max(1, this.#output.rows - 1));
    const up = this.#drawnLines === 0 ? '' : `${ESCAPE}${this.#drawnLines}A`;
    const text = lines.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join('');
    this.#output.write(`${up}\r${text}${CLEAR_BELOW}`);
    this.#drawnLines = lines.length;
  }
}
