/** The inputs of a pipeline, in the order in which a step applies them. */

import { type ConnectorId } from "@tidemark/core";
import { type Program, type Table } from "@tidemark/program";

import { type Input } from "./input.ts";

/**
 * All inputs. Their order is fixed: tables as the program declares them; of one table first its
 * declared connectors as written, then the endpoints of pushes, oldest first.
 */
export class InputSet implements Iterable<Input> {
  readonly #tables: readonly Table[];
  readonly #byId = new Map<ConnectorId, Input>();
  #ordered: readonly Input[] = [];

  constructor(program: Program) {
    this.#tables = program.tables;
  }

  /** Adds one behind those of its table. */
  add(input: Input): void {
    this.#byId.set(input.id, input);
    const inputs = [...this.#byId.values()];
    this.#ordered = this.#tables.flatMap((table) =>
      inputs.filter((each) => each.table.id.name === table.id.name),
    );
  }

  get(id: ConnectorId): Input | undefined {
    return this.#byId.get(id);
  }

  /** In order. */
  get all(): readonly Input[] {
    return this.#ordered;
  }

  [Symbol.iterator](): Iterator<Input> {
    return this.#ordered[Symbol.iterator]();
  }
}
