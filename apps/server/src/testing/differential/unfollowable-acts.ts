/** Unfollowable acts: what brings or takes rows without a change in the log, or takes changes away. */

import { type Act } from "./acts.ts";
import { type FollowedTable, type LAYOUTS } from "./followed-table.ts";

type Layout = (typeof LAYOUTS)[number];

/** After one of these no token of the table may be complete, unless the table is equal all the same. */
export const UNFOLLOWABLE_ACTS: readonly Act[] = [
  act("a partition with rows is attached", ["partitioned"], ({ name }) => [
    `CREATE TABLE ${name}_more (LIKE ${name} INCLUDING INDEXES)`,
    `INSERT INTO ${name}_more (id) VALUES (5001)`,
    `ALTER TABLE ${name} ATTACH PARTITION ${name}_more FOR VALUES FROM (5000) TO (5010)`,
  ]),
  act("a partition is detached", ["partitioned"], ({ name }) => [
    `INSERT INTO ${name} (id) VALUES (0) ON CONFLICT DO NOTHING`,
    `ALTER TABLE ${name} DETACH PARTITION ${name}_low`,
  ]),
  act("a partition is dropped", ["partitioned"], ({ name }) => [
    `INSERT INTO ${name} (id) VALUES (0) ON CONFLICT DO NOTHING`,
    `DROP TABLE ${name}_low`,
  ]),
  act("a table with rows inherits", ["keyed", "bag"], ({ name }) => [
    `CREATE TABLE ${name}_child () INHERITS (${name})`,
    `INSERT INTO ${name}_child (id) VALUES (5001)`,
  ]),
  act("a column is dropped and added again", ["keyed", "partitioned", "bag"], (table) => [
    table.update(),
    `ALTER TABLE ${table.name} DROP c0, ADD c0 ${table.typeThere(0)}`,
  ]),
  act("a column is rewritten", ["keyed", "bag"], (table) => [
    `ALTER TABLE ${table.name} ALTER c0 TYPE ${table.typeThere(0)} USING NULL`,
  ]),
  act("the table leaves the publication", ["keyed", "partitioned", "bag"], (table) => [
    `ALTER PUBLICATION p_${table.name} DROP TABLE ${table.name}`,
    table.insertion(),
    `INSERT INTO ${table.name} (id) VALUES (6001)`,
  ]),
];

function act(
  name: string,
  layouts: readonly Layout[],
  sql: (table: FollowedTable) => readonly string[],
): Act {
  return {
    name,
    weight: 1,
    run: async ({ random, tables }) => {
      const table = random.pick(tables.filter(({ layout }) => layouts.includes(layout)));
      if (table === undefined) return undefined;
      const statements = sql(table);
      if (random.chance(0.5)) await table.run(statements.join("; "));
      else for (const statement of statements) await table.run(statement);
      return table;
    },
  };
}
