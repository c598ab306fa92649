/** Resolving: a connector's configuration with the values that it refers to, and how to keep them from being shown. */

import { type ConnectorDeclaration, type JsonObject, type JsonValue } from "@tidemark/program";

import { ConfigError } from "../config-error.ts";
import { Concealer } from "./concealer.ts";
import { type Reference, referencesIn, replaceReferences, type SecretLookup } from "./reference.ts";

/** A connector as it is to be opened. */
export interface Resolved {
  readonly connector: ConnectorDeclaration;
  /** Whether it is without references, so that all of it can be checked. */
  readonly complete: boolean;
  /** Hides what the configuration holds of secrets, its own and those referred to. */
  readonly concealer: Concealer;
}

/** How a malformed reference should have been written. */
const FORMS = "${env:NAME} or ${secret:kubernetes:<name>/<key>}";

/**
 * Replaces every reference; throws `ConfigError` naming the field and the reference, never a value.
 * Without `lookUp` it only looks whether they are where and as they may be.
 */
export function resolved(
  declaration: ConnectorDeclaration,
  lookUp: SecretLookup | undefined,
): Resolved {
  const { transport, format } = declaration;
  const references = referencesOf(declaration);
  const values = new Map<string, string>();
  for (const [path, reference] of lookUp === undefined ? [] : references) {
    const found = lookUp?.(reference);
    if (found?.kind === "found") values.set(reference.text, found.value);
    else throw new ConfigError(path, `'${reference.text}' can't be replaced: ${found?.why}`);
  }
  const connector: ConnectorDeclaration = {
    ...declaration,
    transport: { ...transport, config: replacedObject(transport.config, values) },
    ...(format && { format: { ...format, config: replacedObject(format.config, values) } }),
  };
  const configs = [connector.transport.config, connector.format?.config ?? {}];
  const complete = values.size > 0 || references.length === 0;
  return { connector, complete, concealer: new Concealer(values, configs) };
}

/** The references of a connector by the paths of their fields; throws for one that can't be. */
function referencesOf(
  declaration: ConnectorDeclaration,
): readonly (readonly [string, Reference])[] {
  const { transport, format, declared } = declaration;
  const { transport: _transport, format: _format, ...rest } = declared;
  const names = { "transport.name": transport.name, "format.name": format?.name ?? "" };
  visit({ ...rest, ...names }, "", (written, path) => {
    throw misplaced(written, path);
  });
  const references: (readonly [string, Reference])[] = [];
  const found = (reference: Reference | string, path: string): void => {
    if (typeof reference === "string") throw malformed(reference, path);
    references.push([path, reference]);
  };
  visit(transport.config, "transport.config", found);
  visit(format?.config ?? {}, "format.config", found);
  return references;
}

/** Calls for every reference in the texts of a value; one in a field's name is misplaced. */
function visit(
  value: JsonValue,
  path: string,
  found: (reference: Reference | string, path: string) => void,
): void {
  if (typeof value === "string") for (const one of referencesIn(value)) found(one, path);
  if (typeof value !== "object" || value === null) return;
  for (const [name, one] of Object.entries(value)) {
    const inner = path === "" ? name : `${path}.${name}`;
    for (const reference of referencesIn(name)) throw misplaced(reference, inner);
    visit(one, inner, found);
  }
}

function replacedObject(value: JsonObject, values: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, replaced(one, values)]),
  );
}

function replaced(value: JsonValue, values: ReadonlyMap<string, string>): JsonValue {
  if (typeof value === "string") {
    return replaceReferences(value, (written) => values.get(written) ?? written);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one: JsonValue) => replaced(one, values));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, replaced(one, values)]),
  );
}

function textOf(reference: Reference | string): string {
  return typeof reference === "string" ? reference : reference.text;
}

function malformed(written: string, path: string): ConfigError {
  return new ConfigError(path, `'${written.slice(0, 80)}' is no reference: write ${FORMS}`);
}

function misplaced(written: Reference | string, path: string): ConfigError {
  const message = `'${textOf(written)}' stands where it is not replaced: references are for values within the config of a transport or format`;
  return new ConfigError(path, message);
}
