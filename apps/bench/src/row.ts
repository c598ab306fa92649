/** One row of the benchmark's table: two things measured side by side in one run. */

/** A measured row. */
export interface Row {
  /** What is measured. */
  readonly name: string;
  readonly ours: string;
  /** What it is measured against, and its figure. */
  readonly reference: string;
  readonly ratio: number;
  /** What we aim for, as a sentence about the ratio. */
  readonly aim: string;
}

/** Measures one or more rows. */
export type Measurement = () => Promise<readonly Row[]>;

/** The middle of the values; 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Runs two measurements alternately, so that a noisy machine is as noisy to both; answers their medians. */
export async function sideBySide(
  rounds: number,
  ours: () => Promise<number>,
  reference: () => Promise<number>,
): Promise<{ readonly ours: number; readonly reference: number }> {
  const left: number[] = [];
  const right: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    left.push(await ours());
    right.push(await reference());
  }
  return { ours: median(left), reference: median(right) };
}

/** A count with a thousands separator. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
