/** The same random statements on a real PostgreSQL and through us: tables are equal whenever a token is complete. */

import { type Database, databaseAt, type OwnDatabase, withPostgres } from "@tidemark/systems";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type Act, ACTS, drawAct, type Stage } from "./testing/differential/acts.ts";
import { FollowedTable, LAYOUTS } from "./testing/differential/followed-table.ts";
import { POOL_TYPES } from "./testing/differential/value-pool.ts";
import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { randomFrom } from "./testing/random.ts";
import { query, send, startPipeline, textOf } from "./testing/rest-client.ts";

/** How many rounds to play; `TIDEMARK_DIFFERENTIALS` says otherwise. */
const ROUNDS = Number(process.env["TIDEMARK_DIFFERENTIALS"] ?? 2);
const ACTS_A_ROUND = 30;
const FIRST = Number(process.env["TIDEMARK_PROPERTY_SEED"] ?? Date.now() % 1_000_000_000);
const ROUND_MS = 120_000;

/** What the test itself reads and writes with, whatever the database has set. */
const OURS =
  "-c datestyle=ISO,YMD -c intervalstyle=postgres -c timezone=UTC -c extra_float_digits=3 -c bytea_output=hex -c standard_conforming_strings=on -c statement_timeout=0";

let server: InProcessServer;
beforeAll(async () => {
  server = await inProcessServer();
});
afterAll(() => server[Symbol.asyncDispose]());

withPostgres((database) => {
  test(
    "P14: whatever is done to tables of any types, they are equal here whenever a token is complete",
    async () => {
      let compared = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const seed = (FIRST + round * 7919) % 2 ** 31;
        const done: string[] = [];
        try {
          compared += await playRound(database(), seed, done);
        } catch (error) {
          const what = error instanceof Error ? error.message : String(error);
          throw new Error(
            `TIDEMARK_PROPERTY_SEED=${seed} TIDEMARK_DIFFERENTIALS=1 plays it again\n${what}\nafter ${done.join(", ")}`,
            { cause: error },
          );
        }
      }
      expect(compared).toBeGreaterThan(ROUNDS * LAYOUTS.length);
    },
    ROUNDS * ROUND_MS,
  );
});

/** Plays one round in a pipeline of its own; answers how many tables were compared. */
async function playRound(own: OwnDatabase, seed: number, done: string[]): Promise<number> {
  const random = randomFrom(seed);
  const url = new URL(own.url);
  url.searchParams.set("options", OURS);
  const database = databaseAt(url.href);
  await database.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${POOL_TYPES}`);
  const name = `round_${seed}`;
  const tables = LAYOUTS.map(
    (layout) => new FollowedTable(database, random, { name: `${layout}_${seed}`, layout }),
  );
  for (const table of tables) await table.create();
  await startPipeline(
    server.http,
    name,
    tables.map((table) => table.declaration(own.url)).join("\n"),
  );
  const pipeline = `${server.http}/v0/pipelines/${name}`;
  const stage = { database, databaseName: own.name, random, tables, pipeline };
  try {
    return await act(stage, name, { acts: ACTS, done });
  } finally {
    await send(`${pipeline}/stop?force=true`, { method: "POST" });
    await database.query(`ALTER DATABASE ${own.name} RESET ALL`);
  }
}

async function act(
  stage: Stage,
  name: string,
  { acts, done }: { readonly acts: readonly Act[]; readonly done: string[] },
): Promise<number> {
  const faulty = new Set<FollowedTable>();
  let compared = 0;
  for (let count = 0; count < ACTS_A_ROUND; count += 1) {
    const drawn = drawAct(stage.random, acts);
    if (drawn === undefined) break;
    done.push(drawn.name);
    const gone = await drawn.run(stage);
    if (gone !== undefined) faulty.add(gone);
    if (!stage.random.chance(0.3) && count < ACTS_A_ROUND - 1) continue;
    const lsn = await positionOf(stage.database);
    for (const table of stage.tables) {
      const isComplete = await completed(stage, table, { lsn, waitS: faulty.has(table) ? 1 : 30 });
      if (!isComplete && !faulty.has(table)) throw new Error(`${table.name} is not complete`);
      if (!isComplete) continue;
      const rows = await query(server.http, name, table.query);
      expect(rows.map((row) => table.rowText(row)).toSorted()).toEqual(await table.expected());
      compared += 1;
    }
  }
  return compared;
}

async function positionOf(database: Database): Promise<string> {
  const [row] = await database.query("SELECT pg_current_wal_insert_lsn()::text AS lsn");
  return String(row?.["lsn"]);
}

/** Whether the token for a position is complete, with nothing rejected. */
async function completed(
  { pipeline }: Stage,
  { name }: FollowedTable,
  { lsn, waitS }: { readonly lsn: string; readonly waitS: number },
): Promise<boolean> {
  for (;;) {
    const issued = await send(
      `${pipeline}/tables/${name}/connectors/cdc/completion_token?receipt=${encodeURIComponent(lsn)}`,
    );
    // Its connections were just ended.
    if (issued.status === 503) continue;
    const token = textOf(issued, "token");
    const answer = await send(`${pipeline}/completion_status?token=${token}`, { wait: waitS });
    if (answer.status === 200) {
      expect(answer.body).toMatchObject({ status: "complete", rejected: 0 });
      return true;
    }
    return false;
  }
}
