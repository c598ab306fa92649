/** The page on PostgreSQL: its example runs as it is written. */

import { readFileSync } from "node:fs";

import { withPostgres } from "@tidemark/systems";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { send, startPipeline, textOf } from "./testing/rest-client.ts";

const PAGE = readFileSync(new URL("../../../docs/connectors/postgres.md", import.meta.url), "utf8");
const [tables = "", program = ""] = [...PAGE.matchAll(/^```sql\n([^]*?)^```/gmu)].map(
  ([, sql = ""]) => sql,
);
const [, write = ""] = /psql -c "([^"]+)"/u.exec(PAGE) ?? [];
const [, ask = ""] = /psql -Atc "([^"]+)"/u.exec(PAGE) ?? [];

let server: InProcessServer;
beforeAll(async () => {
  server = await inProcessServer();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
});

withPostgres((database) => {
  test("a write is in the table that the view is kept in once its token is complete", async () => {
    vi.stubEnv("PG_URI", database().url);
    await database().query(tables);
    await startPipeline(server.http, "shop", program);
    await database().query(write);
    const [row] = await database().query(`${ask} AS lsn`);
    const pipeline = `${server.http}/v0/pipelines/shop`;
    const receipt = encodeURIComponent(String(row?.["lsn"]));
    const issued = await send(
      `${pipeline}/tables/orders/connectors/cdc/completion_token?receipt=${receipt}`,
    );
    const done = await send(`${pipeline}/completion_status?token=${textOf(issued, "token")}`, {
      wait: 30,
    });
    expect(done.body).toMatchObject({ status: "complete" });
    expect(await database().query("SELECT customer, amount, orders::int FROM totals")).toEqual([
      { customer: "ada", amount: "10.50", orders: 1 },
    ]);
    await send(`${pipeline}/stop?force=true`, { method: "POST" });
  });
});
