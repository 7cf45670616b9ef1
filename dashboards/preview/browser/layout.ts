import type { GridPosition } from '../read-dashboard.ts';

/** A rectangle in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const GRID_COLUMNS = 24;
/** Height of a grid row and the space between panels, px, as in Grafana. */
const ROW_HEIGHT = 30;
const GAP = 8;

/** Where the panel is on a page that leaves so many pixels for the grid. */
export function panelBox({ x, y, w, h }: GridPosition, gridWidth: number): Box {
  const column = (gridWidth - GAP * (GRID_COLUMNS - 1)) / GRID_COLUMNS;
  return {
    left: Math.round((column + GAP) * x),
    top: (ROW_HEIGHT + GAP) * y,
    width: Math.round(column * w + GAP * (w - 1)),
    height: ROW_HEIGHT * h + GAP * (h - 1),
  };
}
