/** A program: tables, views and the connectors on them, as one SQL text declares them. */

import { type ColumnType } from "./column-type.ts";
import { type Identifier } from "./identifier.ts";

/** A place in the program text; lines and columns count from 1. */
export interface Span {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Where a property's key and value stand. */
export interface PropertyPosition {
  readonly key: Span;
  readonly value: Span;
}

/** A column of a table. */
export interface Column {
  readonly id: Identifier;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** The SQL expression of its DEFAULT, as written. */
  readonly defaultSql?: string;
}

/** What `on_reject` of a connector may say. */
export type OnReject = "skip" | "stop" | "retry" | "dead_letter";

/** A connector as its relation declares it: the documented fields of a `connectors` entry. */
export interface ConnectorDeclaration {
  /** Given, or `unnamed-{i}` by its place in the list of its relation. */
  readonly name: string;
  readonly transport: { readonly name: string; readonly config: JsonObject };
  readonly format?: { readonly name: string; readonly config: JsonObject };
  readonly paused: boolean;
  readonly labels: readonly string[];
  readonly startAfter: readonly string[];
  readonly maxBatchSize?: number;
  /** What becomes of records that are refused: `skip` or `stop` of inputs, `retry` or `dead_letter` of outputs. */
  readonly onReject?: OnReject;
  /** How many rejected records are kept; the default of the engine where absent. */
  readonly maxRejects?: number;
  readonly maxQueuedRecords: number;
  readonly maxQueuedBytes: number;
  readonly sendSnapshot: boolean;
  /** The index of its view that an output goes by; absent where it names none. */
  readonly index?: Identifier;
  /** How long changes are held back to be delivered together; absent where they are not. */
  readonly outputBuffer?: OutputBuffer;
  /** The entry as it was written, for answers that show it. */
  readonly declared: JsonObject;
}

/** When changes that are held back are delivered: whichever comes first. */
export interface OutputBuffer {
  /** So many milliseconds after the first of them; absent means that time does not matter. */
  readonly maxTimeMs?: number;
  /** As soon as there are so many records. */
  readonly maxRecords: number;
}

/** A JSON object as parsed. */
export type JsonObject = { readonly [key: string]: JsonValue };
/** A JSON value as parsed. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A table. */
export interface Table {
  readonly kind: "table";
  readonly id: Identifier;
  readonly columns: readonly Column[];
  /** Indexes into `columns` of the primary key; empty where the table is a bag. */
  readonly primaryKey: readonly number[];
  /** Whether queries may read it: asked for, or implied by a primary key. */
  readonly materialized: boolean;
  readonly connectors: readonly ConnectorDeclaration[];
  readonly properties: Readonly<Record<string, string>>;
  /** Where each property stands, for answers that show it. */
  readonly propertyPositions?: Readonly<Record<string, PropertyPosition>>;
  readonly span: Span;
}

/** A view. */
export interface View {
  readonly kind: "view";
  readonly id: Identifier;
  /** Column names, where the statement lists them. */
  readonly columnNames?: readonly Identifier[];
  /** The query after AS, with its names folded as `foldNames` does. */
  readonly query: string;
  readonly materialized: boolean;
  /** LOCAL views have no outputs and can't be read from outside. */
  readonly local: boolean;
  readonly connectors: readonly ConnectorDeclaration[];
  /** Those that outputs may name; absent where it has none. */
  readonly indexes?: readonly ViewIndex[];
  readonly properties: Readonly<Record<string, string>>;
  /** Where each property stands, for answers that show it. */
  readonly propertyPositions?: Readonly<Record<string, PropertyPosition>>;
  readonly span: Span;
}

/** An index of a view: columns that tell its rows apart. Nothing is stored by it. */
export interface ViewIndex {
  readonly id: Identifier;
  readonly columns: readonly { readonly id: Identifier; readonly span: Span }[];
}

/** A parsed program, its relations in the order written. */
export interface Program {
  readonly tables: readonly Table[];
  readonly views: readonly View[];
}

/** What is wrong with a program, in the shape of the documented compiler messages. */
export interface ProgramError {
  readonly span: Span;
  readonly warning: boolean;
  /** For example `Error parsing SQL` or `ConnectorGenerationError`. */
  readonly errorType: string;
  readonly message: string;
  /** The offending lines. */
  readonly snippet: string;
}

/** What parsing answers. */
export type ParsedProgram =
  | { readonly kind: "program"; readonly program: Program }
  | { readonly kind: "invalid"; readonly errors: readonly ProgramError[] };
