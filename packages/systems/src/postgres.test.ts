/** A database for tests, wherever it comes from. */
import { afterEach, expect, test, vi } from "vitest";

import { findDatabase, withPostgres, withPostgresServer } from "./postgres.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

withPostgres((database) => {
  test("tests have a database of their own to fill", async () => {
    await database().query("CREATE TABLE t AS SELECT 1 AS x");
    expect(await database().query("SELECT x FROM t")).toEqual([{ x: 1 }]);
  });
});

withPostgresServer((server) => {
  test("the server that the environment names gets a database, and goes on without it afterwards", async () => {
    vi.stubEnv("TIDEMARK_POSTGRES", server().url);
    const found = findDatabase();
    if (found.kind === "missing") throw new Error(found.why);
    const database = await found.value();
    expect(new URL(database.url).port).toBe(String(server().port));
    await database[Symbol.asyncDispose]();
    const left = "SELECT datname FROM pg_database WHERE datname LIKE 't\\_%'";
    expect(await server().query(left)).toEqual([]);
  });
});
