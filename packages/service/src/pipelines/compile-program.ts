/** Compiling: from the text of a program to what it declares, or all that is wrong with it. */

import { type Compiled, ConfigError, type OutputColumn } from "@tidemark/connector";
import {
  type ConnectorDeclaration,
  indexErrors,
  type JsonObject,
  parseProgram,
  placedError,
  type Program,
  type ProgramError,
  programInfo,
  redactedText,
  spell,
  type Table,
  type View,
} from "@tidemark/program";

import { type EngineKind } from "./engine-kind.ts";

/** What compiling answers. */
export type CompileOutcome =
  | { readonly kind: "compiled"; readonly info: JsonObject }
  | { readonly kind: "invalid"; readonly errors: readonly ProgramError[] };

/** What compiling needs from outside. */
export interface CompilePorts {
  readonly compile: (program: Program, engine: EngineKind) => Promise<Compiled>;
  readonly validateConnector: (
    relation: Table | View,
    connector: ConnectorDeclaration,
    engine: EngineKind,
    columns?: readonly OutputColumn[],
  ) => void;
}

/**
 * Parses the text, checks every connector and has the engine check the rest. What is wrong is told
 * without the secrets that stand in the text.
 */
export async function compileProgram(
  sql: string,
  engine: EngineKind,
  ports: CompilePorts,
): Promise<CompileOutcome> {
  const outcome = await compiledProgram(sql, engine, ports);
  if (outcome.kind === "compiled") return outcome;
  const errors = outcome.errors.map((error) => ({
    ...error,
    message: redactedText(error.message),
    snippet: redactedText(error.snippet),
  }));
  return { kind: "invalid", errors };
}

async function compiledProgram(
  sql: string,
  engine: EngineKind,
  ports: CompilePorts,
): Promise<CompileOutcome> {
  const parsed = parseProgram(sql);
  if (parsed.kind === "invalid") return parsed;
  const { program } = parsed;
  const errors = connectorErrors(sql, program, (relation, connector) =>
    ports.validateConnector(relation, connector, engine),
  );
  if (errors.length > 0) return { kind: "invalid", errors };
  const compiled = await ports.compile(program, engine);
  if (compiled.kind === "invalid") {
    return { kind: "invalid", errors: compiled.errors.map((error) => placedError(sql, error)) };
  }
  const wrong = [
    ...indexErrors(sql, program, compiled.views),
    ...connectorErrors(sql, { tables: [], views: program.views }, (view, connector) =>
      ports.validateConnector(view, connector, engine, compiled.views.get(view.id.name)),
    ),
  ];
  if (wrong.length > 0) return { kind: "invalid", errors: wrong };
  return { kind: "compiled", info: programInfo(program, compiled.views) };
}

function connectorErrors(
  sql: string,
  program: Program,
  validate: (relation: Table | View, connector: ConnectorDeclaration) => void,
): readonly ProgramError[] {
  const errors: ProgramError[] = [];
  for (const relation of [...program.tables, ...program.views]) {
    for (const connector of relation.connectors) {
      try {
        validate(relation, connector);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        errors.push(connectorError(sql, relation, connector, error));
      }
    }
  }
  return errors;
}

function connectorError(
  sql: string,
  relation: Table | View,
  connector: ConnectorDeclaration,
  error: ConfigError,
): ProgramError {
  return placedError(sql, {
    span: relation.span,
    warning: false,
    errorType: "ConnectorGenerationError",
    message: `relation '${spell(relation.id)}': connector '${connector.name}': field '${error.field}': ${error.message}`,
  });
}
