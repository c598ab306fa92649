/** Declared connectors: each one of a program with its factory and format, checked before anything is opened. */

import { type ConnectorDeclaration, type Program, type Table, type View } from "@tidemark/program";

import { ConfigError } from "../config-error.ts";
import { type Encoder } from "../format.ts";
import { type SinkFactory } from "../sink.ts";
import { type OwnFormat, type SourceContext, type SourceFactory } from "../source.ts";
import { type OutputColumn } from "../value.ts";
import { type PipelineOptions } from "./options.ts";
import { asksSoftDelete, softDeleting } from "./soft-delete.ts";

/** A connector of a table. */
export interface DeclaredInput {
  readonly table: Table;
  readonly declaration: ConnectorDeclaration;
  readonly endpoint: string;
  readonly factory: SourceFactory;
  readonly decoder: SourceContext["decoder"];
}

/** A connector of a view. */
export interface DeclaredOutput {
  readonly view: View;
  readonly declaration: ConnectorDeclaration;
  readonly endpoint: string;
  readonly factory: SinkFactory;
  readonly encoder: (columns: readonly OutputColumn[]) => Encoder;
}

/** The inputs of a program in order; throws the `ConfigError` of the first that can't be used. */
export function declaredInputs(
  program: Program,
  { sources, inputFormats }: Pick<PipelineOptions, "sources" | "inputFormats">,
): readonly DeclaredInput[] {
  return program.tables.flatMap((table) =>
    table.connectors.map((declaration) => {
      const endpoint = `${table.id.name}.${declaration.name}`;
      return naming(endpoint, () => {
        const factory = lookUp(sources, "transport", declaration.transport.name);
        const decoder: SourceContext["decoder"] = (given) => {
          const { name, config } = ownFormat(factory) ?? formatOf(declaration);
          const plain = lookUp(inputFormats, "format", name).decoder({ table, config, ...given });
          return asksSoftDelete(declaration, table) ? softDeleting(plain) : plain;
        };
        factory.validate(declaration, table);
        if (needsFormat(factory, declaration)) decoder();
        return { table, declaration, endpoint, factory, decoder };
      });
    }),
  );
}

/** The outputs of a program in order; throws the `ConfigError` of the first that can't be used. */
export function declaredOutputs(
  program: Program,
  { sinks, outputFormats }: Pick<PipelineOptions, "sinks" | "outputFormats">,
): readonly DeclaredOutput[] {
  return program.views.flatMap((view) =>
    view.connectors.map((declaration) => {
      const endpoint = `${view.id.name}.${declaration.name}`;
      return naming(endpoint, () => {
        const factory = lookUp(sinks, "transport", declaration.transport.name);
        const encoder = (columns: readonly OutputColumn[]): Encoder => {
          const { name, config } = ownFormat(factory) ?? formatOf(declaration);
          return lookUp(outputFormats, "format", name).encoder({ columns, config });
        };
        factory.validate(declaration);
        needsFormat(factory, declaration);
        if (declaration.sendSnapshot && !view.materialized) throw noSnapshot(view);
        return { view, declaration, endpoint, factory, encoder };
      });
    }),
  );
}

/** An output has all rows of its view in any case; the contract asks all the same that such a view be materialized. */
function noSnapshot({ id }: View): ConfigError {
  const message = `send_snapshot: view '${id.name}' is not materialized; declare it with CREATE MATERIALIZED VIEW`;
  return new ConfigError("send_snapshot", message);
}

/** Runs what may throw a `ConfigError` so that its message says of which connector. */
function naming<T>(endpoint: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw named(endpoint, error);
  }
}

/** An error as told of one connector. */
export function named(endpoint: string, error: unknown): unknown {
  if (!(error instanceof ConfigError) || error.endpoint !== undefined) return error;
  const { field, message, kind } = error;
  return new ConfigError(field, `connector '${endpoint}': ${message}`, kind, {
    cause: error,
    endpoint,
  });
}

function lookUp<T>(from: ReadonlyMap<string, T>, what: "transport" | "format", name: string): T {
  const found = from.get(name);
  if (found !== undefined) return found;
  const known = [...from.keys()].join(", ");
  const message = `unknown ${what} '${name}'; there are: ${known}`;
  throw new ConfigError(`${what}.name`, message, `unknown-${what}`);
}

function formatOf({ format }: ConnectorDeclaration): NonNullable<typeof format> {
  if (format !== undefined) return format;
  throw new ConfigError("format", "a format is required and missing", "missing-format");
}

function ownFormat({ format }: Pick<SourceFactory, "format">): OwnFormat | undefined {
  return typeof format === "string" ? undefined : format;
}

function needsFormat(
  factory: Pick<SourceFactory, "transport" | "format">,
  declaration: ConnectorDeclaration,
): boolean {
  if (factory.format === "required") formatOf(declaration);
  const brings = ownFormat(factory) !== undefined;
  if (factory.format !== "forbidden" && !brings) return declaration.format !== undefined;
  if (declaration.format === undefined) return brings;
  const message = `transport '${factory.transport}' takes no format`;
  throw new ConfigError("format", message, "unsupported");
}
