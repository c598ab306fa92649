/** Declarations for tests. */

import {
  type ColumnType,
  type ConnectorDeclaration,
  type JsonObject,
  type Table,
} from "@tidemark/program";

/** A table of these columns; those with capitals are quoted. */
export function table(columns: Readonly<Record<string, ColumnType>>): Table {
  return {
    kind: "table",
    id: { name: "t", quoted: false },
    columns: Object.entries(columns).map(([name, type]) => ({
      id: { name, quoted: name !== name.toLowerCase() },
      type,
      nullable: true,
    })),
    primaryKey: [],
    materialized: true,
    connectors: [],
    properties: {},
    span: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
  };
}

/** A connector with this configuration. */
export function declaration(config: JsonObject): ConnectorDeclaration {
  return {
    name: "c",
    transport: { name: "datagen", config },
    paused: false,
    labels: [],
    startAfter: [],
    maxQueuedRecords: 1,
    maxQueuedBytes: 1,
    sendSnapshot: false,
    declared: {},
  };
}
