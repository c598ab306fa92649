/** A pipeline on a real PostgreSQL whose standby takes over, over the wire. */

import { TcpProxy, withPostgresServer } from "@tidemark/systems";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { query, send, startPipeline, textOf } from "./testing/rest-client.ts";

let server: InProcessServer;
beforeAll(async () => {
  server = await inProcessServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const CONNECTOR = "tables/orders/connectors/cdc";
const INSERT = "INSERT INTO orders SELECT i FROM generate_series($1::bigint, $2::bigint) i";

withPostgresServer((database) => {
  test("P3: tokens of before a failover complete, and the pipeline goes on with the rows that it has", async () => {
    const primary = database();
    await using address = await TcpProxy.open(primary.port);
    const standby = await primary.standby();
    await primary.query("CREATE TABLE orders (id bigint PRIMARY KEY)");
    await primary.query(INSERT, [1, 3]);
    await primary.query("CREATE PUBLICATION orders FOR TABLE orders");
    const uri = primary.urlAt(address.port);
    const config = { uri, publication: "orders", source_table: "orders", slot: "orders" };
    const connectors = [{ name: "cdc", transport: { name: "postgres_cdc_input", config } }];
    const program = `CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY)
      WITH ('materialized' = 'true', 'connectors' = '${JSON.stringify(connectors)}')`;
    await startPipeline(server.http, "shop", program);
    const pipeline = `${server.http}/v0/pipelines/shop`;
    const head = `${pipeline}/${CONNECTOR}/completion_token?basis=head`;
    const status = async (token: string): Promise<unknown> =>
      (await send(`${pipeline}/completion_status?token=${token}`, { wait: 30 })).body;
    const complete = { status: "complete" };
    expect(await status(textOf(await send(head), "token"))).toMatchObject(complete);

    await send(`${pipeline}/${CONNECTOR}/pause`, { method: "POST" });
    await primary.query(INSERT, [4, 5]);
    const before = textOf(await send(head), "token");
    await standby.caughtUpWith(primary);
    await standby.takeSlot(primary, "orders");
    await primary.kill();
    await standby.promote();
    address.redirect(standby.port);
    address.cut();
    await standby.query(INSERT, [6, 7]);
    await send(`${pipeline}/${CONNECTOR}/start`, { method: "POST" });
    expect(await status(before)).toMatchObject(complete);

    let after = await send(head);
    while (after.status === 503) after = await send(head);
    expect(await status(textOf(after, "token"))).toMatchObject(complete);
    const rows = "SELECT count(*) AS n, max(id) AS last FROM orders";
    expect(await query(server.http, "shop", rows)).toEqual([{ n: 7, last: 7 }]);
    expect(await status(before)).toMatchObject(complete);
    await send(`${pipeline}/stop?force=true`, { method: "POST" });
  });
});
