import { expect, test } from "vitest";

import { differences } from "./testing/differences.ts";
import { contract, served } from "./testing/served.ts";

/** What differs from the contract on purpose, and why. */
const ON_PURPOSE: Readonly<Record<string, string>> = {
  "AuthProvider.AwsCognito: missing": "any OpenID Connect issuer is configured as such",
  "HealthStatus.all_healthy: missing":
    "a server that stops answers 503 with the envelope, as every operation does",
  "HealthStatus.api: missing": "as above",
  "HealthStatus.compiler: missing": "as above",
  "HealthStatus.runner: missing": "as above",
  "InputEndpointMetrics.processing_latency_p99_micros: missing": "optional, and not measured",
  "OutputEndpointMetrics.batch_records_written: missing": "optional, and not measured",
  "post_pipeline_activate 202: missing": "there are no standby pipelines to activate",
  "post_pipeline_stop 405: missing": "every way of stopping is allowed",
  "post_pipeline_stop 501: missing": "stopping without force is offered to everyone",
  "Chunk.json_data: is array, not object": "it is an array of events, as the original sends it",
  "http_output ?format: may be any text": "the words are listed: csv and json",
};

test("the server's document covers the contract, but for what differs on purpose", async () => {
  await using server = await served();
  const found = differences({ ours: server.document, theirs: await contract() });
  expect(found.toSorted()).toEqual(Object.keys(ON_PURPOSE).toSorted());
});
