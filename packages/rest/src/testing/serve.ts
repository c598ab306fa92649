/** A facade on a real socket, for tests. */

import { createServer } from "node:http";
import { type AddressInfo } from "node:net";

import { OPEN_ACCESS, type QueryResult, type Service } from "@tidemark/service";

import { createRestApp, type RestFault, type RestOptions } from "../app.ts";
import { refuseMalformed } from "../refuse-malformed.ts";
import { type Fakes, fakeService } from "./fake-service.ts";

/** A running facade. */
export interface Served extends AsyncDisposable {
  readonly port: number;
  readonly faults: readonly RestFault[];
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** Serves the given use cases on a free port. */
export async function serve(fakes: Fakes, options: Partial<RestOptions> = {}): Promise<Served> {
  const faults: RestFault[] = [];
  const log = (fault: RestFault): number => faults.push(fault);
  const app = createRestApp({ ...restOptions(fakeService(fakes)), log, ...options });
  const handle = app.callback();
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    void handle(request, response);
  });
  refuseMalformed(server);
  const listening = Promise.withResolvers<undefined>();
  server.listen(0, "127.0.0.1", () => listening.resolve(undefined));
  await listening.promise;
  const port = portOf(server.address());
  return {
    port,
    faults,
    ask: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<undefined>();
      server.close(() => closed.resolve(undefined));
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

async function* lines({ columns, rows }: QueryResult): AsyncGenerator<string> {
  for await (const batch of rows) {
    const objects = batch.map((row) =>
      Object.fromEntries(columns.map(({ id }, i) => [id.name, row[i]])),
    );
    yield objects.map((one) => `${JSON.stringify(one)}\n`).join("");
  }
}

async function* bytes(result: QueryResult): AsyncGenerator<Uint8Array> {
  for await (const piece of lines(result)) yield Buffer.from(piece);
}

/** What a facade is made of where a test says nothing else. */
export function restOptions(service: Service): RestOptions {
  return {
    service,
    renderers: {
      json: lines,
      hash: lines,
      async *text({ columns, rows }) {
        yield `${columns.map(({ id }) => id.name).join("|")}\n`;
        for await (const batch of rows) yield batch.map((row) => `${row.join("|")}\n`).join("");
      },
      parquet: bytes,
      arrow_ipc: bytes,
    },
    version: { version: "1.2.3", revision: "r", changelogUrl: "", buildSource: "" },
    log: () => {},
    access: OPEN_ACCESS,
    usage: () => ({ rssBytes: 1, cpuMs: 2 }),
    wallMs: () => 1_700_000_060_000,
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
