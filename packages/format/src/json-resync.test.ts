/** Laws of bad documents: each is lost alone, wherever its end can be known. */

import { type Decoded, type Decoder } from "@tidemark/connector";
import { type JsonObject } from "@tidemark/program";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { JsonDecoder } from "./json-decoder.ts";
import { eventReader } from "./json-events.ts";
import { jsonFlavors } from "./json-flavor.ts";
import { jsonInput } from "./json-input.ts";
import { cut, decodeAll, tableOf } from "./test-table.ts";

const table = tableOf("CREATE TABLE t (id INT NOT NULL, v VARCHAR, w VARIANT)");
const raw = { update_format: "raw" };

function decoder(config: JsonObject = raw): Decoder {
  return jsonInput.decoder({ table, config });
}

function ids({ changes }: Decoded): unknown {
  return changes.rows.map(([id]) => id);
}

function decode(text: string | Buffer, config: JsonObject = raw): Decoded {
  return decodeAll(decoder(config), [Buffer.from(text)]);
}

/** Texts that are no document of the table, each with the number of errors that it is. */
const bad: readonly (readonly [string, number])[] = [
  [`{"id":2,"v":NaN}`, 1],
  [`{"id":2,"v":"never closed}`, 1],
  [`{"id":2,"v":"never closed\\`, 1],
  [`{"id":2,"v":"broken\ncontinued","w":{"id":99}}`, 1],
  [`{"id":2`, 1],
  [`{"id":`, 1],
  [`{"id":2,`, 1],
  [`{"id":2,"w":{"id":98},`, 1],
  [`{"id":2,"w":[1,2`, 1],
  [`{"id":2]`, 1],
  [`{"id":[2}`, 1],
  [`{"id":2,"w":[{"id":97}}]}`, 2],
  [`{"id" 2}`, 1],
  [`{"id":2 "v":"x"}`, 1],
  [`{id:2}`, 1],
  [`{'id':2}`, 1],
  [`{"id":2,}`, 1],
  [`[2,"v"`, 1],
  [`[`, 1],
  [`{`, 1],
  [`}`, 1],
  [`]`, 1],
  [`,`, 1],
  [`:`, 1],
  [`NaN`, 1],
  [`no json at all`, 1],
  [`"a text"`, 1],
  [`"a text that is not closed`, 1],
  [`12`, 1],
  [`\0\0\0`, 1],
  [`\uFEFF`, 1],
  [`{"id":2,"v":"\0"}`, 1],
  [`{"id":2,"v":"\\ud800"}`, 1],
  [`{"id":1e999}`, 1],
  [`{"id":${"9".repeat(5000)}}`, 1],
  [`{"w":${"[".repeat(2000)}${"]".repeat(2000)}}`, 1],
  [`{"w":${'{"a":'.repeat(2000)}`, 1],
  ["[".repeat(5000), 1],
  [`{\n  "id": 2,\n  "v": NaN,\n  "w": {\n    "id": 96\n  }\n}`, 1],
  [`{\n  "id": 2,\n  "v": "x\n  y",\n  "w": [\n    {"id": 95}\n  ]\n}`, 1],
  [`{\n  "id": 2,\n  "w": [\n    {"id": 94}\n`, 1],
];

test.each(bad)("%j between good lines is lost alone", (text, errors) => {
  for (const end of ["\n", "\r\n", "\r", "\n\n"]) {
    const decoded = decode(["", `{"id":1}`, text, `{"id":3}`, `{"id":4}`, ""].join(end));
    expect(ids(decoded)).toEqual([1, 3, 4]);
    expect(decoded.errors).toHaveLength(errors);
    expect(decoded.errors[0]?.byteOffset).toBe(BigInt(8 + 2 * end.length));
  }
});

test.each(bad)("%j at the end is one error", (text, errors) => {
  const decoded = decode(`{"id":1}\n${text}`);
  expect(ids(decoded)).toEqual([1]);
  expect(decoded.errors).toHaveLength(errors);
});

test("documents on one line are told apart by their brackets and what stands between them", () => {
  expect(ids(decode(`{"id":1}{"id":NaN}{"id":3}`))).toEqual([1, 3]);
  expect(ids(decode(`{"id":1},{"id":2},{"id":3}`))).toEqual([1, 2, 3]);
  expect(ids(decode(`}{"id":1} NaN {"id":2} {"id":[2} {"id":3}`))).toEqual([1, 2, 3]);
  expect(decode(`{"id":1},{"id":2}`).errors).toHaveLength(1);
});

test("a line indented like the document before it begins another, a nested one does not", () => {
  expect(ids(decode(`  {"id":1}\n  {"id":\n  {"id":3}\n  {"id":4}`))).toEqual([1, 3, 4]);
  expect(ids(decode(`  {"id":\n    {"id":3}\n    {"id":4}\n  }\n  {"id":5}`))).toEqual([5]);
});

test("bytes that are no UTF-8 lose their own document", () => {
  const broken = Buffer.concat([Buffer.from(`{"id":2,"v":"`), Buffer.from([0xff, 0x22, 0x7d])]);
  const bytes = Buffer.concat([Buffer.from(`{"id":1}\n`), broken, Buffer.from(`\n{"id":3}`)]);
  const decoded = decode(bytes);
  expect(ids(decoded)).toEqual([1, 3]);
  expect(decoded.errors[0]?.invalidBytes).toEqual([...broken]);
});

test("of arrays each is a document of its own", () => {
  const decoded = decode(`[{"id":1}]\n[{"id":2},NaN]\n[{"id":3}\n[{"id":4}]`, {
    ...raw,
    array: true,
  });
  expect(ids(decoded)).toEqual([1, 4]);
  expect(decoded.errors).toHaveLength(2);
});

test("V3: what can't be told to be whole is not consumed, and what it waits for is said", () => {
  const open = decoder();
  expect(open.push(Buffer.from(`{"id":1}\n{"id":2,"v":"x\n`))).toMatchObject({
    records: 1,
    consumedBytes: 9n,
    errors: [],
  });
  expect(open.unfinished?.()).toEqual({
    byteOffset: 9n,
    what: "a JSON document",
    awaits: "the next line that begins with a bracket",
  });
  const decoded = open.push(Buffer.from(`{"id":3}\n`));
  expect(decoded).toMatchObject({ records: 1, consumedBytes: 33n, errors: [{ byteOffset: 9n }] });
  expect(decoded.rejects).toEqual([{ rows: 0, records: 0, from: 9n, to: 24n }]);
  expect(open.unfinished?.()).toBeUndefined();
  open.push(Buffer.from(`{"id":4`));
  expect(open.unfinished?.()?.awaits).toBe("its closing bracket");
});

/** A decoder of short documents. */
function small(longestBytes: number): Decoder {
  return new JsonDecoder({
    events: eventReader("raw", table, jsonFlavors.get("default") ?? fail()),
    mayLose: () => false,
    array: false,
    singleLines: false,
    longestBytes,
  });
}

describe("the same bytes", () => {
  const pieces = fc.constantFrom(
    `{"id":1}`,
    `[2,"é😀",null]`,
    `{"id":\n 3}`,
    `  {"id":4}`,
    `{"id":"bad"}`,
    "\n",
    "\r\n",
    "\r",
    " ",
    ...bad.map(([text]) => text).filter((text) => text.length < 100),
    ...`{ } [ ] , : " \\ x`.split(" "),
  );
  const streams = fc.array(pieces, { maxLength: 8 }).map((parts) => Buffer.from(parts.join("")));

  test.each([raw, { ...raw, array: true }, { ...raw, lines: "single" }, {}])(
    "give the same rows and errors wherever they are cut, as %j",
    (config) => {
      fc.assert(
        fc.property(streams, (bytes) => {
          const whole = decodeAll(decoder(config), [bytes]);
          for (let place = 0; place <= bytes.length; place += 1) {
            expect(decodeAll(decoder(config), cut(bytes, [place]))).toEqual(whole);
          }
          const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
          expect(decodeAll(decoder(config), single)).toEqual(whole);
          expect(whole.consumedBytes).toBe(BigInt(bytes.length));
        }),
        { numRuns: 60 },
      );
    },
  );

  test("give the same to a reader that starts again at consumedBytes", () => {
    const unindented = fc.constantFrom(
      `{"id":1}`,
      `{"id":"bad"}`,
      "\n",
      "\r\n",
      ...bad.map(([text]) => text).filter((text) => text.length < 100 && !text.includes("  ")),
    );
    const texts = fc.array(unindented, { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = Buffer.from(text);
        const whole = decodeAll(decoder(), [bytes]);
        for (let place = 0; place <= bytes.length; place += 1) {
          const first = decoder().push(bytes.subarray(0, place));
          const rest = jsonInput.decoder({ table, config: raw, continued: true });
          const from = Number(first.consumedBytes);
          const { errors, changes } = decodeAll(from === 0 ? decoder() : rest, [
            bytes.subarray(from),
          ]);
          expect([...first.changes.rows, ...changes.rows]).toEqual(whole.changes.rows);
          expect(first.errors.length + errors.length).toBe(whole.errors.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("are bounded: a document beyond the longest is an error, wherever they are cut", () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 8, max: 20 }), (bytes, longest) => {
        const whole = decodeAll(small(longest), [bytes]);
        for (let place = 0; place <= bytes.length; place += 1) {
          expect(decodeAll(small(longest), cut(bytes, [place]))).toEqual(whole);
        }
      }),
      { numRuns: 100 },
    );
    const long = `{"id":1,"v":"${"x".repeat(100)}"}`;
    const decoded = decodeAll(small(50), [Buffer.from(`{"id":0}\n${long}\n{"id":2}`)]);
    expect(ids(decoded)).toEqual([0, 2]);
    expect(decoded.errors[0]?.description).toContain("longer than 50 bytes");
  });
});

function fail(): never {
  throw new Error("the flavor is missing");
}
