/** The heading of a CSV stream: which field is which column's. */

import { type Table } from "@tidemark/program";

import { fieldMatcher } from "./json-fields.ts";
import { ValueFault } from "./value-fault.ts";

/** What is known of a stream's heading, and of the record that came first. */
export class CsvHeading {
  readonly #table: Table;
  readonly #expected: boolean;
  /** Whether the next record is the heading. */
  due: boolean;
  /** Whether the heading does not fit the table, so that nothing of the stream is read. */
  refused: boolean = false;
  /** The place of each column's field; undefined where fields are in the columns' order. */
  places: readonly (number | undefined)[] | undefined;
  /** How many fields the first record has. */
  fieldCount: number | undefined;

  constructor(table: Table, expected: boolean) {
    this.#table = table;
    this.#expected = expected;
    this.due = expected;
  }

  /** Another stream begins. */
  restart(): void {
    this.due = this.#expected;
    this.refused = false;
    this.places = undefined;
    this.fieldCount = undefined;
  }

  /** Takes the heading; throws `ValueFault` where it does not fit the table. */
  take(names: readonly string[]): void {
    this.due = false;
    this.refused = true;
    const { columns } = this.#table;
    const match = fieldMatcher(columns.map(({ id }) => id));
    const places: (number | undefined)[] = columns.map(() => undefined);
    for (const [place, name] of names.entries()) {
      const at = match({ [name]: place }).indexOf(place);
      if (at < 0) continue;
      if (places[at] !== undefined) {
        throw new ValueFault(`the heading names column '${columns[at]?.id.name}' twice`);
      }
      places[at] = place;
    }
    const missing = columns.find(
      ({ nullable, defaultSql }, at) =>
        places[at] === undefined && !nullable && defaultSql === undefined,
    );
    if (missing !== undefined) {
      const { name } = missing.id;
      const found = names.join(", ").slice(0, 1000);
      throw new ValueFault(`the heading lacks column '${name}'; it has: ${found}`, name);
    }
    this.places = places;
    this.refused = false;
  }
}
