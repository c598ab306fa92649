/** Sessions: one connection to a database, opened when it is needed, and opened again after a fault. */

import { ConfigError } from "@tidemark/connector";
import { Client, type FieldDef, type QueryResult, types } from "pg";

import { type Names, pinSettings } from "./pinned-settings.ts";
import { isSqlState, type Target, withoutSecrets } from "./target.ts";

/** A row of text, by column; bytes stay bytes. */
export type TextRow = Readonly<Record<string, unknown>>;

/** Longer than this a server that does not answer is not waited for. */
const CONNECT_MS = 5000;
const QUERY_MS = 10_000;

const BYTES: ReadonlySet<number> = new Set([types.builtins.BYTEA]);
const readBytes = types.getTypeParser(types.builtins.BYTEA);

/** Every value as the text that the server sent. */
export const AS_TEXT: {
  readonly getTypeParser: (oid: number) => (text: string) => unknown;
} = {
  getTypeParser: (oid: number) => (BYTES.has(oid) ? readBytes : (text: string): string => text),
};

/** Connection faults that only the operator can mend, by SQLSTATE or Node's code. */
const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["28P01", "refused the password"],
  ["28000", "refused the user"],
  ["3D000", "has no such database"],
  ["42501", "does not permit it"],
  ["ENOTFOUND", "is no host that can be found"],
  ["ECONNREFUSED", "refused the connection: nothing listens there"],
  ["EHOSTUNREACH", "is on a host that can't be reached"],
  ["ENETUNREACH", "is on a network that can't be reached"],
]);

/** Runs statements one after the other; the connection is made with the first one. */
export class Session implements AsyncDisposable {
  readonly #target: Target;
  readonly #name: string;
  readonly #queryMs: number;
  readonly #names: Names;
  #client: Promise<Client> | undefined;

  /** `name` is how the server's own views show it. */
  constructor(
    target: Target,
    name: string,
    { queryMs = QUERY_MS, names = "ours" }: { queryMs?: number; names?: Names } = {},
  ) {
    this.#target = target;
    this.#name = name;
    this.#queryMs = queryMs;
    this.#names = names;
  }

  /**
   * Runs a statement; a fault of the connection closes it, and the next call opens another. With a
   * name, the server plans it once for all calls.
   */
  async rows(
    sql: string,
    values: readonly unknown[] = [],
    { name }: { readonly name?: string } = {},
  ): Promise<readonly TextRow[]> {
    return (await this.#run(sql, values, name)).rows;
  }

  /** The columns that a statement answers, by `rows`'s rules. */
  async fields(sql: string): Promise<readonly Pick<FieldDef, "name" | "dataTypeID">[]> {
    return (await this.#run(sql, [])).fields;
  }

  async #run(
    sql: string,
    values: readonly unknown[],
    name?: string,
  ): Promise<QueryResult<TextRow>> {
    const client = await this.client();
    try {
      return await client.query<TextRow>({
        ...(name === undefined ? {} : { name }),
        text: sql,
        values: [...values],
        types: AS_TEXT,
      });
    } catch (error) {
      if (!isStatementFault(error)) await this.#drop();
      throw withoutSecrets(error, this.#target);
    }
  }

  /** The connection itself, for what `rows` can't do. */
  async client(): Promise<Client> {
    this.#client ??= this.#connect();
    try {
      return await this.#client;
    } catch (error) {
      this.#client = undefined;
      throw withoutSecrets(error, this.#target);
    }
  }

  /** Closes the connection, so that the next statement goes to whichever server is at the address then. */
  async reconnect(): Promise<void> {
    await this.#drop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drop();
  }

  async #connect(): Promise<Client> {
    const { uri, ssl } = this.#target;
    const client = new Client({
      connectionString: uri,
      ...(ssl === undefined ? {} : { ssl }),
      application_name: this.#name,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: this.#queryMs,
      keepAlive: true,
    });
    // A connection that ends by itself is noticed by the next statement.
    client.on("error", () => {
      this.#client = undefined;
    });
    await client.connect();
    try {
      await pinSettings(client, this.#names);
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    return client;
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    const open = await client?.catch(() => undefined);
    // Not waited for: a server that does not answer does not say goodbye either.
    open?.end().catch(() => undefined);
  }
}

/** What the operator must mend, as a `ConfigError`; other errors as they are. */
export function asConfigError(error: unknown, { shown }: Target): unknown {
  const why = OPERATORS.get(codeOf(error));
  if (why === undefined) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new ConfigError("transport.config.uri", `PostgreSQL at ${shown} ${why} (${said})`);
}

/** SQLSTATE, or Node's code of a fault of the connection. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** A SQLSTATE other than those of a server that is going away: the connection is as good as before. */
function isStatementFault(error: unknown): boolean {
  const code = codeOf(error);
  return isSqlState(code) && !code.startsWith("57P") && !code.startsWith("08");
}
