/** The colours of Grafana's dark theme by the names that dashboards use. */
const NAMED: Readonly<Record<string, string>> = {
  'dark-red': '#C4162A',
  'semi-dark-red': '#E02F44',
  red: '#F2495C',
  'light-red': '#FF7383',
  'super-light-red': '#FFA6B0',
  'dark-orange': '#FA6400',
  'semi-dark-orange': '#FF780A',
  orange: '#FF9830',
  'light-orange': '#FFB357',
  'super-light-orange': '#FFCB7D',
  'dark-yellow': '#E0B400',
  'semi-dark-yellow': '#F2CC0C',
  yellow: '#FADE2A',
  'light-yellow': '#FFEE52',
  'super-light-yellow': '#FFF899',
  'dark-green': '#37872D',
  'semi-dark-green': '#56A64B',
  green: '#73BF69',
  'light-green': '#96D98D',
  'super-light-green': '#C8F2C2',
  'dark-blue': '#1F60C4',
  'semi-dark-blue': '#3274D9',
  blue: '#5794F2',
  'light-blue': '#8AB8FF',
  'super-light-blue': '#C0D8FF',
  'dark-purple': '#8F3BB8',
  'semi-dark-purple': '#A352CC',
  purple: '#B877D9',
  'light-purple': '#CA95E5',
  'super-light-purple': '#DEB6F2',
  text: '#CCCCDC',
  transparent: '#00000000',
};

/** Series get these in turn (`palette-classic`). */
const PALETTE = [
  ...[
    '#73BF69',
    '#F2CC0C',
    '#5794F2',
    '#FF9830',
    '#F2495C',
    '#B877D9',
    '#37872D',
    '#E0B400',
    '#1F60C4',
    '#FA6400',
  ],
  ...[
    '#C4162A',
    '#8F3BB8',
    '#C8F2C2',
    '#FFF899',
    '#C0D8FF',
    '#FFCB7D',
    '#FFA6B0',
    '#DEB6F2',
    '#447EBC',
    '#C15C17',
  ],
  ...[
    '#890F02',
    '#0A437C',
    '#6D1F62',
    '#584477',
    '#B7DBAB',
    '#F4D598',
    '#70DBED',
    '#F9BA8F',
    '#F29191',
    '#82B5D8',
  ],
  ...[
    '#E5A8E2',
    '#AEA2E0',
    '#629E51',
    '#E5AC0E',
    '#64B0C8',
    '#E0752D',
    '#BF1B00',
    '#0A50A1',
    '#962D82',
    '#614D93',
  ],
  ...[
    '#9AC48A',
    '#F2C96D',
    '#65C5DB',
    '#F9934E',
    '#EA6460',
    '#5195CE',
    '#D683CE',
    '#806EB7',
    '#3F6833',
    '#967302',
  ],
  ...[
    '#2F575E',
    '#99440A',
    '#58140C',
    '#052B51',
    '#511749',
    '#3F2B5B',
    '#E0F9D7',
    '#FCEACA',
    '#CFFAFF',
    '#F9E2D2',
  ],
  ...['#FCE2DE', '#BADFF4', '#F9D9F9', '#DEDAF7'],
];

/** Where a dashboard names none. */
export const FALLBACK_COLOR = '#808080';

const HEX = /^#(?:[\da-f]{3}|[\da-f]{6}|[\da-f]{8})$/i;

/** Whether this is a colour that is understood here: a name of Grafana's palette, or hex digits. */
export function isColor(text: string): boolean {
  return NAMED[text] !== undefined || HEX.test(text);
}

/** The colour as `#rrggbb` or `#rrggbbaa`. */
export function hexColor(name: string): string {
  const named = NAMED[name];
  if (named !== undefined) return named;
  if (!HEX.test(name)) return FALLBACK_COLOR;
  if (name.length !== 4) return name;
  return name.replaceAll(/[\da-f]/gi, '$&$&');
}

/** The colour of the series with this number. */
export function paletteColor(index: number): string {
  return PALETTE[index % PALETTE.length] ?? FALLBACK_COLOR;
}

/** The colour with another opacity, 0 to 1. */
export function withAlpha(color: string, alpha: number): string {
  const hex = hexColor(color).slice(0, 7);
  return `${hex}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}

function channels(color: string): readonly [number, number, number] {
  const hex = hexColor(color);
  const at = (start: number): number => Number.parseInt(hex.slice(start, start + 2), 16);
  return [at(1), at(3), at(5)];
}

/** What is legible on this background: near-black or white, whichever has the greater contrast. */
export function textColorOn(background: string): string {
  const [red, green, blue] = channels(background).map((channel) => {
    const share = channel / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
  return 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.055 ? '#ffffff' : '#111217';
}
