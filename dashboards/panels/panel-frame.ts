import { DATA_SOURCE } from '../query.ts';
import type { Builder, Panel } from '../sdk.ts';

/** What every panel has. */
export interface PanelFrame {
  readonly title: string;
  /** The question it answers, and how to read it; shown behind the (i). */
  readonly description: string;
  /** Columns of the 24 of the grid. */
  readonly width: number;
  /** Rows of the grid, about 38 px each. */
  readonly height: number;
  /** What stands there when the queries return nothing, where that is no fault. */
  readonly whenEmpty?: string;
}

interface Framed extends Builder<Panel> {
  title(title: string): this;
  description(description: string): this;
  span(width: number): this;
  height(height: number): this;
  datasource(ref: { readonly type: string; readonly uid: string }): this;
  noValue(text: string): this;
}

/** Gives the panel its frame. */
export function framed<P extends Framed>(panel: P, frame: PanelFrame): P {
  panel
    .title(frame.title)
    .description(frame.description)
    .span(frame.width)
    .height(frame.height)
    .datasource(DATA_SOURCE);
  return frame.whenEmpty === undefined ? panel : panel.noValue(frame.whenEmpty);
}

/** Width of what stands left of a graph, px: panels above each other then share one time axis. */
export const AXIS_WIDTH = 130;
