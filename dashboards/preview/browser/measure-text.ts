const canvas = document.createElement('canvas').getContext('2d');

export const FONT_FAMILY = "Inter, 'Liberation Sans', Helvetica, Arial, sans-serif";

/** Width of the text in this size, px. */
export function textWidth(text: string, sizePx: number): number {
  if (canvas === null) return text.length * sizePx * 0.6;
  canvas.font = `500 ${sizePx}px ${FONT_FAMILY}`;
  return canvas.measureText(text).width;
}

/** The largest size in which the text fits, px, between these. */
export function fittingSize(
  text: string,
  box: { readonly width: number; readonly height: number },
  limits: { readonly least: number; readonly most: number },
): number {
  const byWidth = (100 * box.width) / Math.max(1, textWidth(text, 100));
  return Math.max(limits.least, Math.min(limits.most, byWidth, box.height));
}
