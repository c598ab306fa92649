/** Pipelines on a real PostgreSQL, over the wire. */

import { createSlot, type Database, withPostgres } from "@tidemark/systems";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { query, send, startPipeline, textOf } from "./testing/rest-client.ts";

let server: InProcessServer;
beforeAll(async () => {
  server = await inProcessServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Writes, and answers what the database says of where the write ends. */
async function write(database: Database, sql: string): Promise<string> {
  await database.query(sql);
  const [row] = await database.query("SELECT pg_current_wal_insert_lsn()::text AS lsn");
  return String(row?.["lsn"]);
}

function programOf(config: Readonly<Record<string, string>>): string {
  const connectors = [{ name: "cdc", transport: { name: "postgres_cdc_input", config } }];
  return `CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, amount DECIMAL(12, 2), note VARCHAR)
    WITH ('materialized' = 'true', 'connectors' = '${JSON.stringify(connectors)}');
    CREATE MATERIALIZED VIEW total AS SELECT sum(amount) AS amount, count(*) AS orders FROM orders;`;
}

const CONNECTOR = "tables/orders/connectors/cdc";

withPostgres((database) => {
  test("a write to PostgreSQL is waited for by its LSN, and then is in the view", async () => {
    const source = database();
    await source.query("CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric, note text)");
    await source.query("INSERT INTO orders VALUES (1, 10.50, 'before')");
    await source.query("CREATE PUBLICATION orders FOR TABLE orders");
    const config = { uri: source.url, publication: "orders", source_table: "public.orders" };
    await startPipeline(server.http, "embedded", programOf(config));
    const pipeline = `${server.http}/v0/pipelines/embedded`;
    const receipt = await write(source, "INSERT INTO orders VALUES (2, 0.25, 'mine')");
    const issued = await send(
      `${pipeline}/${CONNECTOR}/completion_token?receipt=${encodeURIComponent(receipt)}`,
    );
    const token = textOf(issued, "token");
    const done = await send(`${pipeline}/completion_status?token=${token}`, { wait: 30 });
    expect(done).toMatchObject({ status: 200, body: { status: "complete" } });
    expect(await query(server.http, "embedded", "SELECT * FROM total")).toEqual([
      { amount: 10.75, orders: 2 },
    ]);
    const beyond = await send(`${pipeline}/${CONNECTOR}/completion_token?receipt=FF/0`);
    expect(beyond).toMatchObject({ status: 409, body: { error_code: "ReceiptRefused" } });
    await send(`${pipeline}/stop?force=true`, { method: "POST" });
  });

  test("the same program run by another engine is observed at its slot", async () => {
    const source = database();
    await source.query("CREATE TABLE IF NOT EXISTS elsewhere (id bigint PRIMARY KEY)");
    await createSlot(source, `engine_${source.name.slice(-12)}`, "test_decoding");
    const slot = `engine_${source.name.slice(-12)}`;
    const config = { uri: source.url, slot, level: "processed" };
    await startPipeline(server.http, "external", programOf(config), { engine: "external" });
    const pipeline = `${server.http}/v0/pipelines/external`;
    const receipt = await write(source, "INSERT INTO elsewhere VALUES (1)");
    const issued = await send(
      `${pipeline}/${CONNECTOR}/completion_token?receipt=${encodeURIComponent(receipt)}`,
    );
    const url = `${pipeline}/completion_status?token=${textOf(issued, "token")}`;
    expect(await send(url)).toMatchObject({
      status: 202,
      body: {
        status: "inprogress",
        reasons: [{ code: "slot-inactive" }],
        parts: [{ level: "processed" }],
      },
    });
    const waiting = send(url, { wait: 30 });
    await source.query("SELECT pg_replication_slot_advance($1, pg_current_wal_flush_lsn())", [
      slot,
    ]);
    expect(await waiting).toMatchObject({ status: 200, body: { status: "complete" } });
    const refused = await send(`${pipeline}/query?sql=SELECT%201&format=json`);
    expect(refused).toMatchObject({ status: 501, body: { error_code: "ExternalEngine" } });
  });

  test("a database that can't be reached keeps the pipeline from starting, and no secret is shown", async () => {
    const url = new URL(database().url);
    url.password = "a-secret";
    const config = { uri: url.href, slot: "none" };
    const started = startPipeline(server.http, "refused", programOf(config), {
      engine: "external",
    });
    await expect(started).rejects.toThrow("refused the password");
    await expect(started).rejects.not.toThrow("a-secret");
  });
});
