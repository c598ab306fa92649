/** Declared observers: each connector of a program with what observes it, checked before anything is opened. */

import { type ConnectorDeclaration, type Program, type Table } from "@tidemark/program";

import { ConfigError } from "../config-error.ts";
import { type ObserverFactory } from "../observer.ts";
import { withSecrets } from "../pump/declared.ts";
import { concealingObservers } from "../secrets/concealing.ts";
import { type SecretLookup } from "../secrets/reference.ts";

/** A connector of a table that is observed. */
export interface DeclaredObserver {
  readonly table: Table;
  /** As it is written. */
  readonly declaration: ConnectorDeclaration;
  /** With the values that it refers to: for its factory, and nobody else. */
  readonly connector: ConnectorDeclaration;
  readonly endpoint: string;
  readonly factory: ObserverFactory;
}

/**
 * The inputs of a program in order; throws the `ConfigError` of the first that can't be observed.
 * Without `secrets`, what refers to values is checked only as far as it can be without them.
 */
export function declaredObservers(
  program: Program,
  observers: ReadonlyMap<string, ObserverFactory>,
  secrets?: SecretLookup,
): readonly DeclaredObserver[] {
  return program.tables.flatMap((table) =>
    table.connectors.map((declaration) => {
      const endpoint = `${table.id.name}.${declaration.name}`;
      return withSecrets(endpoint, declaration, secrets, ({ connector, concealer, complete }) => {
        const factory = observerOf(connector, observers);
        if (complete) factory.validate(connector, table);
        const concealed = concealingObservers(factory, concealer);
        return { table, declaration, connector, endpoint, factory: concealed };
      });
    }),
  );
}

function observerOf(
  { transport }: ConnectorDeclaration,
  observers: ReadonlyMap<string, ObserverFactory>,
): ObserverFactory {
  const found = observers.get(transport.name);
  if (found !== undefined) return found;
  const known = [...observers.keys()].join(", ");
  const message = `transport '${transport.name}' can't be observed for an external engine; there are: ${known}`;
  throw new ConfigError("transport.name", message, "unsupported");
}
