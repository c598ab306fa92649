/** Plans: what rows to generate, how many and how fast. */

import { ConfigError, type Row } from "@tidemark/connector";
import { type JsonObject, type JsonValue, type Table } from "@tidemark/program";

import { type English } from "./english.ts";
import { type Generator, generatorOf } from "./field.ts";
import { type Random } from "./random.ts";
import { readList, readObject, readWhole } from "./read-config.ts";

/** One sequence of rows. */
export interface Plan {
  /** Rows in all; absent means without end. */
  readonly limit: number | undefined;
  /** Rows a second; absent means as fast as they are taken. */
  readonly rate: number | undefined;
  /** Rows a batch. */
  readonly chunk: number;
  /** Makes the row of that number within the plan, from its stream. */
  readonly row: (index: number, random: Random) => Row;
}

/** The whole configuration, checked. */
export interface Generation {
  readonly seed: number | undefined;
  readonly plans: readonly Plan[];
  /**
   * Equal where the same number means the same row: fields, seed and the limits of all plans but the
   * last count, pace and the last limit don't.
   */
  readonly identity: string;
}

const PLAN_KEYS = ["limit", "rate", "worker_chunk_size", "fields"];
const MOST_ROWS_A_BATCH = 10_000;

/** Checks `transport.config` against its table; faults name the field. Rows are made once `english` is loaded. */
export function readGeneration(config: JsonObject, table: Table, english: English): Generation {
  const known = readObject(config, "config", ["plan", "seed", "workers", "transaction_size"]);
  readWhole(known["workers"], "workers", 1);
  if ((readWhole(known["transaction_size"], "transaction_size", 0) ?? 0) > 0) {
    throw new ConfigError(
      "transaction_size",
      "'transaction_size' is not supported: every step is one transaction",
    );
  }
  const plans = readList(known["plan"], "plan") ?? [{}];
  const seed = readWhole(known["seed"], "seed", 0);
  return {
    seed,
    plans: plans.map((plan, i) => readPlan(plan, `plan.${i}`, table, english)),
    identity: JSON.stringify([seed ?? null, plans.map((plan, i) => sameRows(plan, plans[i + 1]))]),
  };
}

function sameRows(plan: JsonValue, next: JsonValue | undefined): JsonValue {
  const { fields = {}, limit = null } = readObject(plan, "plan", PLAN_KEYS);
  return next === undefined ? [fields] : [fields, limit];
}

function readPlan(given: JsonValue, field: string, table: Table, english: English): Plan {
  const plan = readObject(given, field, PLAN_KEYS);
  const rate = readWhole(plan["rate"], `${field}.rate`, 1);
  const chunk = readWhole(plan["worker_chunk_size"], `${field}.worker_chunk_size`, 1);
  const makers = fieldGenerators(plan["fields"], `${field}.fields`, table, english);
  return {
    limit: readWhole(plan["limit"], `${field}.limit`, 0),
    rate,
    chunk: Math.min(chunk ?? rate ?? MOST_ROWS_A_BATCH, MOST_ROWS_A_BATCH),
    row: (index, random) => makers.map((make) => make(index, random)),
  };
}

function fieldGenerators(
  given: JsonValue | undefined,
  field: string,
  table: Table,
  english: English,
): readonly Generator[] {
  const names = table.columns.map(({ id }) => id.name);
  const settings = readObject(lowerCased(given ?? {}, table), field, names);
  return table.columns.map(({ id, type, nullable }) =>
    generatorOf(type, settings[id.name], { field: `${field}.${id.name}`, nullable, english }),
  );
}

/** Unquoted columns are found in any case, but under the name of another column. */
function lowerCased(given: JsonValue, table: Table): JsonValue {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const names = new Set(table.columns.map(({ id }) => id.name));
  const unquoted = new Set(table.columns.filter(({ id }) => !id.quoted).map(({ id }) => id.name));
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const lower = name.toLowerCase();
      return [!names.has(name) && unquoted.has(lower) ? lower : name, value];
    }),
  );
}
