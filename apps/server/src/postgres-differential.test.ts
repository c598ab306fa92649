/** The same random statements on a real PostgreSQL and through us: tables are equal whenever a token is complete. */

import {
  type Database,
  databaseAt,
  dropSlot,
  type OwnDatabase,
  withPostgres,
} from "@tidemark/systems";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type Act, ACTS, changeSetting, drawAct, type Stage } from "./testing/differential/acts.ts";
import { FollowedTable, LAYOUTS } from "./testing/differential/followed-table.ts";
import { UNFOLLOWABLE_ACTS } from "./testing/differential/unfollowable-acts.ts";
import { POOL_TYPES } from "./testing/differential/value-pool.ts";
import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { randomFrom } from "./testing/random.ts";
import { type Answer, query, send, startPipeline, textOf } from "./testing/rest-client.ts";

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
    (layout) =>
      new FollowedTable(database, random, {
        name: `${layout}_${seed}`,
        slot: `${layout}_${seed}_${own.name.slice(-12)}`,
        layout,
      }),
  );
  for (const table of tables) await table.create();
  if (random.chance(0.5)) {
    await changeSetting({ database, databaseName: own.name, random });
    done.push("a setting of the database");
  }
  await startPipeline(
    server.http,
    name,
    tables.map((table) => table.declaration(own.url)).join("\n"),
  );
  const pipeline = `${server.http}/v0/pipelines/${name}`;
  const stage = { database, databaseName: own.name, random, tables, pipeline };
  try {
    const compared = await act(stage, name, { acts: ACTS, count: ACTS_A_ROUND, done });
    if (random.chance(0.5)) {
      return compared + (await act(stage, name, { acts: UNFOLLOWABLE_ACTS, count: 1, done }));
    }
    done.push("a row that does not fit");
    return compared + (await misfit(stage, name));
  } finally {
    await send(`${pipeline}/stop?force=true`, { method: "POST" });
    await database.query(`ALTER DATABASE ${own.name} RESET ALL`);
    // A server has room for a few slots only.
    for (const table of tables) await dropSlot(database, table.slot);
  }
}

async function act(
  stage: Stage,
  name: string,
  parts: { readonly acts: readonly Act[]; readonly count: number; readonly done: string[] },
): Promise<number> {
  const faulty = new Set<FollowedTable>();
  let compared = 0;
  for (let left = parts.count; left > 0; left -= 1) {
    const drawn = drawAct(stage.random, parts.acts);
    if (drawn === undefined) break;
    parts.done.push(drawn.name);
    const gone = await drawn.run(stage);
    if (gone !== undefined) faulty.add(gone);
    if (!stage.random.chance(0.3) && left > 1) continue;
    const lsn = await positionOf(stage.database);
    for (const table of stage.tables) {
      const isFaulty = faulty.has(table);
      const complete = await statusAt(stage, table, { lsn, waitS: isFaulty ? 2 : 30 });
      if (isFaulty && complete.status !== 200) {
        compared += 1;
        continue;
      }
      expect(complete).toMatchObject({ status: 200, body: { status: "complete", rejected: 0 } });
      expect(await rowsHere(table, name)).toEqual(await table.expected());
      compared += 1;
    }
  }
  return compared;
}

async function positionOf(database: Database): Promise<string> {
  const [row] = await database.query("SELECT pg_current_wal_insert_lsn()::text AS lsn");
  return String(row?.["lsn"]);
}

/**
 * In the end a row comes that does not fit: its token is not complete before the row is passed, says
 * then that one was rejected, and all else is equal; once the row fits, everything is.
 */
async function misfit(stage: Stage, name: string): Promise<number> {
  const tables = stage.tables.filter(({ misfitColumn }) => misfitColumn !== undefined);
  for (const table of tables) {
    const connector = `${stage.pipeline}/tables/${table.name}/connectors/cdc`;
    await table.run(`${table.update()}; ${table.misfit()}; ${table.insertion()}`);
    const issued = await tokenFor(stage, table, await positionOf(stage.database));
    const token = textOf(issued, "token");
    const status = `${stage.pipeline}/completion_status?token=${token}`;
    for (let stopped = false; !stopped;) {
      const { status: code, body } = await send(status);
      expect(code).toBe(202);
      stopped = JSON.stringify(body).includes("connector-rejected");
    }
    await send(`${connector}/start?skip_rejected=true`, { method: "POST" });
    const passed = await send(status, { wait: 30 });
    expect(passed).toMatchObject({ status: 200, body: { status: "complete", rejected: 1 } });
    expect(await rowsHere(table, name)).toEqual(await table.expected({ misfits: false }));
    await table.run(table.repair());
    const lsn = await positionOf(stage.database);
    const complete = await statusAt(stage, table, { lsn, waitS: 30 });
    expect(complete).toMatchObject({ status: 200, body: { status: "complete", rejected: 1 } });
    expect(await rowsHere(table, name)).toEqual(await table.expected());
  }
  return tables.length;
}

async function rowsHere(table: FollowedTable, name: string): Promise<readonly string[]> {
  const rows = await query(server.http, name, table.query);
  return rows.map((row) => table.rowText(row)).toSorted();
}

async function tokenFor(
  { pipeline }: Stage,
  { name }: FollowedTable,
  lsn: string,
): Promise<Answer> {
  const url = `${pipeline}/tables/${name}/connectors/cdc/completion_token?receipt=${encodeURIComponent(lsn)}`;
  let issued = await send(url);
  // Its connections may just have been ended.
  while (issued.status === 503) issued = await send(url);
  return issued;
}

/** What is said of a token for a position, as soon as it is complete or the time is up. */
async function statusAt(
  stage: Stage,
  table: FollowedTable,
  { lsn, waitS }: { readonly lsn: string; readonly waitS: number },
): Promise<Answer> {
  const issued = await tokenFor(stage, table, lsn);
  if (issued.status !== 200) return issued;
  const token = textOf(issued, "token");
  return await send(`${stage.pipeline}/completion_status?token=${token}`, { wait: waitS });
}
