/** Reads a whole program. */

import { type ColumnType } from "./column-type.ts";
import { parseConnectors } from "./connectors.ts";
import { booleanProperty, type Property } from "./parse-properties.ts";
import { parseStatement, type PlacedName, type Statement } from "./parse-statement.ts";
import {
  type ConnectorDeclaration,
  type ParsedProgram,
  type ProgramError,
  type Table,
  type View,
} from "./program.ts";
import { SyntaxFault } from "./syntax-fault.ts";
import { type Range, TextPositions } from "./text-position.ts";
import { TokenCursor } from "./token-cursor.ts";
import { tokenize } from "./tokenizer.ts";

/** Reads the text of a program and says all that is wrong with it; never throws. */
export function parseProgram(sql: string): ParsedProgram {
  const reading = new Reading(sql);
  const { tokens, fault } = tokenize(sql);
  const cursor = new TokenCursor(sql, tokens);
  while (cursor.peek().kind !== "end") {
    if (cursor.takeSymbol(";")) continue;
    const start = cursor.peek().start;
    try {
      reading.add(parseStatement(cursor, reading.types));
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      if (fault === undefined || error.range.start < sql.length) reading.report(error);
      if (cursor.previous.start < start || !cursor.previous.text.endsWith(";")) {
        cursor.skipStatement();
      }
    }
  }
  if (fault !== undefined) reading.report(fault);
  return reading.result();
}

/** What is known of a program while its statements are read. */
class Reading {
  readonly types = new Map<string, ColumnType>();
  readonly #positions: TextPositions;
  readonly #tables: Table[] = [];
  readonly #views: View[] = [];
  readonly #names = new Set<string>();
  readonly #errors: ProgramError[] = [];

  constructor(sql: string) {
    this.#positions = new TextPositions(sql);
  }

  add(statement: Statement): void {
    if (statement.kind === "type") {
      if (this.types.has(statement.id.name)) throw declaredTwice("type", statement.id);
      this.types.set(statement.id.name, statement.type);
      return;
    }
    if (this.#names.has(statement.id.name)) throw declaredTwice("relation", statement.id);
    this.#names.add(statement.id.name);
    if (statement.kind === "table") this.#addTable(statement);
    else this.#addView(statement);
  }

  report(fault: SyntaxFault): void {
    const span = this.#positions.span(fault.range);
    this.#errors.push({
      span,
      warning: false,
      errorType: fault.errorType,
      message: fault.message,
      snippet: this.#positions.snippet(span),
    });
  }

  result(): ParsedProgram {
    if (this.#errors.length > 0) return { kind: "invalid", errors: this.#errors };
    return { kind: "program", program: { tables: this.#tables, views: this.#views } };
  }

  #addTable(statement: Extract<Statement, { kind: "table" }>): void {
    this.#tables.push({
      kind: "table",
      id: plain(statement.id),
      columns: statement.columns,
      primaryKey: statement.primaryKey,
      materialized:
        booleanProperty(statement.properties, "materialized") || statement.primaryKey.length > 0,
      ...this.#declared(statement),
    });
  }

  #addView(statement: Extract<Statement, { kind: "view" }>): void {
    this.#views.push({
      kind: "view",
      id: plain(statement.id),
      ...(statement.columnNames === undefined ? {} : { columnNames: statement.columnNames }),
      query: statement.query,
      materialized: statement.materialized,
      local: statement.local,
      ...this.#declared(statement),
    });
  }

  #declared(
    statement: Extract<Statement, { kind: "table" | "view" }>,
  ): Pick<Table, "connectors" | "properties" | "propertyPositions" | "span"> {
    const properties = [...statement.properties.values()];
    return {
      connectors: this.#connectors(statement, statement.properties.get("connectors")),
      properties: Object.fromEntries(properties.map(({ key, value }) => [key.value, value.value])),
      propertyPositions: Object.fromEntries(
        properties.map(({ key, value }) => [
          key.value,
          { key: this.#positions.span(key), value: this.#positions.span(value) },
        ]),
      ),
      span: this.#positions.span(statement.range),
    };
  }

  #connectors(
    statement: Extract<Statement, { kind: "table" | "view" }>,
    property: Property | undefined,
  ): readonly ConnectorDeclaration[] {
    if (property === undefined) return [];
    const { kind, id } = statement;
    const parsed = parseConnectors(property.value.value, { name: id.name, kind });
    const messages =
      parsed.kind === "invalid" ? parsed.messages : localConnectors(statement, parsed);
    for (const message of messages) {
      this.report(new SyntaxFault(property.value, message, "ConnectorGenerationError"));
    }
    return parsed.kind === "invalid" ? [] : parsed.connectors;
  }
}

function localConnectors(
  statement: Extract<Statement, { kind: "table" | "view" }>,
  parsed: { readonly connectors: readonly ConnectorDeclaration[] },
): readonly string[] {
  if (statement.kind !== "view" || !statement.local || parsed.connectors.length === 0) return [];
  return [`relation '${statement.id.name}': a LOCAL view has no outputs and takes no connectors`];
}

function plain({ name, quoted }: PlacedName): { readonly name: string; readonly quoted: boolean } {
  return { name, quoted };
}

function declaredTwice(what: string, at: Range & { readonly name: string }): SyntaxFault {
  return new SyntaxFault(at, `${what} '${at.name}' is declared twice`, "Compilation error");
}
