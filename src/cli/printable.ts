/** Text of others without control and direction characters: a node host's name must not steer the terminal. */
export function formatOutputText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
