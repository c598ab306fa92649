/** Declared connectors: each one of a program with its factory and format, checked before anything is opened. */

import {
  type ConnectorDeclaration,
  type Program,
  type Table,
  type View,
  type ViewIndex,
} from "@tidemark/program";

import { ConfigError } from "../config-error.ts";
import { type Encoder } from "../format.ts";
import { concealingSinks, concealingSources } from "../secrets/concealing.ts";
import { type SecretLookup } from "../secrets/reference.ts";
import { type Resolved, resolved } from "../secrets/resolve.ts";
import { type SinkFactory } from "../sink.ts";
import {
  type InputRejects,
  type OwnFormat,
  type SourceContext,
  type SourceFactory,
} from "../source.ts";
import { type OutputColumn } from "../value.ts";
import { type PipelineOptions } from "./options.ts";
import { asksSoftDelete, softDeleting } from "./soft-delete.ts";

/** A connector of a table. */
export interface DeclaredInput {
  readonly table: Table;
  /** As it is written. */
  readonly declaration: ConnectorDeclaration;
  /** With the values that it refers to: for its factory, and nobody else. */
  readonly connector: ConnectorDeclaration;
  readonly endpoint: string;
  readonly factory: SourceFactory;
  readonly decoder: SourceContext["decoder"];
  readonly onReject: InputRejects;
}

/** A connector of a view. */
export interface DeclaredOutput {
  readonly view: View;
  /** As it is written. */
  readonly declaration: ConnectorDeclaration;
  /** With the values that it refers to: for its factory, and nobody else. */
  readonly connector: ConnectorDeclaration;
  readonly endpoint: string;
  readonly factory: SinkFactory;
  readonly encoder: (columns: readonly OutputColumn[]) => Encoder;
  readonly index?: ViewIndex;
}

/**
 * The inputs of a program in order; throws the `ConfigError` of the first that can't be used. Without
 * `secrets`, what refers to values is checked only as far as it can be without them.
 */
export function declaredInputs(
  program: Program,
  options: Pick<PipelineOptions, "sources" | "inputFormats"> & { readonly secrets?: SecretLookup },
): readonly DeclaredInput[] {
  return program.tables.flatMap((table) =>
    table.connectors.map((declaration) => {
      const endpoint = `${table.id.name}.${declaration.name}`;
      return withSecrets(endpoint, declaration, options.secrets, (given) =>
        declaredInput(table, { declaration, endpoint, ...given }, options),
      );
    }),
  );
}

/** What the connector's entry asks for; the transport's own default where it is silent. */
function onRejectOf(
  { onReject }: ConnectorDeclaration,
  factory: Pick<SourceFactory, "onReject">,
): InputRejects {
  return onReject === "skip" || onReject === "stop" ? onReject : (factory.onReject ?? "skip");
}

function declaredInput(
  table: Table,
  { declaration: written, endpoint, connector, concealer, complete }: Given,
  { sources, inputFormats }: Pick<PipelineOptions, "sources" | "inputFormats">,
): DeclaredInput {
  const factory = lookUp(sources, "transport", connector.transport.name);
  const decoder: SourceContext["decoder"] = (given) => {
    const { name, config } = ownFormat(factory) ?? formatOf(connector);
    const plain = lookUp(inputFormats, "format", name).decoder({ table, config, ...given });
    return asksSoftDelete(connector, table) ? softDeleting(plain) : plain;
  };
  if (complete) factory.validate(connector, table);
  if (needsFormat(factory, connector) && complete) decoder();
  const concealed = concealingSources(factory, concealer);
  const onReject = onRejectOf(connector, factory);
  return {
    table,
    declaration: written,
    connector,
    endpoint,
    factory: concealed,
    decoder,
    onReject,
  };
}

/** What outputs are checked against. */
type OutputChecks = Pick<PipelineOptions, "sinks" | "outputFormats"> & {
  /** The view's, where they are known already: its format is then checked against them. */
  readonly columns?: readonly OutputColumn[];
};

/** The outputs of a program in order; as `declaredInputs`. */
export function declaredOutputs(
  program: Program,
  options: OutputChecks & { readonly secrets?: SecretLookup },
): readonly DeclaredOutput[] {
  return program.views.flatMap((view) =>
    view.connectors.map((declaration) => {
      const endpoint = `${view.id.name}.${declaration.name}`;
      return withSecrets(endpoint, declaration, options.secrets, (given) =>
        declaredOutput(view, { declaration, endpoint, ...given }, options),
      );
    }),
  );
}

function declaredOutput(
  view: View,
  { declaration, endpoint, connector, concealer, complete }: Given,
  { sinks, outputFormats, columns: known }: OutputChecks,
): DeclaredOutput {
  const factory = lookUp(sinks, "transport", connector.transport.name);
  const encoder = (columns: readonly OutputColumn[]): Encoder => {
    const { name, config } = ownFormat(factory) ?? formatOf(connector);
    return lookUp(outputFormats, "format", name).encoder({ columns, config });
  };
  if (complete) factory.validate(connector);
  if (connector.onReject === "dead_letter" && factory.refusesRows !== true) {
    const message = `transport '${factory.transport}' can't tell which rows its target refuses; leave 'on_reject' out`;
    throw new ConfigError("on_reject", message, "unsupported");
  }
  if (needsFormat(factory, connector) && complete) {
    lookUp(outputFormats, "format", (ownFormat(factory) ?? formatOf(connector)).name);
    if (known !== undefined) encoder(known);
  }
  if (connector.sendSnapshot && !view.materialized) throw noSnapshot(view);
  const index = indexOf(view, connector, factory);
  const concealed = concealingSinks(factory, concealer);
  return { view, declaration, connector, endpoint, factory: concealed, encoder, ...index };
}

function indexOf(
  view: View,
  connector: ConnectorDeclaration,
  { transport, usesIndex }: SinkFactory,
): { readonly index?: ViewIndex } {
  const asked = connector.index;
  if (asked === undefined) return {};
  const index = view.indexes?.find(({ id }) => id.name === asked.name);
  if (index === undefined) {
    const message = `'${asked.name}' is not an index of view '${view.id.name}'; declare it with CREATE INDEX`;
    throw new ConfigError("index", message);
  }
  if (usesIndex === true) return { index };
  const message = `transport '${transport}' does not use indexes; leave 'index' out`;
  throw new ConfigError("index", message, "unsupported");
}

/** An output has all rows of its view in any case; the contract asks all the same that such a view be materialized. */
function noSnapshot({ id }: View): ConfigError {
  const message = `send_snapshot: view '${id.name}' is not materialized; declare it with CREATE MATERIALIZED VIEW`;
  return new ConfigError("send_snapshot", message);
}

/** A connector on its way to be declared. */
interface Given extends Resolved {
  readonly declaration: ConnectorDeclaration;
  readonly endpoint: string;
}

/** Runs what may throw a `ConfigError` so that its message says of which connector, and no secret. */
export function withSecrets<T>(
  endpoint: string,
  declaration: ConnectorDeclaration,
  secrets: SecretLookup | undefined,
  use: (resolved: Resolved) => T,
): T {
  try {
    const given = resolved(declaration, secrets);
    try {
      return use(given);
    } catch (error) {
      throw given.concealer.error(error);
    }
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
