/**
 * What a terminal acts on: colours and the like (`ESC [ … m`), links and titles (`ESC ] … BEL`), character sets (`ESC ( B`).
 * No class contains what begins another sequence, so that a line of a million beginnings costs a million steps and not
 * their square, as with `stripVTControlCharacters` of Node.
 */
const SEQUENCES =
  // eslint-disable-next-line no-control-regex
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009b-\u009d]*(?:\u0007|\u001b\\|\u009c)|\u001b(?:[()*+][0-9A-Z]|[78=>c])/g;

// Control characters have no business in a reason that ends up on a terminal or a page.
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** A line of a log without colours and control characters, in time proportional to its length. */
export function plainText(line: string): string {
  return line.replace(SEQUENCES, '').replace(CONTROLS, ' ').trim();
}
