/** Pushing, querying, pipelines and connectors through the client. */

import { Code, type ConnectRouter } from "@connectrpc/connect";
import { durationMs } from "@bufbuild/protobuf/wkt";
import {
  ConnectorService,
  IngestService,
  PipelineService,
  QueryFormat,
  QueryService,
} from "@tidemark/api";
import { expect, test } from "vitest";

import { createTidemarkClient } from "./client.ts";
import { rejectedPush } from "./rejected-push.ts";
import { failure, serve } from "./testing/served.ts";

const TARGET = {
  pipeline: "p",
  table: "t",
  format: "json",
  parameters: { array: "true" },
  force: true,
} as const;
const HEADER = {
  pipeline: "p",
  table: "t",
  format: "json",
  formatParameters: { array: "true" },
  force: true,
};

/** Takes pushes and writes down what arrived. */
class Taken {
  header: unknown;
  ended = false;
  readonly pieces: Buffer[] = [];

  get body(): Buffer {
    return Buffer.concat(this.pieces);
  }

  route(router: ConnectRouter): void {
    router.rpc(IngestService.method.ingest, async (requests) => {
      for await (const { piece } of requests) {
        if (piece.case === "header") this.header = piece.value;
        if (piece.case === "data") this.pieces.push(Buffer.from(piece.value));
        if (piece.case === "end") this.ended = true;
      }
      return { token: "ct1_x", records: 3n };
    });
    router.rpc(IngestService.method.ingestOnce, ({ header, body }) => {
      this.header = header;
      if (body.case === "data") this.pieces.push(Buffer.from(body.value));
      return { token: "ct1_y", records: 4n };
    });
  }
}

async function* chunks(parts: readonly Buffer[]): AsyncIterable<Buffer> {
  yield* parts;
}

const PARTS = [1, 300_000, 0, 700_000].map((length, index) => Buffer.alloc(length, index + 1));

test("a body of any length is pushed whole, in order, with its end", async () => {
  const took = new Taken();
  await using served = await serve((router) => took.route(router));
  const told: number[] = [];
  const receipt = await served.client.ingest(TARGET, chunks(PARTS), {
    onProgress: (sent) => told.push(sent),
  });
  expect(receipt).toMatchObject({ token: "ct1_x", records: 3n });
  expect(took).toMatchObject({ header: HEADER, ended: true });
  expect(took.body.equals(Buffer.concat(PARTS))).toBe(true);
  expect(told.at(-1)).toBe(1_000_001);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
});

test("without a gRPC address a body is pushed in one call", async () => {
  const took = new Taken();
  await using served = await serve((router) => took.route(router));
  const client = createTidemarkClient({ baseUrl: served.baseUrl });
  const told: number[] = [];
  const onProgress = (sent: number): void => void told.push(sent);
  const receipt = await client.ingest(TARGET, chunks(PARTS), { onProgress });
  expect(receipt).toMatchObject({ token: "ct1_y", records: 4n });
  expect(took).toMatchObject({ header: HEADER });
  expect(took.body.equals(Buffer.concat(PARTS))).toBe(true);
  expect(told).toEqual([1_000_001]);
});

async function* broken(): AsyncIterable<Buffer> {
  yield Buffer.from("{}");
  throw new Error("the disk is gone");
}

test("a body that can't be read to its end is never pushed as a whole", async () => {
  const took = new Taken();
  await using served = await serve((router) => took.route(router));
  await expect(served.client.ingest(TARGET, broken())).rejects.toThrow("the disk is gone");
  expect(took.ended).toBe(false);
});

test("a refused push rejects with the server's reason", async () => {
  await using served = await serve((router) => {
    router.rpc(IngestService.method.ingest, () =>
      Promise.reject(failure(Code.InvalidArgument, "ParseErrors", { num_errors: "1" })),
    );
  });
  await expect(served.client.ingest(TARGET, Buffer.from("{"))).rejects.toMatchObject({
    reason: "ParseErrors",
    details: { num_errors: "1" },
  });
});

test("a push with rejected records says how many were ingested, with the token that covers all", async () => {
  const errors = [{ event_number: 2, field: "n", description: "no number", invalid_text: "x" }, {}];
  const details = { num_errors: "9", records: "12345678901234567890", token: "ct1_x" };
  const listed = { ...details, errors: JSON.stringify(errors) };
  const given = [listed, { num_errors: "1", omitted: "errors, token" }];
  await using served = await serve((router) => {
    router.rpc(IngestService.method.ingest, () =>
      Promise.reject(failure(Code.InvalidArgument, "ParseErrors", given.shift() ?? {})),
    );
  });
  const push = (): Promise<unknown> =>
    served.client.ingest(TARGET, Buffer.from("{")).catch(rejectedPush);
  expect(await push()).toEqual({
    token: "ct1_x",
    records: 12_345_678_901_234_567_890n,
    rejected: 9n,
    errors: [
      { event: 2, field: "n", error: "no number", text: "x" },
      { event: undefined, field: undefined, error: "", text: undefined },
    ],
  });
  expect(await push()).toEqual({ token: undefined, records: 0n, rejected: 1n, errors: [] });
});

test("an error of another kind is no push with rejected records", () => {
  expect(rejectedPush(new Error("ParseErrors"))).toBeUndefined();
});

test("a query's pages come as they are sent, and its failure after them", async () => {
  await using served = await serve((router) => {
    router.rpc(QueryService.method.query, async function* query({ pipeline, sql }) {
      yield { columns: [pipeline, sql] };
      yield { rows: ["{}"] };
      throw failure(Code.InvalidArgument, "AdHocQueryError");
    });
  });
  const seen: unknown[] = [];
  const read = async (): Promise<void> => {
    for await (const page of served.client.query("p", "SELECT 1")) seen.push(page);
  };
  await expect(read()).rejects.toMatchObject({ reason: "AdHocQueryError" });
  expect(seen).toMatchObject([{ columns: ["p", "SELECT 1"] }, { rows: ["{}"] }]);
});

test("a query asks for its format, and waits for tokens as long as it says", async () => {
  await using served = await serve((router) => {
    router.rpc(QueryService.method.query, async function* query({ format, after, timeout }) {
      yield { columns: [String(format), ...after, String(timeout && durationMs(timeout))] };
      yield { data: Buffer.from("AB") };
    });
  });
  const options = { format: "hash", after: ["ct1_a", "ct1_b"], timeoutMs: 2500 } as const;
  const seen: unknown[] = [];
  for await (const page of served.client.query("p", "SELECT 1", options)) seen.push(page);
  expect(seen).toMatchObject([
    { columns: [String(QueryFormat.HASH), "ct1_a", "ct1_b", "2500"] },
    { data: new Uint8Array(Buffer.from("AB")) },
  ]);
});

test("every call on pipelines reaches its method", async () => {
  const asked: string[] = [];
  const note = ({ pipeline }: { readonly pipeline: string }): object => {
    asked.push(pipeline);
    return {};
  };
  await using served = await serve((router) => {
    const { method } = PipelineService;
    router.rpc(method.listPipelines, () => ({ pipelines: [{ name: "a" }, { name: "b" }] }));
    router.rpc(method.getPipeline, ({ pipeline }) => ({ pipeline: { name: pipeline } }));
    router.rpc(method.watchPipeline, async function* watch({ pipeline }) {
      yield { pipeline: { name: pipeline } };
      yield { pipeline: { name: "renamed" } };
    });
    router.rpc(method.createPipeline, ({ name, tags, runtimeConfig = {} }) => ({
      pipeline: { name, tags, runtimeConfig },
    }));
    router.rpc(method.updatePipeline, ({ pipeline, tags }) => ({
      pipeline: { name: pipeline, tags: tags?.tags ?? ["untouched"] },
    }));
    router.rpc(method.startPipeline, ({ pipeline, initial }) =>
      note({ pipeline: pipeline + initial }),
    );
    router.rpc(method.stopPipeline, ({ pipeline, force }) =>
      note({ pipeline: pipeline + String(force) }),
    );
    router.rpc(method.pausePipeline, note);
    router.rpc(method.resumePipeline, note);
    router.rpc(method.clearPipeline, note);
    router.rpc(method.dismissPipelineError, note);
    router.rpc(method.deletePipeline, note);
  });
  const { pipelines } = served.client;
  expect((await pipelines.list()).map(({ name }) => name)).toEqual(["a", "b"]);
  expect(await pipelines.get("p")).toMatchObject({ name: "p" });
  const seen: string[] = [];
  for await (const { name } of pipelines.watch("p")) seen.push(name);
  expect(seen).toEqual(["p", "renamed"]);
  const fields = { name: "n", tags: ["x"], runtimeConfig: { workers: 2 } };
  expect(await pipelines.create({ ...fields, programCode: "c" })).toMatchObject(fields);
  expect(await pipelines.update("p", {})).toMatchObject({ tags: ["untouched"] });
  expect(await pipelines.update("p", { tags: [] })).toMatchObject({ tags: [] });
  await pipelines.start("1");
  await pipelines.start("1", { paused: true });
  await pipelines.stop("2");
  await pipelines.stop("2", { force: true });
  await pipelines.pause("3");
  await pipelines.resume("4");
  await pipelines.clear("5");
  await pipelines.dismissError("6");
  await pipelines.delete("7");
  expect(asked).toEqual(["1running", "1paused", "2false", "2true", "3", "4", "5", "6", "7"]);
});

test("every call on connectors reaches its method", async () => {
  const asked: string[] = [];
  await using served = await serve((router) => {
    const { method } = ConnectorService;
    router.rpc(method.startConnector, ({ connector }) => {
      asked.push(`start ${connector}`);
      return {};
    });
    router.rpc(method.pauseConnector, ({ connector }) => {
      asked.push(`pause ${connector}`);
      return {};
    });
    router.rpc(method.startOutputConnector, ({ view }) => {
      asked.push(`start ${view}`);
      return {};
    });
    router.rpc(method.pauseOutputConnector, ({ view }) => {
      asked.push(`pause ${view}`);
      return {};
    });
    router.rpc(method.getInputConnector, ({ table }) => ({
      connector: { endpoint: `${table}.in` },
    }));
    router.rpc(method.getOutputConnector, ({ view }) => ({
      connector: { endpoint: `${view}.out` },
    }));
    router.rpc(method.listConnectors, ({ pipeline }) => ({ inputs: [{ endpoint: pipeline }] }));
  });
  const { connectors } = served.client;
  const address = { pipeline: "p", table: "t", connector: "c" };
  await connectors.start(address);
  await connectors.pause(address);
  const output = { pipeline: "p", view: "v", connector: "c" };
  await connectors.startOutput(output);
  await connectors.pauseOutput(output);
  expect(asked).toEqual(["start c", "pause c", "start v", "pause v"]);
  expect(await connectors.input(address)).toMatchObject({ endpoint: "t.in" });
  expect(await connectors.output(output)).toMatchObject({ endpoint: "v.out" });
  expect(await connectors.list("p")).toMatchObject({ inputs: [{ endpoint: "p" }] });
});
