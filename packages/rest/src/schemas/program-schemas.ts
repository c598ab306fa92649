/** What a program declares and what is wrong with it, as the document describes them. */

import { z } from "zod";

import { ANY_OBJECT } from "./values.ts";

const IDENTIFIER = { name: z.string(), case_sensitive: z.boolean().describe("It was quoted.") };

const COLUMN_TYPE: z.ZodType = z
  .object({
    type: z
      .enum([
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "REAL",
        "DOUBLE",
        "DECIMAL",
        "CHAR",
        "VARCHAR",
        "BINARY",
        "VARBINARY",
        "TIME",
        "DATE",
        "TIMESTAMP",
        "ARRAY",
        "STRUCT",
        "MAP",
        "UUID",
        "VARIANT",
      ])
      .meta({ id: "SqlType", description: "The type's name on the wire." }),
    nullable: z.boolean(),
    precision: z.int().nullable().describe("-1 where a length has no bound."),
    scale: z.int().nullable(),
    component: z
      .lazy(() => COLUMN_TYPE)
      .nullable()
      .describe("Of an array: its elements."),
    fields: z
      .lazy(() => z.array(FIELD))
      .nullable()
      .describe("Of a ROW: its fields."),
    key: z
      .lazy(() => COLUMN_TYPE)
      .nullable()
      .describe("Of a map: its keys."),
    value: z
      .lazy(() => COLUMN_TYPE)
      .nullable()
      .describe("Of a map: its values."),
  })
  .meta({ id: "ColumnType", description: "A column's type." });

const FIELD: z.ZodType = z
  .object({
    ...IDENTIFIER,
    columntype: COLUMN_TYPE,
    default: z.string().nullable().describe("The SQL of its DEFAULT."),
    lateness: z.string().nullable(),
    unused: z.boolean(),
    watermark: z.string().nullable(),
  })
  .meta({ id: "Field", description: "A column." });

const RELATION = z
  .object({
    ...IDENTIFIER,
    fields: z.array(FIELD),
    materialized: z.boolean(),
    primary_key: z.array(z.string()).nullable(),
    properties: ANY_OBJECT.describe("What WITH (…) says, with its places in the program."),
  })
  .meta({ id: "Relation", description: "A table or view." });

/** What a program declares. */
export const PROGRAM_INFO: z.ZodType = z
  .object({
    schema: z
      .object({ inputs: z.array(RELATION), outputs: z.array(RELATION) })
      .meta({ id: "ProgramSchema", description: "The tables and views." }),
    udf_stubs: z.string(),
    input_connectors: ANY_OBJECT.describe("By endpoint name."),
    output_connectors: ANY_OBJECT.describe("By endpoint name."),
  })
  .meta({ id: "PartialProgramInfo", description: "What the program declares." });

const COMPILER_MESSAGE = z
  .object({
    start_line_number: z.int(),
    start_column: z.int(),
    end_line_number: z.int(),
    end_column: z.int(),
    warning: z.boolean(),
    error_type: z.string(),
    message: z.string(),
    snippet: z.string().nullable(),
  })
  .meta({ id: "SqlCompilerMessage", description: "An error or a warning, with its place." });

/** What is wrong with a program. */
export const PROGRAM_ERROR: z.ZodType = z
  .object({
    sql_compilation: z
      .object({ exit_code: z.int(), messages: z.array(COMPILER_MESSAGE) })
      .meta({ id: "SqlCompilationInfo", description: "What compiling said; 0 is success." })
      .nullable(),
    rust_compilation: z.null(),
    system_error: z.string().nullable(),
  })
  .meta({ id: "ProgramError", description: "What is wrong with the program." });
