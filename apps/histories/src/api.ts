/** REST as a caller without any code of ours does it, and what no answer may be. */

import { type ServerLife } from "./server-life.ts";

/** How long an answer may take beyond the time that was asked for. */
const ANSWER_MS = 30_000;

/** What came of a request: an answer, or a server that died meanwhile. */
export type Outcome =
  | { readonly kind: "answered"; readonly status: number; readonly body: JsonRecord }
  | { readonly kind: "died" };

/** A JSON object. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** What is sent. */
export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly waitSeconds?: number;
  /** The answer is a JSON value in each line, which become `rows`. */
  readonly answersLines?: boolean;
}

/** Asks one server over all its lives; throws for every answer that the contract has no place for. */
export class Api {
  readonly #server: ServerLife;

  constructor(server: ServerLife) {
    this.#server = server;
  }

  /** One request. */
  async ask(path: string, asked: Asked = {}): Promise<Outcome> {
    const { method = "GET", waitSeconds = 0 } = asked;
    const { url, lives } = this.#server;
    if (url === undefined) return { kind: "died" };
    const signal = AbortSignal.timeout(waitSeconds * 1000 + ANSWER_MS);
    const what = `${method} ${path.slice(0, 120)}`;
    try {
      const response = await fetch(url + path, { method, signal, ...contentOf(asked) });
      const text = await response.text();
      return {
        kind: "answered",
        status: response.status,
        body: checked(what, response, text, asked),
      };
    } catch (error) {
      if (signal.aborted) throw new Error(`no answer to ${what}`, { cause: error });
      const died = this.#server.url === undefined || this.#server.lives !== lives;
      if (died && !(error instanceof ContractError)) return { kind: "died" };
      throw error;
    }
  }
}

/** An answer that the contract has no place for. */
class ContractError extends Error {}

function contentOf({ body, waitSeconds }: Asked): RequestInit {
  const headers: Record<string, string> = {};
  if (typeof body === "object") headers["Content-Type"] = "application/json";
  if (waitSeconds !== undefined) headers["Prefer"] = `wait=${waitSeconds}`;
  if (body === undefined) return { headers };
  return { headers, body: typeof body === "string" ? body : JSON.stringify(body) };
}

function checked(
  what: string,
  { status, headers }: Response,
  text: string,
  { answersLines = false }: Asked,
): JsonRecord {
  const wrong = (why: string): ContractError =>
    new ContractError(`${what} was answered ${status} ${text.slice(0, 2000)}: ${why}`);
  if (status === 500) throw wrong("no request may break the server");
  if (answersLines && status === 200) return { rows: rowsOf(text) };
  if (text === "") return {};
  const type = headers.get("content-type") ?? "none";
  if (!type.startsWith("application/json")) throw wrong(`its content type is ${type}`);
  const body = asRecord(JSON.parse(text));
  if (status < 400) return body;
  const { message, error_code: code, details, ...others } = body;
  const texts = typeof message === "string" && typeof code === "string";
  if (!texts || typeof details !== "object" || Object.keys(others).length > 0) {
    throw wrong("it is not the envelope of errors");
  }
  if (status === 503 && headers.get("retry-after") === null) throw wrong("no Retry-After");
  return body;
}

function rowsOf(text: string): readonly unknown[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line): unknown => JSON.parse(line));
}

/** An object's fields; those of anything else are none. */
export function asRecord(value: unknown): JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}
