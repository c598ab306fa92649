/** Collects the changes that records come to. */

import { type Changes, type Operation, type Row } from "@tidemark/connector";

/** Rows in order, with an operation each only once one of them is no insert. */
export class ChangesBuilder {
  readonly rows: Row[] = [];
  #operations: Operation[] | undefined;

  add(operation: Operation, row: Row): void {
    if (operation !== "insert" && this.#operations === undefined) {
      this.#operations = this.rows.map(() => "insert");
    }
    this.#operations?.push(operation);
    this.rows.push(row);
  }

  /** Takes back all but the first rows. */
  truncate(length: number): void {
    this.rows.length = length;
    if (this.#operations !== undefined) this.#operations.length = length;
  }

  build(): Changes {
    return this.#operations === undefined
      ? { rows: this.rows }
      : { rows: this.rows, operations: this.#operations };
  }
}
