/** A sink record: what a file sink keeps of its progress. */

/** Up to where a file is known to be whole. */
export interface SinkRecord {
  /** Identity of the engine's storage that the steps are of. */
  readonly life: string;
  readonly step: bigint;
  /** Bytes of the file that the steps up to this one wrote. */
  readonly length: number;
}

/** Writes it as one line. */
export function writeSinkRecord({ life, step, length }: SinkRecord): string {
  return `${step} ${length} ${life}`;
}

/** Reads what `writeSinkRecord` wrote; throws for any other text. */
export function readSinkRecord(text: string): SinkRecord {
  const [, step, length, life] = /^(\d+) (\d+) (.+)$/su.exec(text) ?? [];
  if (step === undefined || length === undefined || life === undefined) {
    throw new Error("the output's own progress can't be read; clear the pipeline's storage");
  }
  return { life, step: BigInt(step), length: Number(length) };
}
