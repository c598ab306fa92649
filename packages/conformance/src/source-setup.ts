/** Places with records for the suites of sources, and how they are read. */

import {
  type Batch,
  type InputRejects,
  type Progress,
  type Row,
  type Source,
} from "@tidemark/connector";

/** A place with records that sources can be opened on, one after the other. */
export interface SourceSetup extends AsyncDisposable {
  /** The rows of the records in order, where they are known beforehand. */
  readonly rows?: readonly Row[];
  /** Opens a source on it; what is not given is that of the time before. */
  open(options: {
    readonly resume?: Progress;
    readonly life?: string;
    readonly epoch?: number;
    readonly onReject?: InputRejects;
  }): Promise<Source>;
  /** Puts as many other records in place of them while nobody reads, so that an incarnation ends. */
  replace?(): Promise<void>;
}

/** The batches of a source until so many records have come. */
export async function take(source: Source, records: number): Promise<readonly Batch[]> {
  const stop = new AbortController();
  const batches = source.batches({ signal: stop.signal })[Symbol.asyncIterator]();
  const taken = await drain(batches, records);
  stop.abort(new Error("enough"));
  await batches.return?.().catch(() => undefined);
  return taken;
}

/** The next batches until so many records have come. */
export async function drain(
  batches: AsyncIterator<Batch>,
  records: number,
): Promise<readonly Batch[]> {
  const taken: Batch[] = [];
  for (let count = 0; count < records;) {
    const next = await batches.next();
    if (next.done === true) throw new Error(`input ended after ${count} of ${records} records`);
    taken.push(next.value);
    count += next.value.records;
  }
  return taken;
}
