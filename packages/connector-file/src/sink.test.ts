import { execFile } from "node:child_process";
import { readFile, truncate } from "node:fs/promises";
import { promisify } from "node:util";

import { sinkSuite, type SinkSetup } from "@tidemark/conformance";
import {
  nullOutput,
  RefusedRowsError,
  type SinkFactory,
  type ViewChange,
} from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";
import { expect, test } from "vitest";

import { fileOutput } from "./sink.ts";
import { connector, outputFormat, Place } from "./testing/place.ts";

async function setUp(
  factory: SinkFactory,
  format: string,
  config: JsonObject = {},
): Promise<SinkSetup & { place: Place }> {
  const place = await Place.make();
  const declaration = connector(
    factory.transport,
    { path: place.path() },
    { name: format, config },
  );
  return {
    place,
    open: (opening) =>
      factory.open({
        ...opening,
        view: "v",
        connector: declaration,
        endpoint: "v.c",
        encoder: () => outputFormat(format).encoder({ columns: opening.columns, config }),
      }),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

const READ: Readonly<Record<string, (line: string) => string>> = {
  json: (line) =>
    line
      .replace(/^\{"insert":\{"n":(\d+)\}\}$/u, "+$1")
      .replace(/^\{"delete":\{"n":(\d+)\}\}$/u, "-$1"),
  csv: (line) => line.replace(/^(\d+),1$/u, "+$1").replace(/^(\d+),-1$/u, "-$1"),
};

for (const [format, read] of Object.entries(READ)) {
  sinkSuite(`file (${format})`, async () => {
    const setup = await setUp(fileOutput, format);
    return {
      ...setup,
      contents: async () =>
        (await readFile(setup.place.path(), "utf8"))
          .split("\n")
          .filter((line) => line !== "")
          .map(read),
      [Symbol.asyncDispose]: () => setup[Symbol.asyncDispose](),
    };
  });
}

sinkSuite("null", () => setUp(nullOutput, "json"));

test("a file that lost what was written to it is refused", async () => {
  await using setup = await setUp(fileOutput, "csv");
  let text: string | undefined = "3 40 life";
  const opening = {
    columns: [],
    cell: {
      read: () => Promise.resolve(text),
      write: (given: string) => Promise.resolve(void (text = given)),
    },
    life: "life",
    step: 9n,
  };
  await expect(setup.open(opening)).rejects.toThrow("does not exist");
  text = undefined;
  {
    await using sink = await setup.open(opening);
    expect(sink.takenStep).toBe(0n);
  }
  text = "3 40 life";
  await truncate(setup.place.path(), 39);
  await expect(setup.open(opening)).rejects.toThrow("has 39 bytes, but 40 were written to it");
});

test("O1: changes that the format can't write are refused by their rows, and the rest leaves no gap", async () => {
  await using setup = await setUp(fileOutput, "json", { update_format: "raw" });
  const cell = { read: () => Promise.resolve(undefined), write: () => Promise.resolve() };
  const type = { kind: "integer", bits: 32, unsigned: false } as const;
  const columns = [{ id: { name: "n", quoted: false }, type, nullable: false }];
  await using sink = await setup.open({ columns, cell, life: "life", step: 0n });
  const fault: unknown = await sink
    .take(1n, changes(-1000, 2, -3, 4))
    .catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(RefusedRowsError);
  expect(fault).toMatchObject({
    rows: [
      { message: expect.stringMatching(/^row n 1000: the view deletes a row/u) },
      { message: expect.stringMatching(/^row n 3: /u) },
    ],
  });
  expect(await sink.take(1n, changes(4))).toMatchObject({ records: 1 });
  expect(await readFile(setup.place.path(), "utf8")).toBe('{"n":4}\n');
});

async function* changes(...all: readonly number[]): AsyncGenerator<readonly ViewChange[]> {
  yield await Promise.resolve(
    all.map((n) => ({ weight: n < 0 ? (-1 as const) : (1 as const), row: [Math.abs(n)] })),
  );
}

test("H13: an output into a named pipe is refused without waiting for a reader", async () => {
  await using setup = await setUp(fileOutput, "json");
  await promisify(execFile)("mkfifo", [setup.place.path()]);
  const cell = { read: () => Promise.resolve(undefined), write: () => Promise.resolve() };
  await expect(setup.open({ columns: [], cell, life: "life", step: 0n })).rejects.toMatchObject({
    message: `file '${setup.place.path()}' is a named pipe, not a regular file`,
  });
});
