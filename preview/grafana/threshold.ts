/** A step of thresholds: its colour holds from its value on; the first, without a value, below all of them. */
export interface ThresholdStep {
  readonly value: number | null;
  readonly color: string;
}

/** The colour of the last step that the value reached. */
export function thresholdColor(steps: readonly ThresholdStep[], value: number): string | undefined {
  let color = steps[0]?.color;
  for (const step of steps) {
    if (value < (step.value ?? Number.NEGATIVE_INFINITY)) break;
    color = step.color;
  }
  return color;
}
