import { execFile } from "node:child_process";
import { appendFile, mkdir, rename, truncate, unlink, writeFile } from "node:fs/promises";
import { promisify } from "node:util";

import { type RejectsSetup, sourceSuite, type SourceSetup, take } from "@tidemark/conformance";
import { type Batch, type Progress, type Source } from "@tidemark/connector";
import { expect, test } from "vitest";

import { byteOffset } from "./notation.ts";
import { ManualWatch } from "./testing/manual-watch.ts";
import { Place } from "./testing/place.ts";

function lines(from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_each, i) => `row ${from + i}`);
}

async function setUp(records: number, followed: boolean): Promise<SourceSetup> {
  const place = await Place.make();
  const rows = lines(0, records);
  await writeFile(place.path(), rows.map((row) => `${row}\n`).join(""));
  return {
    rows: rows.map((row) => [row]),
    open: (options) =>
      place.open({ ...options, config: { follow: followed, buffer_size_bytes: 20 } }),
    async replace() {
      await writeFile(
        place.path("new"),
        lines(1000, records)
          .map((row) => `${row}\n`)
          .join(""),
      );
      await rename(place.path("new"), place.path());
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

const RAW_JSON = { name: "json", config: { update_format: "raw" } };

/** Documents of the one-column table, bad ones between them on lines of their own and shared ones. */
async function setUpRejects(followed: boolean): Promise<RejectsSetup> {
  const place = await Place.make();
  const good = (from: number, count: number): string =>
    lines(from, count)
      .map((row) => JSON.stringify([row]))
      .join("\n");
  const bad = ["NaN", `[1]`, `["open`, `[`, `{"s":1}`];
  const text = bad.map((one, index) => `${good(index * 3, 2)}\n${one}\n${good(index * 3 + 2, 1)}`);
  await writeFile(place.path(), `${text.join("\n")} ["row 15",] ["row 15"]\n`);
  return {
    rows: lines(0, 16).map((row) => [row]),
    rejected: bad.length + 1,
    open: (options) => {
      const config = { follow: followed, buffer_size_bytes: 50 };
      return place.open({ ...options, config, format: RAW_JSON });
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

for (const followed of [false, true]) {
  sourceSuite(followed ? "file, followed" : "file", {
    setUp: (records) => setUp(records, followed),
    ends: !followed,
    setUpRejects: () => setUpRejects(followed),
  });
}

/** Reads a followed file step by step. */
class Follower implements AsyncDisposable {
  readonly source: Source;
  readonly #stop = new AbortController();
  readonly #batches: AsyncIterator<Batch>;
  last: Progress;

  constructor(source: Source) {
    this.source = source;
    this.last = source.start;
    this.#batches = source.batches({ signal: this.#stop.signal })[Symbol.asyncIterator]();
  }

  /** The rows that come until there are so many, and where they end; batches without rows count. */
  async rows(count: number): Promise<readonly unknown[]> {
    const rows: unknown[] = [];
    while (rows.length < count) {
      const next = await this.#batches.next();
      if (next.done === true) throw new Error("ended");
      this.last = next.value;
      rows.push(...next.value.changes.rows.map(([value]) => value));
    }
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("enough"));
    await this.source[Symbol.asyncDispose]();
  }
}

async function follow(place: Place, resume?: Progress): Promise<Follower> {
  const config = { follow: true, buffer_size_bytes: 7 };
  const epoch = resume === undefined ? 1 : 2;
  return new Follower(
    await place.open({ config, epoch, ...(resume === undefined ? {} : { resume }) }),
  );
}

async function readAndStop(place: Place, rows: number): Promise<Progress> {
  await using follower = await follow(place);
  await follower.rows(rows);
  return follower.last;
}

test("the last record needs no end of line, and the end is the size of the file", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "a\nb\nc");
  await using source = await place.open();
  const end = (await take(source, 3)).at(-1);
  expect(end && byteOffset(end.frontier)).toBe(5n);
});

test("a followed file gives a line when it has ended", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "a\nb");
  await using follower = await follow(place);
  expect(await follower.rows(1)).toEqual(["a"]);
  expect(byteOffset(follower.last.frontier)).toBe(2n);
  await appendFile(place.path(), "c\nd");
  expect(await follower.rows(1)).toEqual(["bc"]);
  expect(byteOffset(follower.last.frontier)).toBe(5n);
});

test("a heading is not taken again, nor a record for it, where reading resumes", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "s\na\nb\n");
  const given = {
    format: { name: "csv", config: { headers: true } },
    config: { buffer_size_bytes: 4 },
  };
  await using source = await place.open(given);
  const [first] = await take(source, 1);
  if (first === undefined) throw new Error("nothing was read");
  await using resumed = await place.open({ ...given, resume: first });
  const rest = await take(resumed, 1);
  expect(rest.flatMap(({ changes }) => changes.rows)).toEqual([["b"]]);
});

test("F1: a file that is cut back begins a new incarnation", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "a\nb\n");
  await using follower = await follow(place);
  await follower.rows(2);
  const before = follower.last;
  await truncate(place.path(), 0);
  await appendFile(place.path(), "c\n");
  expect(await follower.rows(1)).toEqual(["c"]);
  expect(follower.last.incarnation).not.toBe(before.incarnation);
  expect(byteOffset(follower.last.frontier)).toBe(2n);
  expect(place.troubles.join()).toContain("cut back");
});

test("F1: a file that is written over and has grown beyond what was read begins a new incarnation", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "a\nb\n");
  await using follower = await follow(place);
  await follower.rows(2);
  const before = follower.last;
  await writeFile(place.path(), "w\nx\ny\nz\n");
  expect(await follower.rows(4)).toEqual(["w", "x", "y", "z"]);
  expect(follower.last.incarnation).not.toBe(before.incarnation);
});

test("F1: a file that is cut back behind its first bytes begins a new incarnation", async () => {
  await using place = await Place.make();
  const rows = lines(0, 500);
  await writeFile(place.path(), rows.map((row) => `${row}\n`).join(""));
  await using follower = await follow(place);
  await follower.rows(500);
  const before = follower.last;
  await truncate(place.path(), 2000);
  const again = await follower.rows(100);
  expect(again).toEqual(rows.slice(0, 100));
  expect(follower.last.incarnation).not.toBe(before.incarnation);
});

test("F1: a file that was cut back while nobody read begins a new incarnation", async () => {
  await using place = await Place.make();
  await writeFile(
    place.path(),
    lines(0, 500)
      .map((row) => `${row}\n`)
      .join(""),
  );
  const last = await readAndStop(place, 500);
  await truncate(place.path(), 2000);
  await using again = await follow(place, last);
  expect(again.source.start.incarnation).not.toBe(last.incarnation);
});

test("F1: a file that was written over while nobody read begins a new incarnation", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "a\nb\n");
  const last = await readAndStop(place, 2);
  await writeFile(place.path(), "w\nx\ny\nz\n");
  await using again = await follow(place, last);
  expect(again.source.start.incarnation).not.toBe(last.incarnation);
  expect(await again.rows(4)).toEqual(["w", "x", "y", "z"]);
});

test("F1: a file that is written over after reading has resumed begins a new incarnation", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "a\nb\n");
  const last = await readAndStop(place, 2);
  await using again = await follow(place, last);
  expect(again.source.start.incarnation).toBe(last.incarnation);
  await writeFile(place.path(), "w\nx\ny\nz\n");
  expect(await again.rows(4)).toEqual(["w", "x", "y", "z"]);
});

test("F1: a rotated file is followed until something is written to the new one", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "a\n");
  const watch = new ManualWatch();
  await using follower = new Follower(
    await place.open({ config: { follow: true }, watch: () => watch }),
  );
  await follower.rows(1);
  const next = follower.rows(2);
  await watch.waitedOn();
  await rename(place.path(), place.path("old"));
  await writeFile(place.path(), "");
  watch.wake();
  await watch.waitedOn();
  await appendFile(place.path("old"), "b\n");
  await appendFile(place.path(), "c\n");
  watch.wake();
  expect(await next).toEqual(["b", "c"]);
});

test("F1: a rotated file is read to its end before the new one is begun", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "a\n");
  await using follower = await follow(place);
  await follower.rows(1);
  const before = follower.last;
  await rename(place.path(), place.path("old"));
  await appendFile(place.path("old"), "b\nc");
  await writeFile(place.path("new"), "d\n");
  await rename(place.path("new"), place.path());
  expect(await follower.rows(3)).toEqual(["b", "c", "d"]);
  expect(follower.last.incarnation).not.toBe(before.incarnation);
  expect(byteOffset(follower.last.frontier)).toBe(2n);
});

test("F1: a file that was replaced while nobody read is told of, and the new one is read", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "a\nb\n");
  const last = await readAndStop(place, 2);
  await unlink(place.path());
  await writeFile(place.path(), "a\nb\nc\n");
  await using again = await follow(place, last);
  expect(again.source.start.incarnation).not.toBe(last.incarnation);
  expect(place.troubles.join()).toContain("not the one that was read before up to byte 4");
  expect(await again.rows(3)).toEqual(["a", "b", "c"]);
});

test("a followed file that is not there yet is waited for, and told of", async () => {
  await using place = await Place.make();
  await using follower = await follow(place);
  expect(place.troubles).toEqual([`file '${place.path()}' does not exist yet; waiting for it`]);
  const { start } = follower.source;
  await writeFile(place.path("new"), "a\n");
  await rename(place.path("new"), place.path());
  expect(await follower.rows(1)).toEqual(["a"]);
  expect(follower.last.incarnation).toBe(start.incarnation);
});

test("a path that can't be read is refused with its name and field", async () => {
  await using place = await Place.make();
  const field = "transport.config.path";
  await expect(place.open()).rejects.toMatchObject({
    name: "ConfigError",
    field,
    message: `file '${place.path()}' does not exist`,
  });
  await mkdir(place.path());
  for (const config of [{}, { follow: true }]) {
    await expect(place.open({ config })).rejects.toMatchObject({
      field,
      message: `file '${place.path()}' is a directory, not a file`,
    });
  }
});

test("H13: what is no regular file is refused without waiting for it", async () => {
  await using place = await Place.make();
  await promisify(execFile)("mkfifo", [place.path()]);
  for (const config of [{}, { follow: true }]) {
    await expect(place.open({ config })).rejects.toMatchObject({
      field: "transport.config.path",
      message: `file '${place.path()}' is a named pipe, not a regular file`,
    });
  }
  await expect(place.open({ config: { path: "/dev/zero" } })).rejects.toMatchObject({
    message: "file '/dev/zero' is a device, not a regular file",
  });
});

test.each([
  [{ path: 7 }, "transport.config.path"],
  [{ path: "file://host/x%2F" }, "transport.config.path"],
  [{ buffer_size_bytes: 0 }, "transport.config.buffer_size_bytes"],
  [{ follow: "yes" }, "transport.config.follow"],
])("a configuration that can't be used is refused by field: %j", async (config, field) => {
  await using place = await Place.make();
  await expect(place.open({ config })).rejects.toMatchObject({ name: "ConfigError", field });
});

test("a file is found by its URL too", async () => {
  await using place = await Place.make();
  await writeFile(place.path("ü 1"), "a\n");
  const path = `file://${encodeURI(place.path("ü 1"))}`;
  await using source = await place.open({ config: { path } });
  expect(await take(source, 1)).toHaveLength(1);
});

test("V3: what a followed file ends in without its end is not read, and is said to be waited for", async () => {
  await using place = await Place.make();
  const watch = new ManualWatch();
  await writeFile(place.path(), `["a"]\n["b\n`);
  const config = { follow: true };
  await using source = await place.open({ config, format: RAW_JSON, watch: () => watch });
  const stop = new AbortController();
  const batches = source.batches({ signal: stop.signal })[Symbol.asyncIterator]();
  const first = await batches.next();
  expect(first.value).toMatchObject({ records: 1, frontier: { positions: [["0", 6n]] } });
  const second = batches.next();
  await watch.waitedOn();
  expect(place.troubles).toEqual([
    `file '${place.path()}' ends in a JSON document that begins at byte 6: waiting for the next line that begins with a bracket`,
  ]);
  await appendFile(place.path(), `["c"]\n`);
  watch.wake();
  expect((await second).value).toMatchObject({ records: 1, errors: [{ position: ["0", 6n] }] });
  stop.abort(new Error("enough"));
});

test("a heading holds for a file that is gone on with", async () => {
  await using place = await Place.make();
  await writeFile(place.path(), "other,s\n1,a\n2,b\n");
  const format = { name: "csv", config: { headers: true } };
  const config = { buffer_size_bytes: 15 };
  await using source = await place.open({ config, format });
  const [batch] = await take(source, 1);
  const resume = batch && { incarnation: batch.incarnation, frontier: batch.frontier };
  const state = batch?.state ?? "";
  await using rest = await place.open({
    config,
    format,
    epoch: 2,
    ...(resume === undefined ? {} : { resume: { ...resume, state } }),
  });
  expect((await take(rest, 1)).flatMap(({ changes }) => changes.rows)).toEqual([["b"]]);
});
