import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type ColumnType } from "./column-type.ts";
import { identifier, spell } from "./identifier.ts";
import { parseProgram } from "./parse-program.ts";
import { programInfo } from "./program-info.ts";
import { renderColumnType } from "./render-column-type.ts";

function typeOf(sql: string): ColumnType | undefined {
  const parsed = parseProgram(`CREATE TABLE t (c ${sql})`);
  return parsed.kind === "program" ? parsed.program.tables[0]?.columns[0]?.type : undefined;
}

const length = fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined });
const sized = (kind: "text" | "binary"): fc.Arbitrary<ColumnType> =>
  fc
    .tuple(length, fc.boolean())
    .map(([size, fixed]): ColumnType =>
      size === undefined ? { kind, fixed: false } : { kind, length: size, fixed },
    );
const { type } = fc.letrec<{ type: ColumnType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<ColumnType>(
      { kind: "boolean" },
      { kind: "real" },
      { kind: "double" },
      { kind: "date" },
      { kind: "time" },
      { kind: "timestamp" },
      { kind: "time", precision: 3 },
      { kind: "timestamp", precision: 6 },
      { kind: "uuid" },
      { kind: "variant" },
    ),
    fc
      .tuple(fc.constantFrom(8, 16, 32, 64), fc.boolean())
      .map(([bits, unsigned]): ColumnType => ({ kind: "integer", bits, unsigned })),
    fc
      .integer({ min: 1, max: 38 })
      .chain((precision) =>
        fc
          .integer({ min: 0, max: precision })
          .map((scale): ColumnType => ({ kind: "decimal", precision, scale })),
      ),
    sized("text"),
    sized("binary"),
    tie("type").map((element): ColumnType => ({ kind: "array", element })),
    fc
      .tuple(tie("type"), tie("type"))
      .map(([key, value]): ColumnType => ({ kind: "map", key, value })),
    fc
      .uniqueArray(
        fc.record({ name: fc.string({ minLength: 1 }), type: tie("type"), nullable: fc.boolean() }),
        { minLength: 1, maxLength: 3, selector: (field) => field.name },
      )
      .map((fields): ColumnType => ({
        kind: "row",
        fields: fields.map((f) => ({ ...f, quoted: true })),
      })),
  ),
}));

test("a type that is printed reads back as itself", () => {
  fc.assert(
    fc.property(type, (given) => {
      expect(typeOf(renderColumnType(given))).toEqual(given);
    }),
  );
});

test.each([
  ["INT", "INTEGER"],
  ["INTEGER UNSIGNED", "INTEGER UNSIGNED"],
  ["FLOAT", "DOUBLE"],
  ["FLOAT4", "REAL"],
  ["DOUBLE PRECISION", "DOUBLE"],
  ["NUMERIC", "DECIMAL(38, 0)"],
  ["DEC(5)", "DECIMAL(5, 0)"],
  ["CHAR", "CHAR(1)"],
  ["CHARACTER VARYING(3)", "VARCHAR(3)"],
  ["STRING", "VARCHAR"],
  ["BYTEA", "VARBINARY"],
  ["DATETIME", "TIMESTAMP"],
  ["TIMESTAMP(9) WITHOUT TIME ZONE", "TIMESTAMP(9)"],
  ["TIME(3)", "TIME(3)"],
  ["NUMBER(7, 2)", "DECIMAL(7, 2)"],
  ["UNSIGNED", "INTEGER UNSIGNED"],
])("%s means %s", (sql, canonical) => {
  const found = typeOf(sql);
  expect(found === undefined ? undefined : renderColumnType(found)).toBe(canonical);
});

test.each(["INTERVAL DAY", "GEOMETRY"])("%s is refused as the type of a column", (sql) => {
  const parsed = parseProgram(`CREATE TABLE t (c ${sql})`);
  const [error] = parsed.kind === "invalid" ? parsed.errors : [];
  expect(error?.message).toMatch(/can't be the type of a column/);
});

test("an identifier that is spelled reads back as itself", () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), (name, quoted) => {
      const id = identifier(quoted ? `"${name}"` : name);
      expect(identifier(spell(id)).name).toBe(id.name);
    }),
  );
});

test("program_info names relations, columns, types and connectors as documented", () => {
  const parsed = parseProgram(
    `CREATE TABLE T (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, "V" VARCHAR ARRAY DEFAULT NULL)
     WITH ('connectors' = '[{"name": "d", "transport": {"name": "datagen", "config": {}}}]');
     CREATE VIEW v AS SELECT id FROM t; CREATE LOCAL VIEW hidden AS SELECT 1`,
  );
  if (parsed.kind === "invalid") throw new Error("invalid");
  const columns = [
    { id: { name: "id", quoted: false }, type: { kind: "date" }, nullable: true },
  ] as const;
  const info = programInfo(parsed.program, new Map([["v", columns]]));
  expect(info).toMatchObject({
    schema: {
      inputs: [
        {
          name: "t",
          case_sensitive: false,
          materialized: true,
          primary_key: ["id"],
          fields: [
            { name: "id", columntype: { type: "UBIGINT", nullable: false }, unused: false },
            {
              name: "V",
              case_sensitive: true,
              default: "NULL",
              columntype: { type: "ARRAY", component: { type: "VARCHAR", precision: -1 } },
            },
          ],
          properties: { connectors: { key_position: { start_line_number: 2, start_column: 12 } } },
        },
      ],
      outputs: [{ name: "v", fields: [{ name: "id", columntype: { type: "DATE" } }] }],
    },
    input_connectors: { "t.d": { stream: "t", transport: { name: "datagen" }, paused: false } },
    output_connectors: {},
  });
});
