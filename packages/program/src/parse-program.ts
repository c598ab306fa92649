/** Reads a whole program. */

import { type ColumnType } from "./column-type.ts";
import { parseConnectors } from "./connectors.ts";
import { missingColumn } from "./index-columns.ts";
import { booleanProperty, type Property } from "./parse-properties.ts";
import { type IndexStatement, parseStatement, plain, type Statement } from "./parse-statement.ts";
import {
  type ConnectorDeclaration,
  type ParsedProgram,
  type ProgramError,
  type Table,
  type View,
  type ViewIndex,
} from "./program.ts";
import { REJECTED_NAME } from "./rejected-relation.ts";
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
  /** By name, those of tables too. */
  readonly #indexes = new Map<string, IndexStatement>();
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
    if (statement.kind === "index") {
      this.#addIndex(statement);
      return;
    }
    if (this.#names.has(statement.id.name)) throw declaredTwice("relation", statement.id);
    if (statement.id.name === REJECTED_NAME) {
      const message = `the name '${REJECTED_NAME}' is reserved for the relation of rejected records; choose another one`;
      throw new SyntaxFault(statement.id, message, "Compilation error");
    }
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
    const views = this.#views.map((view) => this.#withIndexes(view));
    return { kind: "program", program: { tables: this.#tables, views } };
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

  /** Views that list no columns are looked into once an engine has told them. */
  #addIndex(statement: IndexStatement): void {
    const { id, relation, columns } = statement;
    if (this.#indexes.has(id.name)) throw declaredTwice("index", id);
    const isOn = (one: Table | View): boolean => one.id.name === relation.name;
    const table = this.#tables.find(isOn);
    const view = this.#views.find(isOn);
    if (table === undefined && view === undefined) {
      const message = `index '${id.name}' is on '${relation.name}', which no statement before it declares`;
      throw new SyntaxFault(relation, message, "Compilation error");
    }
    const known = table?.columns.map((column) => column.id) ?? view?.columnNames;
    const missing = columns.find(({ name }) => known?.every((one) => one.name !== name) === true);
    if (missing !== undefined) {
      const message = missingColumn(id, { relation, missing, known: known ?? [] });
      throw new SyntaxFault(missing, message, "Compilation error");
    }
    this.#indexes.set(id.name, statement);
  }

  #withIndexes(view: View): View {
    const indexes = [...this.#indexes.values()]
      .filter(({ relation }) => relation.name === view.id.name)
      .map(({ id, columns }): ViewIndex => ({
        id: plain(id),
        columns: columns.map((each) => ({ id: plain(each), span: this.#positions.span(each) })),
      }));
    return indexes.length === 0 ? view : { ...view, indexes };
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

function declaredTwice(what: string, at: Range & { readonly name: string }): SyntaxFault {
  return new SyntaxFault(at, `${what} '${at.name}' is declared twice`, "Compilation error");
}
