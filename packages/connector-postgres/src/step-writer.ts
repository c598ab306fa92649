/** Step writers: bring one step's changes into a table, or find every row that it can't take. */

import { type RefusedRow, type Taken, type ViewChange } from "@tidemark/connector";

import { type FoundRow, searchRefused, type Trial } from "./refused-search.ts";
import { type Refusing, refusal, refusalOf } from "./refusal.ts";
import { type RowLine } from "./row-lines.ts";
import { type StepBatch } from "./step-batches.ts";
import { ValueRefused } from "./target-value.ts";

/** What a batch became. */
export interface Written extends Taken {
  /** Those that the table can never take; the transaction must not be committed where there are any. */
  readonly refused: readonly RefusedRow[];
}

/** A change, and what of it is given to the database. */
interface Pair {
  readonly change: ViewChange;
  readonly exact: ViewChange;
}

interface Lines {
  readonly deletes: readonly RowLine[];
  /** Rows in place of one with the same key. */
  readonly replaced: readonly RowLine[];
  readonly added: readonly RowLine[];
}

/** What a writer is made with. */
export interface StepWriterOptions extends Refusing {
  /** Whether the table had no rows that are not of the view, so that a new row's key has to be new there. */
  readonly ownsKeys: boolean;
}

/** Writes batches inside a transaction that its caller begins and ends. */
export class StepWriter {
  readonly #refusing: Refusing;
  readonly #ownsKeys: boolean;

  constructor({ ownsKeys, ...refusing }: StepWriterOptions) {
    this.#refusing = refusing;
    this.#ownsKeys = ownsKeys;
  }

  /** Writes a batch; throws what is no fault of its rows. */
  async write({ changes, last }: StepBatch): Promise<Written> {
    const refused: RefusedRow[] = [];
    const exact = changes.flatMap((change) => this.#exact(change, refused));
    const lines = this.#lines(exact);
    const fault = await this.#trial.attempt(() => this.#writeAll(lines, last));
    if (fault !== undefined) refused.push(...(await this.#refusedOf(lines, fault)));
    const bytes = [...lines.deletes, ...lines.replaced, ...lines.added].reduce(
      (sum, { json }) => sum + Buffer.byteLength(json),
      0,
    );
    return { records: changes.length, bytes, refused };
  }

  /** A delete of a key that the table can't hold is one of a row that was never there. */
  #exact(change: ViewChange, refused: RefusedRow[]): readonly Pair[] {
    const exact = this.#refusing.writer.exact(change);
    if (exact.kind === "exact") return [{ change, exact: exact.change }];
    const { column, said } = exact;
    if (change.weight > 0) refused.push(refusal(this.#refusing, { change, column, said }));
    return [];
  }

  get #trial(): Trial {
    return this.#refusing.trial;
  }

  /** Of a row that changes, the delete is left out: it is written over, with what refers to it. */
  #lines(pairs: readonly Pair[]): Lines {
    const { writer } = this.#refusing;
    const inserted = pairs.filter(({ change }) => change.weight > 0);
    const deleted = pairs.filter(({ change }) => change.weight < 0);
    const keysOf = (some: readonly Pair[]): ReadonlySet<string> =>
      new Set(some.map(({ change }) => writer.key(change.row)));
    const [gone, here] = [keysOf(deleted), keysOf(inserted)];
    const replaces = ({ change }: Pair): boolean =>
      !this.#ownsKeys || gone.has(writer.key(change.row));
    return {
      deletes: this.#json(deleted.filter(({ change }) => !here.has(writer.key(change.row)))),
      replaced: this.#json(inserted.filter(replaces)),
      added: this.#json(inserted.filter((pair) => !replaces(pair))),
    };
  }

  #json(pairs: readonly Pair[]): readonly RowLine[] {
    const json = this.#refusing.writer.json(pairs.map(({ exact }) => exact));
    return pairs.map(({ change }, at) => ({ change, json: json[at] ?? "" }));
  }

  async #writeAll({ deletes, replaced, added }: Lines, last: boolean): Promise<void> {
    const { table } = this.#refusing;
    await this.#remove(deletes);
    await this.#put(replaced, table.upsert);
    await this.#put(added, table.insert);
    if (last) await this.#checkDeferred();
  }

  async #refusedOf(lines: Lines, fault: unknown): Promise<readonly RefusedRow[]> {
    const removed = await searchRefused(lines.deletes, this.#trial, async (some) => {
      await this.#remove(some);
      await this.#checkDeferred();
    });
    const deletes: FoundRow[] = [];
    for (const one of removed) if (await this.#hasKey(one)) deletes.push(one);
    const found = [...deletes, ...(await this.#refusedInserts(lines))];
    // Row by row all went well: what failed together is not known to fail again.
    if (found.length === 0) throw fault;
    const refused: RefusedRow[] = [];
    for (const one of found) refused.push(await refusalOf(one, this.#refusing));
    return refused;
  }

  async #refusedInserts({ replaced, added }: Lines): Promise<readonly FoundRow[]> {
    const { table } = this.#refusing;
    const isNew = new Set(added);
    const inserts = [...replaced, ...added];
    const found = await searchRefused(inserts, this.#trial, async (some) => {
      await this.#put(
        some.filter((line) => !isNew.has(line)),
        table.upsert,
      );
      await this.#put(
        some.filter((line) => isNew.has(line)),
        table.insert,
      );
      await this.#checkDeferred();
    });
    const bad = new Set(found.map(({ line }) => line));
    const readable = await this.#readable(inserts, bad);
    const twice = await this.#sameKeys(readable);
    const listed = new Set(twice.map(({ line }) => line));
    return [...found.filter(({ line }) => !listed.has(line)), ...twice];
  }

  /** Those whose keys can be read: all that were written, and of the others as many as can. */
  async #readable(
    lines: readonly RowLine[],
    bad: ReadonlySet<RowLine>,
  ): Promise<readonly RowLine[]> {
    const readable: RowLine[] = [];
    for (const line of lines) {
      if (!bad.has(line) || (await this.#hasKey({ line, fault: undefined }))) readable.push(line);
    }
    return readable;
  }

  async #remove(lines: readonly RowLine[]): Promise<void> {
    const { session, table } = this.#refusing;
    if (lines.length > 0) await session.rows(table.remove, [arrayOf(lines)]);
  }

  async #put(lines: readonly RowLine[], statement: string): Promise<void> {
    const { session } = this.#refusing;
    if (lines.length === 0) return;
    const changed = await session.rows(statement, [arrayOf(lines)]);
    if (changed.length > 0)
      throw new ValueRefused("a trigger of the table changes or drops the row");
  }

  async #checkDeferred(): Promise<void> {
    await this.#refusing.session.rows("SET CONSTRAINTS ALL IMMEDIATE");
  }

  async #hasKey({ line }: FoundRow): Promise<boolean> {
    const { session, table } = this.#refusing;
    const read = (): Promise<unknown> => session.rows(table.readKey, [arrayOf([line])]);
    return (await this.#trial.attempt(read)) === undefined;
  }

  async #sameKeys(lines: readonly RowLine[]): Promise<readonly FoundRow[]> {
    const { session, table } = this.#refusing;
    if (lines.length === 0) return [];
    const rows = await session.rows(table.sameKey, [arrayOf(lines)]);
    const fault = new Error("another row of the step has the same key there");
    return rows.flatMap((row) => {
      const line = lines[Number(row["n"]) - 1];
      return line === undefined ? [] : [{ line, fault }];
    });
  }
}

function arrayOf(lines: readonly RowLine[]): string {
  return `[${lines.map(({ json }) => json).join(",")}]`;
}
