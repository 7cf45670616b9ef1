/*
 * How far apart two colours are to somebody. Dichromats are simulated by the matrices of Machado, Oliveira and Fernandes,
 * "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1, on linear RGB; the
 * distance is CIE76 in L*a*b* (D65).
 */

export const SIGHTS = ['full colour vision', 'protanopia', 'deuteranopia', 'tritanopia'] as const;
export type Sight = (typeof SIGHTS)[number];

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

const SEEN_AS: Readonly<Record<Sight, Matrix>> = {
  'full colour vision': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const LINEAR_SRGB_TO_XYZ: Matrix = [
  [0.4124, 0.3576, 0.1805],
  [0.2126, 0.7152, 0.0722],
  [0.0193, 0.1192, 0.9505],
];
const WHITE_D65: Triple = [0.95047, 1, 1.08883];

function map(triple: Triple, change: (value: number, index: number) => number): Triple {
  return [change(triple[0], 0), change(triple[1], 1), change(triple[2], 2)];
}

function times(matrix: Matrix, [x, y, z]: Triple): Triple {
  const row = (index: 0 | 1 | 2): number =>
    matrix[index][0] * x + matrix[index][1] * y + matrix[index][2] * z;
  return [row(0), row(1), row(2)];
}

/** `#RRGGBB` as linear light, 0 to 1. */
function linearRgb(color: string): Triple {
  const channel = (from: number): number => {
    const value = Number.parseInt(color.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function lab(rgb: Triple): Triple {
  const [x, y, z] = map(times(LINEAR_SRGB_TO_XYZ, rgb), (value, index) => {
    const ratio = value / WHITE_D65[index as 0 | 1 | 2];
    return ratio > (6 / 29) ** 3 ? Math.cbrt(ratio) : ratio / (3 * (6 / 29) ** 2) + 4 / 29;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Distance of two colours (`#RRGGBB`) to somebody who sees like that. */
export function colorDistance(one: string, other: string, sight: Sight): number {
  const seen = (color: string): Triple =>
    lab(map(times(SEEN_AS[sight], linearRgb(color)), (value) => Math.min(1, Math.max(0, value))));
  const [a, b] = [seen(one), seen(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
