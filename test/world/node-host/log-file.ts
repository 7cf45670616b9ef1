import type { Machine } from '../machine.ts';

export interface LogLine {
  readonly text: string;
  readonly wallMs: number;
}

/** What a node host wrote, and whether it can be read now. A line keeps its number over every rotation. */
export class LogFile {
  readonly #machine: Machine;
  readonly #lines: LogLine[] = [];
  readonly #watchers = new Set<() => void>();
  #lastWriteWallMs: number | undefined;
  /** The file is there and may be read. */
  isReadable = true;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get length(): number {
    return this.#lines.length;
  }

  get lastWriteWallMs(): number | undefined {
    return this.#lastWriteWallMs;
  }

  write(...texts: readonly string[]): void {
    const wallMs = this.#machine.wallMs;
    for (const text of texts) this.#lines.push({ text, wallMs });
    this.#lastWriteWallMs = wallMs;
    this.changed();
  }

  from(position: number): readonly LogLine[] {
    return this.#lines.slice(position);
  }

  onChange(watch: () => void): void {
    this.#watchers.add(watch);
  }

  /** Another file takes its place: an empty one, as old as the rotation. */
  rotate(): void {
    this.#lastWriteWallMs = this.#machine.wallMs;
    this.changed();
  }

  setReadable(isReadable: boolean): void {
    this.isReadable = isReadable;
    this.changed();
  }

  private changed(): void {
    for (const watch of this.#watchers) watch();
  }
}
