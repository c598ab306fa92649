/** Live methods: the ways of telling what a step changed in a relation that is followed. */

import { type Applied } from "./table-effect.ts";

/** One way of telling what a step changed in a relation. All of it runs between commits. */
export interface LiveMethod extends AsyncDisposable {
  /** The query for what this step changed: `n`, then the columns, in order; undefined where it is nothing. */
  changesSql(step: LiveStep): Promise<string | undefined>;
}

/** The last commit. */
export interface LiveStep {
  readonly step: bigint;
  readonly applied: ReadonlyMap<string, Applied>;
}
