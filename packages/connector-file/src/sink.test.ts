import { readFile, truncate } from "node:fs/promises";

import { sinkSuite, type SinkSetup } from "@tidemark/conformance";
import { nullOutput, type SinkFactory } from "@tidemark/connector";
import { expect, test } from "vitest";

import { fileOutput } from "./sink.ts";
import { connector, outputFormat, Place } from "./testing/place.ts";

async function setUp(factory: SinkFactory, format: string): Promise<SinkSetup & { place: Place }> {
  const place = await Place.make();
  const declaration = connector(
    factory.transport,
    { path: place.path() },
    { name: format, config: {} },
  );
  return {
    place,
    open: (opening) =>
      factory.open({
        ...opening,
        view: "v",
        connector: declaration,
        endpoint: "v.c",
        encoder: () => outputFormat(format).encoder({ columns: opening.columns, config: {} }),
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
