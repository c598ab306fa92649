/** What a crash test knows: everything that was sent, and every token with the verdicts it got. */

/** What a token was last said to be; `unanswered` ones were never handed out. */
export type Verdict = "unanswered" | "inprogress" | "complete" | "lost";

/** Rows that were sent together, numbered from `first` on. */
export interface Batch {
  readonly first: number;
  readonly count: number;
  token: string;
  verdict: Verdict;
}

/** A token for the position of the followed file. */
export interface FileToken {
  readonly token: string;
  /** All lines below this number were in the file before a token for its end was asked for. */
  readonly covers: number;
  verdict: Verdict;
}

/** What was sent and what was said of it. */
export class CrashLedger {
  readonly batches: Batch[] = [];
  readonly fileTokens: FileToken[] = [];
  /** Lines that are wholly in the file. */
  appended = 0;
  #sent = 0;

  /** The next rows to send. */
  nextBatch(count: number): Batch {
    const batch: Batch = { first: this.#sent, count, token: "", verdict: "unanswered" };
    this.#sent += count;
    this.batches.push(batch);
    return batch;
  }

  /** All tokens that were handed out. */
  tokens(): readonly (Batch | FileToken)[] {
    return [...this.batches.filter(({ token }) => token !== ""), ...this.fileTokens];
  }

  /** Takes a verdict; throws where it contradicts an earlier one. */
  say(of: Batch | FileToken, verdict: Verdict): void {
    const settled = of.verdict === "complete" || of.verdict === "lost";
    if (settled && of.verdict !== verdict) {
      throw new Error(`a token went from ${of.verdict} to ${verdict}: ${describe(of)}`);
    }
    if (verdict === "lost" && "covers" in of) {
      throw new Error(`a token of a file that is still there is lost: ${describe(of)}`);
    }
    of.verdict = verdict;
  }

  /** Throws unless the rows of the pushed table are what every verdict says. */
  checkPushed(rows: readonly number[]): void {
    const there = asSet("pushed", rows);
    for (const batch of this.batches) {
      const found = numbersOf(batch).filter((n) => there.has(n)).length;
      if (batch.verdict === "complete" && found < batch.count) {
        throw new Error(
          `complete, but ${batch.count - found} rows are not there: ${describe(batch)}`,
        );
      }
      if (batch.verdict === "lost" && found === batch.count) {
        throw new Error(`lost, but all rows are there: ${describe(batch)}`);
      }
    }
    const unknown = rows.find((n) => n < 0 || n >= this.#sent);
    if (unknown !== undefined) throw new Error(`row ${unknown} was never sent`);
  }

  /** Throws unless the rows of the followed file are what every verdict says. */
  checkFollowed(rows: readonly number[]): void {
    const there = asSet("followed", rows);
    const complete = this.fileTokens.filter(({ verdict }) => verdict === "complete");
    const covered = Math.max(0, ...complete.map(({ covers }) => covers));
    for (let n = 0; n < covered; n += 1) {
      if (!there.has(n)) throw new Error(`line ${n} is covered by a complete token and not there`);
    }
    // Lines are read in order, so a gap is a loss.
    const last = [...there].reduce((most, line) => Math.max(most, line), -1);
    if (last !== there.size - 1) {
      throw new Error("the rows of the followed file have a gap");
    }
  }
}

function asSet(table: string, rows: readonly number[]): ReadonlySet<number> {
  const set = new Set(rows);
  if (set.size !== rows.length) {
    throw new Error(`${rows.length - set.size} rows of ${table} are there twice`);
  }
  return set;
}

function numbersOf({ first, count }: Batch): readonly number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

function describe(of: Batch | FileToken): string {
  return JSON.stringify(of);
}
