/** Place of a panel in the grid of a dashboard. */
export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A rectangle in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const GRID_COLUMNS = 24;
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

/** Height of the whole grid, px. */
export function gridHeight(positions: readonly GridPosition[]): number {
  return Math.max(0, ...positions.map(({ y, h }) => (ROW_HEIGHT + GAP) * (y + h)));
}

/** How several equal values share a rectangle: the grid in which each gets the largest cell. */
export function cellGrid(
  box: { readonly width: number; readonly height: number },
  count: number,
): { readonly columns: number; readonly rows: number } {
  let best = { columns: 1, rows: count, size: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    // A text is wider than high: a cell twice as wide as high wastes nothing.
    const size = Math.min(box.width / columns / 2, box.height / rows);
    if (size > best.size) best = { columns, rows, size };
  }
  return best;
}
