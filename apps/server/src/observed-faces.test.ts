/** A group of another engine on a real Kafka, checked, waited for and watched on every face. */

import { join } from "node:path";

import {
  type ApiFace,
  type ApiWatched,
  connectFace,
  grpcFace,
  restFace,
  valueOf,
} from "@tidemark/conformance";
import { withKafka } from "@tidemark/systems";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type InProcessServer, inProcessServer } from "./testing/in-process-server.ts";
import { send, startPipeline, textOf } from "./testing/rest-client.ts";

const PROTO = join(import.meta.dirname, "..", "..", "..", "proto");
/** So often a group that stalls is looked at, at least. */
const READINGS = 25;

let server: InProcessServer;
let faces: Readonly<Record<"REST" | "gRPC" | "Connect", ApiFace>>;
beforeAll(async () => {
  server = await inProcessServer();
  faces = {
    REST: restFace(server.http),
    gRPC: grpcFace(server.grpc, PROTO),
    Connect: connectFace(server.http),
  };
});
afterAll(async () => {
  for (const face of Object.values(faces)) await face[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

interface Observed {
  readonly pipeline: string;
  readonly token: string;
  /** The group commits so many records. */
  readonly commit: (offset: bigint) => Promise<void>;
}

withKafka((kafka) => {
  async function observed(settings: Readonly<Record<string, string>> = {}): Promise<Observed> {
    const { bootstrap, operator } = kafka();
    const topic = await operator.createTopic();
    const group = `g-${topic}`;
    const config = { topic, "bootstrap.servers": bootstrap, "group.id": group, ...settings };
    const connectors = [{ name: "k", transport: { name: "kafka_input", config } }];
    const program = `CREATE TABLE t (id BIGINT) WITH ('connectors' = '${JSON.stringify(connectors)}')`;
    await startPipeline(server.http, topic, program, { engine: "external" });
    await operator.produce(topic, [{ value: "1" }, { value: "2" }]);
    const issue = `${server.http}/v0/pipelines/${topic}/tables/t/connectors/k/completion_token`;
    const token = textOf(await send(issue), "token");
    const commit = (offset: bigint): Promise<void> =>
      operator.commitGroup(group, topic, new Map([[0, offset]]));
    return { pipeline: topic, token, commit };
  }

  test.each(["REST", "gRPC", "Connect"] as const)(
    "a wait for no time over %s is judged by a reading that begins after it was asked",
    async (name) => {
      const face = faces[name];
      const { pipeline, token, commit } = await observed();
      const all = { mode: "all", wait: 0 } as const;
      expect(valueOf(await face.wait(pipeline, token, 0))).toMatchObject({ remaining: 2 });
      expect(valueOf(await face.checkSeveral(pipeline, [token], all)).status).toBe("inprogress");
      await commit(1n);
      expect(valueOf(await face.wait(pipeline, token, 0))).toMatchObject({ remaining: 1 });
      await commit(2n);
      expect(valueOf(await face.wait(pipeline, token, 0)).status).toBe("complete");
      expect(valueOf(await face.checkSeveral(pipeline, [token], all)).status).toBe("complete");
    },
  );

  test.each(["REST", "gRPC", "Connect"] as const)(
    "H12: a watch of a stalled group over %s is silent until the group moves",
    async (name) => {
      const face = faces[name];
      const { pipeline, token, commit } = await observed();
      await using watch = face.watch(pipeline, token);
      const sent: ApiWatched[] = [];
      const next = async (): Promise<void> => {
        const one = await watch.next();
        if (one === undefined) throw new Error("the watch ended early");
        sent.push(valueOf(one));
      };
      await next();
      for (let reading = 0; reading < READINGS; reading += 1) {
        valueOf(await face.check(pipeline, token));
      }
      await commit(2n);
      while (sent.at(-1)?.status.status !== "complete") await next();
      for (const [at, { whole }] of sent.entries()) expect(whole).not.toEqual(sent[at + 1]?.whole);
    },
  );

  test.each([
    ["latest", "commit"],
    ["earliest", undefined],
  ])(
    "K17: the status of a group that starts at the %s record says by what it is proven",
    async (start, by) => {
      const { pipeline, token, commit } = await observed({ "auto.offset.reset": start });
      await commit(2n);
      const status = `${server.http}/v0/pipelines/${pipeline}/completion_status?token=${token}`;
      const { body } = await send(status);
      expect(body).toMatchObject({ status: "complete" });
      expect(Object(body).by).toBe(by);
      await using watch = faces.gRPC.watch(pipeline, token);
      const first = await watch.next();
      expect(JSON.stringify(first && valueOf(first).whole).includes('"by":"commit"')).toBe(
        by === "commit",
      );
    },
  );
});
