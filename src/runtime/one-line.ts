/**
 * Text on one line and without control or direction characters: what another program wrote, or how a node host calls
 * itself, must not be able to forge a line of ours, nor to colour the terminal.
 */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return character === '\n' ? '\\n' : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
