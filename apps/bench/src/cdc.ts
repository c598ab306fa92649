/** Rows of PostgreSQL: a table's snapshot and its changes into a keyed table, and a view's rows back. */

import { type OwnDatabase, findDatabase } from "@tidemark/systems";

import { type MeasuredServer, startMeasured } from "./measured-server.ts";
import { create, start, untilRunning } from "./pipelines.ts";
import { count, type Row } from "./row.ts";
import { answered } from "./tidemark.ts";

const SNAPSHOT_ROWS = 1_000_000;
const CHANGES = 200_000;
const OUTPUT_ROWS = 200_000;

/** What can be measured where PostgreSQL is installed; nothing where it isn't. */
export async function measureCdc(): Promise<readonly Row[]> {
  const found = findDatabase();
  if (found.kind === "missing") {
    console.error(`not measured: ${found.why}`);
    return [];
  }
  await using database = await found.value();
  await using server = await startMeasured("serve-tidemark.ts");
  return [
    await measureSnapshot(database, server),
    await measureChanges(database, server),
    await measureOutput(database, server),
  ];
}

async function measureSnapshot(database: OwnDatabase, server: MeasuredServer): Promise<Row> {
  await database.query(TABLE);
  await database.query(rowsInto("orders", 1, SNAPSHOT_ROWS));
  await database.query("CREATE PUBLICATION orders FOR TABLE orders");
  const began = performance.now();
  await create(portOf(server), "cdc", program(database));
  await start(portOf(server), "cdc");
  // The server brings one of its own.
  await untilRunning(portOf(server), 2);
  const before = await server.memoryBytes();
  let peak = before;
  const done = complete(server).then(() => "done");
  while ((await Promise.race([done, pause()])) !== "done") {
    peak = Math.max(peak, await server.memoryBytes());
  }
  const seconds = (performance.now() - began) / 1000;
  return {
    name: `snapshot of ${count(SNAPSHOT_ROWS)} rows of PostgreSQL`,
    ours: `${count(SNAPSHOT_ROWS / seconds)} rows/s, ${count(peak / 1e6)} MB`,
    reference: `${count(before / 1e6)} MB before`,
    ratio: peak / before,
    aim: "memory does not grow with the table",
  };
}

async function measureChanges(database: OwnDatabase, server: MeasuredServer): Promise<Row> {
  await database.query("SELECT pg_create_logical_replication_slot('bare', 'pgoutput')");
  await connector(server, "pause");
  for (let from = 0; from < CHANGES / 2; from += 1000) {
    await database.query(rowsInto("orders", SNAPSHOT_ROWS + 1 + from, 1000));
    await database.query(
      `UPDATE orders SET amount = amount + 1 WHERE id BETWEEN ${from + 1} AND ${from + 1000}`,
    );
  }
  const began = performance.now();
  await connector(server, "start");
  await complete(server);
  const ours = CHANGES / ((performance.now() - began) / 1000);
  const beganBare = performance.now();
  await database.query(
    `SELECT count(*) FROM pg_logical_slot_get_binary_changes('bare', NULL, NULL,
       'proto_version', '1', 'publication_names', 'orders')`,
  );
  const bare = CHANGES / ((performance.now() - beganBare) / 1000);
  return {
    name: "changes of PostgreSQL into a keyed table of a million rows",
    ours: `${count(ours)} row changes/s`,
    reference: `${count(bare)}/s (the server decoding them, alone)`,
    ratio: ours / bare,
    aim: "20,000 row changes a second",
  };
}

async function measureOutput(database: OwnDatabase, server: MeasuredServer): Promise<Row> {
  await database.query("CREATE TABLE copied (id bigint PRIMARY KEY, note text)");
  await database.query("CREATE TABLE bare (id bigint PRIMARY KEY, note text)");
  const output = { uri: database.url, table: "copied" };
  const sql = `CREATE TABLE notes (id BIGINT NOT NULL PRIMARY KEY, note VARCHAR) WITH ('connectors' = '${JSON.stringify(
    [
      {
        name: "cdc",
        transport: {
          name: "postgres_input",
          config: {
            uri: database.url,
            query: `SELECT i AS id, 'note ' || i AS note FROM generate_series(1, ${OUTPUT_ROWS}) i`,
          },
        },
      },
    ],
  ).replaceAll("'", "''")}');
    CREATE MATERIALIZED VIEW copied WITH ('connectors' = '${JSON.stringify([
      { name: "out", transport: { name: "postgres_output", config: output } },
    ])}') AS SELECT * FROM notes;`;
  await create(portOf(server), "output", sql);
  const began = performance.now();
  await start(portOf(server), "output");
  let rows = 0;
  while (rows < OUTPUT_ROWS) {
    await pause();
    rows = Number((await database.query("SELECT count(*) AS n FROM copied"))[0]?.["n"]);
  }
  const ours = OUTPUT_ROWS / ((performance.now() - began) / 1000);
  const beganBare = performance.now();
  await database.query(
    `INSERT INTO bare SELECT i, 'note ' || i FROM generate_series(1, ${OUTPUT_ROWS}) i`,
  );
  const bare = OUTPUT_ROWS / ((performance.now() - beganBare) / 1000);
  return {
    name: "rows of a query through a view into a table of PostgreSQL",
    ours: `${count(ours)} rows/s`,
    reference: `${count(bare)} rows/s (INSERT … SELECT within the server)`,
    ratio: ours / bare,
    aim: "report",
  };
}

const TABLE =
  "CREATE TABLE orders (id bigint PRIMARY KEY, customer text, amount numeric(12, 2), at timestamp)";

function rowsInto(table: string, from: number, rows: number): string {
  return `INSERT INTO ${table}
    SELECT i, 'customer ' || i % 1000, i % 10000, timestamp '2024-01-01' + i * interval '1 second'
      FROM generate_series(${from}, ${from + rows - 1}) i`;
}

function program(database: OwnDatabase): string {
  const config = { uri: database.url, publication: "orders", source_table: "public.orders" };
  const connectors = [{ name: "cdc", transport: { name: "postgres_cdc_input", config } }];
  return `CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, customer VARCHAR, amount DECIMAL(12, 2), at TIMESTAMP)
    WITH ('materialized' = 'true', 'connectors' = '${JSON.stringify(connectors)}');`;
}

async function connector(server: MeasuredServer, action: "pause" | "start"): Promise<void> {
  const url = `${base(server)}/tables/orders/connectors/cdc/${action}`;
  await answered(fetch(url, { method: "POST" }));
}

/** Resolves once all that is committed in the database now is processed. */
async function complete(server: MeasuredServer): Promise<void> {
  const issued = await answered(
    fetch(`${base(server)}/tables/orders/connectors/cdc/completion_token?basis=head`),
  );
  const token = /"token":"([^"]+)"/u.exec(issued)?.[1] ?? "";
  for (;;) {
    const url = `${base(server)}/completion_status?token=${token}`;
    const status = await answered(fetch(url, { headers: { Prefer: "wait=60" } }));
    if (status.includes('"complete"')) return;
  }
}

function base(server: MeasuredServer): string {
  return `http://127.0.0.1:${portOf(server)}/v0/pipelines/cdc`;
}

function portOf(server: MeasuredServer): number {
  return server.ports["http"] ?? 0;
}

function pause(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
