/** The client that is generated from the contract, with every answer held against both documents. */

import createClient, { type Client } from "openapi-fetch";

import { type paths } from "../gen/contract.ts";
import { AnswerChecker, type ReadAnswer } from "./answer-checker.ts";
import { type Json } from "./json.ts";
import { contract, type Served, served } from "./served.ts";

/** The client, and what it has seen. */
export interface CheckedClient extends AsyncDisposable {
  readonly url: string;
  /** The server's own document. */
  readonly document: Json;
  /** The server's folder. */
  readonly folder: string;
  readonly client: Client<paths>;
  /** A request that the client would not make; the path is the documented one. */
  raw(method: string, path: string, target: string, init?: RequestInit): Promise<Response>;
  /** What was wrong with answers. */
  readonly faults: readonly string[];
  /** Each documented answer that was given: `operationId status`. */
  readonly seen: ReadonlySet<string>;
}

/** Starts a server, with a folder of its own where none is given, and a client of it. */
export async function checkedClient(folder?: string): Promise<CheckedClient> {
  const server: Served = await served(folder);
  const faults: string[] = [];
  const seen = new Set<string>();
  const own = new AnswerChecker(server.document, { emptyMeansNone: true });
  const documented = new AnswerChecker(await contract(), { emptyMeansNone: false });
  const check = async (path: string, method: string, response: Response): Promise<void> => {
    const { status } = response;
    const answer: ReadAnswer = {
      method,
      path,
      status,
      contentType: response.headers.get("content-type") ?? undefined,
      body: isEndless(path, status) ? await firstLine(response) : await response.clone().text(),
    };
    const id = documented.documented(answer);
    const wrong = [own.fault(answer), id === undefined ? undefined : documented.fault(answer)];
    faults.push(...wrong.filter((fault) => fault !== undefined));
    if (id !== undefined) seen.add(`${id} ${status}`);
  };
  const client = createClient<paths>({ baseUrl: server.url });
  client.use({
    onResponse: ({ schemaPath, request, response }) => check(schemaPath, request.method, response),
  });
  return {
    url: server.url,
    document: server.document,
    folder: server.folder,
    client,
    async raw(method, path, target, init) {
      const response = await fetch(`${server.url}${target}`, { ...init, method });
      await check(path, method, response);
      return response;
    },
    faults,
    seen,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function isEndless(path: string, status: number): boolean {
  return path.includes("/egress/") && status === 200;
}

/** The first line of an answer that goes on for ever; whoever asked has to end it. */
async function firstLine(response: Response): Promise<string> {
  let text = "";
  for await (const piece of response.clone().body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0] ?? "";
}
