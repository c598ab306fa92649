/** Programs for tests: tables of one text column, and views that show one table each. */

import {
  type ConnectorDeclaration,
  type Program,
  type Span,
  type Table,
  type View,
} from "@tidemark/program";

const SPAN: Span = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 };

/** A connector with the documented defaults. */
export function connector(
  name: string,
  transport: string,
  given: Partial<ConnectorDeclaration> = {},
): ConnectorDeclaration {
  return {
    name,
    transport: { name: transport, config: {} },
    paused: false,
    labels: [],
    startAfter: [],
    maxQueuedRecords: 1_000_000,
    maxQueuedBytes: 1_000_000_000,
    sendSnapshot: false,
    declared: {},
    ...given,
  };
}

/** A connector that reads the log of the same name. */
export function logConnector(
  name: string,
  given: Partial<ConnectorDeclaration> = {},
): ConnectorDeclaration {
  return connector(name, "log", { transport: { name: "log", config: { log: name } }, ...given });
}

/** A table of one text column. */
export function table(name: string, ...connectors: readonly ConnectorDeclaration[]): Table {
  const type = { kind: "text", fixed: false } as const;
  return {
    kind: "table",
    id: { name, quoted: false },
    columns: [{ id: { name: "s", quoted: false }, type, nullable: true }],
    primaryKey: [],
    materialized: true,
    connectors,
    properties: {},
    span: SPAN,
  };
}

/** A view of one table's rows, with sinks of these names. */
export function view(name: string, of: string, ...sinks: readonly string[]): View {
  return {
    kind: "view",
    id: { name, quoted: false },
    query: of,
    materialized: true,
    local: false,
    connectors: sinks.map((sink) => connector(sink, "memory")),
    properties: {},
    span: SPAN,
  };
}

/** A program. */
export function program(tables: readonly Table[], views: readonly View[] = []): Program {
  return { tables, views };
}
