import { describe, expect, it } from 'vitest';
import { Painter } from '../../src/demo/painter.ts';

/** As much of a terminal as the painter uses: text, line feeds, cursor up, and two ways to clear. */
class Screen {
  readonly isTTY = true;
  readonly columns = 80;
  readonly rows: number;
  readonly lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(rows: number) {
    this.rows = rows;
  }

  write(text: string): void {
    // eslint-disable-next-line no-control-regex -- escape sequences are what a terminal reads
    for (const [token] of text.matchAll(/\u001b\[(?:\d+)?[AJK]|\r|\n|[^\u001b\r\n]+/g)) this.#obey(token);
  }

  #obey(token: string): void {
    if (token === '\r') this.#column = 0;
    else if (token === '\n') {
      this.#row += 1;
      this.#column = 0;
      this.lines[this.#row] ??= '';
    } else if (token.endsWith('A') && token.startsWith('\u001b')) this.#row -= Number(token.slice(2, -1));
    else if (token === '\u001b[K') this.lines[this.#row] = this.#here().slice(0, this.#column);
    else if (token === '\u001b[J') {
      this.lines.splice(this.#row + 1);
      this.lines[this.#row] = this.#here().slice(0, this.#column);
    } else {
      const rest = this.#here().slice(this.#column + token.length);
      this.lines[this.#row] = this.#here().slice(0, this.#column) + token + rest;
      this.#column += token.length;
    }
    if (this.#row < 0) throw new Error('the cursor left the screen');
  }

  #here(): string {
    return this.lines[this.#row] ?? '';
  }
}

describe('the painter', () => {
  it('draws each frame over the one before, and leaves what stood above', () => {
    const screen = new Screen(24);
    screen.write('$ npm run demo\n');
    const painter = new Painter(screen);
    painter.paint(['a long first line', 'second', 'third']);
    painter.paint(['short', 'second']);
    expect(screen.lines).toEqual(['$ npm run demo', 'short', 'second', '']);
    painter.paint(['one', 'two', 'three', 'four']);
    expect(screen.lines).toEqual(['$ npm run demo', 'one', 'two', 'three', 'four', '']);
  });

  it('never draws more lines than it can overdraw', () => {
    const screen = new Screen(3);
    const painter = new Painter(screen);
    painter.paint(['1', '2', '3', '4', '5']);
    painter.paint(['a', 'b', 'c', 'd', 'e']);
    expect(screen.lines).toEqual(['a', 'b', '']);
  });
});
