/** Acts of a differential test: what happens to the tables of a database while they are followed. */

import { type Database } from "@tidemark/systems";

import { type Random } from "../random.ts";
import { send, until } from "../rest-client.ts";
import { type FollowedTable } from "./followed-table.ts";

/** What an act works on. */
export interface Stage {
  readonly database: Database;
  readonly databaseName: string;
  readonly random: Random;
  readonly tables: readonly FollowedTable[];
  /** The pipeline's path, such as `http://127.0.0.1:4000/v0/pipelines/p`. */
  readonly pipeline: string;
}

/** One kind of thing that happens. */
export interface Act {
  readonly name: string;
  readonly weight: number;
  /**
   * Does it; answers the table whose changes can't be followed any more, where it is of that kind: from
   * then on a token for it must not be complete unless the table is equal all the same.
   */
  readonly run: (stage: Stage) => Promise<FollowedTable | undefined>;
}

/** Settings that would change values, if sessions did not set them themselves. */
const SETTINGS = [
  "DateStyle = 'SQL, DMY'",
  "IntervalStyle = 'sql_standard'",
  "TimeZone = 'Asia/Kolkata'",
  "extra_float_digits = -3",
  "bytea_output = 'escape'",
  "standard_conforming_strings = off",
  "statement_timeout = '1s'",
] as const;

const DISCONNECT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name LIKE 'tidemark%' AND datname = current_database()`;

/** What can be followed to the end. */
export const ACTS: readonly Act[] = [
  { name: "one change", weight: 8, run: onOne((table, random) => changeOf(table, random)) },
  { name: "a transaction", weight: 8, run: onOne(transactionOf) },
  {
    name: "a rollback",
    weight: 2,
    run: onOne((table, random) => `BEGIN; ${transactionOf(table, random)}; ROLLBACK`),
  },
  {
    name: "a savepoint that is rolled back",
    weight: 2,
    run: onOne((table, random) => {
      const lost = `SAVEPOINT s; ${changeOf(table, random)}; ROLLBACK TO s`;
      return `BEGIN; ${changeOf(table, random)}; ${lost}; ${changeOf(table, random)}; COMMIT`;
    }),
  },
  {
    name: "a transaction on all tables",
    weight: 2,
    run: async ({ database, random, tables }) => {
      await database.query(tables.map((table) => changeOf(table, random)).join("; "));
      return undefined;
    },
  },
  { name: "a truncate", weight: 1, run: onOne(({ name }) => `TRUNCATE ${name}`) },
  { name: "another replica identity", weight: 2, run: changeIdentity },
  { name: "a column more", weight: 1, run: changeColumns },
  { name: "a setting of the database, and new connections", weight: 2, run: changeSetting },
  { name: "a restart of the pipeline", weight: 1, run: restart },
  { name: "a rewrite", weight: 1, run: onOne(({ name }) => `VACUUM FULL ${name}`) },
];

/** An act by its weight. */
export function drawAct(random: Random, acts: readonly Act[] = ACTS): Act | undefined {
  return random.pick(acts.flatMap((act) => Array.from({ length: act.weight }, () => act)));
}

function onOne(sql: (table: FollowedTable, random: Random) => string): Act["run"] {
  return async ({ random, tables }) => {
    const table = random.pick(tables);
    if (table !== undefined) await table.run(sql(table, random));
    return undefined;
  };
}

function changeOf(table: FollowedTable, random: Random): string {
  const kinds = ["insertion", "insertion", "update", "update", "move", "deletion"] as const;
  return table[random.pick(kinds) ?? "insertion"]();
}

function transactionOf(table: FollowedTable, random: Random): string {
  return Array.from({ length: random.whole(2, 12) }, () => changeOf(table, random)).join("; ");
}

/** Of a table with a key, both can be followed; a partition has an identity of its own. */
async function changeIdentity({ random, tables }: Stage): Promise<undefined> {
  const table = random.pick(tables.filter(({ layout }) => layout === "keyed"));
  if (table === undefined) return;
  const isFull = random.chance(0.5);
  await table.run(`ALTER TABLE ${table.name} REPLICA IDENTITY ${isFull ? "FULL" : "DEFAULT"}`);
  table.isFull = isFull;
}

/** Columns that are not declared here come and go. */
async function changeColumns({ random, tables }: Stage): Promise<undefined> {
  const table = random.pick(tables);
  if (table === undefined) return;
  const name = `more_${random.whole(0, 3)}`;
  await table.run(`ALTER TABLE ${table.name} DROP COLUMN IF EXISTS ${name}`);
  if (random.chance(0.7)) await table.run(`ALTER TABLE ${table.name} ADD ${name} int DEFAULT 7`);
}

/** New connections have it; those of ours are ended, so that they are made again. */
export async function changeSetting({
  database,
  databaseName,
  random,
}: Pick<Stage, "database" | "databaseName" | "random">): Promise<undefined> {
  const setting = random.pick(SETTINGS);
  await database.query(`ALTER DATABASE ${databaseName} RESET ALL`);
  await database.query(`ALTER DATABASE ${databaseName} SET ${setting}`);
  await database.query(DISCONNECT);
}

async function restart({ pipeline }: Stage): Promise<undefined> {
  await send(`${pipeline}/stop?force=true`, { method: "POST" });
  await until(pipeline, "deployment_status", "Stopped");
  await send(`${pipeline}/start`, { method: "POST" });
  await until(pipeline, "deployment_status", "Running");
}
