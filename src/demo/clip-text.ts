import { wrapText } from '../runtime/wrap-text.ts';

/** `text` in at most `width` columns, the cut shown as an ellipsis. Control characters become spaces. */
export function clip(text: string, width: number): string {
  // eslint-disable-next-line no-control-regex -- a log line may carry anything, and a terminal obeys it
  const characters = Array.from(text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' '));
  if (characters.length <= width) return characters.join('');
  return width < 1 ? '' : `${characters.slice(0, width - 1).join('')}…`;
}

/** `text` in exactly `width` columns. */
export function cell(text: string, width: number): string {
  const clipped = clip(text, width);
  return clipped + ' '.repeat(width - Array.from(clipped).length);
}

/** In at most `maxLines` lines of `width` columns, broken between words; what is left is cut. */
export function wrap(text: string, width: number, maxLines: number): readonly string[] {
  const lines = wrapText(text, width);
  if (lines.length <= maxLines) return lines;
  return [...lines.slice(0, maxLines - 1), clip(lines.slice(maxLines - 1).join(' '), width)];
}

/** Elapsed time as `mm:ss`; hours go into the minutes. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`;
}
