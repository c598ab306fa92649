/** What a crash test knows: everything that was sent, and every token with the verdicts it got. */

/** What a token was last said to be; `unanswered` ones were never handed out. */
export type Verdict = "unanswered" | "inprogress" | "complete" | "lost";

/** Rows that were sent together, numbered from `first` on. */
export interface Batch {
  readonly first: number;
  readonly count: number;
  /** Records among them that don't fit. */
  readonly bad: number;
  token: string;
  verdict: Verdict;
}

/** A token for the position of the followed file. */
export interface FileToken {
  readonly token: string;
  /** All lines below this number were in the file before a token for its end was asked for. */
  readonly covers: number;
  /** Lines that don't fit and were in the file before. */
  readonly coversBad: number;
  verdict: Verdict;
}

/** What a server says of a token. */
export interface Said {
  readonly verdict: Verdict;
  /** How many rejected records it counts. */
  readonly rejected: unknown;
}

/** What was sent and what was said of it. */
export class CrashLedger {
  readonly batches: Batch[] = [];
  readonly fileTokens: FileToken[] = [];
  /** Lines that are wholly in the file. */
  appended = 0;
  /** Lines that don't fit: those that are in the file, and those that may be by now. */
  readonly badLines = { there: 0, begun: 0 };
  #sent = 0;

  /** The next rows to send. */
  nextBatch(count: number, bad = 0): Batch {
    const batch: Batch = { first: this.#sent, count, bad, token: "", verdict: "unanswered" };
    this.#sent += count;
    this.batches.push(batch);
    return batch;
  }

  /** All tokens that were handed out. */
  tokens(): readonly (Batch | FileToken)[] {
    return [...this.batches.filter(({ token }) => token !== ""), ...this.fileTokens];
  }

  /** Takes a verdict; throws where it contradicts an earlier one. */
  say(of: Batch | FileToken, { verdict, rejected }: Said): void {
    const settled = of.verdict === "complete" || of.verdict === "lost";
    if (settled && of.verdict !== verdict) {
      throw new Error(`a token went from ${of.verdict} to ${verdict}: ${describe(of)}`);
    }
    if (verdict === "lost" && "covers" in of) {
      throw new Error(`a token of a file that is still there is lost: ${describe(of)}`);
    }
    if (verdict === "complete" && !this.#counts(of, Number(rejected))) {
      throw new Error(`complete with ${String(rejected)} rejected records: ${describe(of)}`);
    }
    of.verdict = verdict;
  }

  /** Whether that is how many records below a token were rejected. */
  #counts(of: Batch | FileToken, rejected: number): boolean {
    if ("bad" in of) return rejected === of.bad;
    return rejected >= of.coversBad && rejected <= this.badLines.begun;
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
