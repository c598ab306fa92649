/** Declared observers: each connector of a program with what observes it, checked before anything is opened. */

import { type ConnectorDeclaration, type Program, type Table } from "@tidemark/program";

import { ConfigError } from "../config-error.ts";
import { type ObserverFactory } from "../observer.ts";
import { named } from "../pump/declared.ts";

/** A connector of a table that is observed. */
export interface DeclaredObserver {
  readonly table: Table;
  readonly declaration: ConnectorDeclaration;
  readonly endpoint: string;
  readonly factory: ObserverFactory;
}

/** The inputs of a program in order; throws the `ConfigError` of the first that can't be observed. */
export function declaredObservers(
  program: Program,
  observers: ReadonlyMap<string, ObserverFactory>,
): readonly DeclaredObserver[] {
  return program.tables.flatMap((table) =>
    table.connectors.map((declaration) => {
      const endpoint = `${table.id.name}.${declaration.name}`;
      try {
        const factory = observerOf(declaration, observers);
        factory.validate(declaration, table);
        return { table, declaration, endpoint, factory };
      } catch (error) {
        throw named(endpoint, error);
      }
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
