import { isDeepStrictEqual } from "node:util";

import { ConfigError } from "@tidemark/connector";
import { expect, test } from "vitest";

import * as access from "./errors/access.ts";
import * as config from "./errors/config.ts";
import * as interaction from "./errors/interaction.ts";
import * as lifecycle from "./errors/lifecycle.ts";
import * as parse from "./errors/parse-errors.ts";
import * as pipeline from "./errors/pipeline.ts";
import * as request from "./errors/request.ts";
import * as token from "./errors/token.ts";
import { errorsMarkdown } from "./errors-markdown.ts";
import { type Details, REASONS } from "./reasons.ts";
import { aRecord } from "./testing/a-record.ts";

const record = aRecord({ name: "p" });
const unknown = { pipeline: "p", relation: "t", connector: "c", relations: ["u"] };
const samples = [
  access.ambiguousTenantMembership(),
  access.notATenantMember("t"),
  access.noTenantMemberships(),
  access.unknownTenantName("t"),
  access.unknownApiKey("k"),
  access.roleExceedsCreator("write", "read"),
  access.ownerAdminNotMintableAsApiKey(),
  access.originNotAllowed("https://a.example"),
  access.hostNotAllowed("a.example"),
  access.noClusterMonitorEventsAvailable(),
  access.unknownClusterMonitorEvent("e"),
  config.unknownInputFormat("e", "f"),
  config.parserConfigParseError("e", "x", {}),
  config.inputFormatNotSupported("e", "x"),
  config.inputFormatNotSpecified("e"),
  config.unknownInputStream("e", "t"),
  config.unknownOutputStream("e", "v"),
  config.invalidTransportConfig("e", "x"),
  config.emptyStartAfter("e", "x"),
  config.cyclicDependency("e", "x"),
  interaction.unknownPipelineName("p"),
  interaction.pipelineUnavailable("p"),
  interaction.pipelineInteractionNotDeployed("p", "Stopped", "Stopped"),
  interaction.pipelineDisconnected("p", "/x"),
  interaction.terminating(),
  interaction.unknownInputEndpoint(unknown),
  interaction.unknownOutputEndpoint(unknown),
  interaction.invalidConnectorAction("x"),
  interaction.adHocQueryError("x"),
  interaction.idempotencyKeyReused("k", "that one had 1 byte"),
  interaction.subscriptionFailed("v", new Error("x")),
  interaction.apiConnectionLimit(),
  interaction.externalEngine("p", "query"),
  lifecycle.unsupportedPipelineAction("a", "r"),
  lifecycle.invalidBootstrapConfig("x"),
  lifecycle.illegalPipelineAction(record),
  lifecycle.cannotStartWithUndismissedError(),
  lifecycle.cannotStartWhileClearingStorage(),
  lifecycle.cannotStartWithCompilationError(),
  lifecycle.initialImmutableUnlessStopped(),
  lifecycle.initialStandbyNotAllowed(),
  lifecycle.bootstrapPolicyImmutableUnlessStopped(),
  lifecycle.storageStatusImmutableUnlessStopped(record),
  lifecycle.dismissErrorRestrictedToFullyStopped(),
  lifecycle.enterpriseFeature("x"),
  lifecycle.initializationError("x"),
  lifecycle.pipelineFailed("x"),
  lifecycle.storageClearFailed("x"),
  parse.parseErrors({ records: 0, errorCount: 0, errors: [] }, "ct1_"),
  pipeline.emptyName(),
  pipeline.tooLongName("n", 64, 63),
  pipeline.nameDoesNotMatchPattern("-"),
  pipeline.tooLongDescription(301, 300),
  pipeline.tooManyTags(51, 50),
  pipeline.invalidTag("", "x"),
  pipeline.duplicateName(),
  pipeline.invalidRuntimeConfig({}, "x"),
  pipeline.invalidProgramConfig({}, "x"),
  pipeline.tooManyPipelines(1),
  pipeline.cannotRenameNonExistingPipeline(),
  pipeline.updateRestrictedToStopped(),
  pipeline.editRestrictedToClearedStorage(["x"]),
  pipeline.deleteRestrictedToFullyStopped(),
  pipeline.deleteRestrictedToClearedStorage(),
  request.headersTooLarge(),
  request.requestTimeout(),
  request.initializing(),
  request.unknownRoute("GET", "/"),
  request.methodNotAllowed("PUT", "/", ["GET"]),
  request.payloadTooLarge(1),
  request.unsupportedFeature("x", "y"),
  request.authenticationFailed("x"),
  request.issuerUnreachable(),
  request.insufficientPermissions("write", "read"),
  request.shuttingDown(),
  request.internalError(new Error("x")),
  token.invalidParam("x"),
  token.pipelineRestarted("a", "b"),
  token.receiptRefused("beyond-head", "x"),
  token.tooManyWaiters(1),
  token.unknownEndpointInCompletionToken("e"),
  token.completionTokenLost("e", "r", "x"),
  token.completionPending(3n, [{ code: "c", message: "m." }], 1000),
  token.deadlineExceeded(),
];

test("every reason has a builder, and every builder a reason", () => {
  const built = new Set(samples.map((error) => error.reason));
  expect([...built].toSorted()).toEqual(Object.keys(REASONS).toSorted());
});

test("messages and details are those of the table", () => {
  const wrong = samples.filter(({ reason, message, details }) => {
    const entry = REASONS[reason];
    return (
      !patternOf(entry.message).test(message) || !isDeepStrictEqual(keysOf(details), entry.details)
    );
  });
  expect(wrong.map(({ reason, message, details }) => [reason, message, details])).toEqual([]);
});

const SYNTAX = /[\\^$.*+?()[\]{}|]/gu;

/** What a template's messages look like. */
function patternOf(template: string): RegExp {
  const parts = template
    .split(/\{[^{}]+\}/u)
    .map((part) => part.replaceAll(SYNTAX, String.raw`\$&`));
  return new RegExp(`^${parts.join("[^]*")}$`, "u");
}

function keysOf(details: Details): readonly string[] {
  return Object.entries(Object(details)).flatMap(([key, value]) =>
    key === "config_error" ? Object.keys(Object(value)).map((inner) => `${key}.${inner}`) : [key],
  );
}

test("every 503 and every 429 says when to try again", () => {
  const silent = Object.values(REASONS).filter(
    (entry) => [429, 503].includes(entry.http) && entry.retryAfterSeconds === undefined,
  );
  expect(silent).toEqual([]);
});

test("details are an object wherever the contract says nothing else", () => {
  expect(samples.filter((error) => typeof error.details !== "object")).toEqual([]);
});

test("the page of errors has a row for every reason", () => {
  const page = errorsMarkdown();
  const missing = Object.keys(REASONS).filter((reason) => !page.includes(`| \`${reason}\` |`));
  expect(missing).toEqual([]);
});

test("texts are the documented ones", () => {
  expect(interaction.pipelineInteractionNotDeployed("p", "Stopped", "Provisioned").message).toBe(
    'Unable to interact with pipeline because the deployment status (stopped) indicates it is not (yet) fully provisioned pipeline-id=N/A pipeline-name="p"',
  );
  expect(pipeline.emptyName().message).toBe("Name cannot be be empty");
  expect(pipeline.invalidRuntimeConfig({ workers: "x" }, "bad").message).toBe(
    'JSON for \'runtime_config\' field:\n{\n  "workers": "x"\n}\n\n... is not valid due to: bad',
  );
});

test("an unknown endpoint says which part is unknown and what there is", () => {
  const connectors = ["a", "b"];
  expect(interaction.unknownInputEndpoint(unknown).message).toBe(
    "unknown input endpoint name 't.c': the pipeline has no table 't'; it has 'u'",
  );
  expect(interaction.unknownInputEndpoint({ ...unknown, connectors }).message).toBe(
    "unknown input endpoint name 't.c': table 't' has no input connector 'c'; it has 'a', 'b'",
  );
});

test("a push's configuration error keeps the documented code of its kind", () => {
  const push = { table: "t", format: { name: "json", config: { array: "maybe" } } };
  const invalid = config.fromPushFault(new ConfigError("array", "no bool"), push);
  expect(invalid.reason).toBe("ConfigError.ParserConfigParseError");
  expect(invalid.message).toBe(
    "invalid controller configuration: Error parsing format configuration for input endpoint 't.api-ingress-json': no bool\nInvalid configuration: array=maybe",
  );
  const kinds = ["unknown-format", "unsupported"] as const;
  expect(
    kinds.map((kind) => config.fromPushFault(new ConfigError("x", "y", kind), push).reason),
  ).toEqual(["ConfigError.UnknownInputFormat", "ConfigError.InputFormatNotSupported"]);
});

test("records that don't fit are reported in the documented words", () => {
  const one = {
    description: "no number",
    eventNumber: 3,
    field: "a",
    invalidBytes: null,
    invalidText: "x",
    suggestion: "give one",
    tag: null,
  };
  expect(parse.parseErrors({ records: 0, errorCount: 1, errors: [one] }, "ct1_").message).toBe(
    "Errors parsing input data (1 errors):\n    Parse error (event #3): no number\nInvalid fragment: 'x'\ngive one",
  );
  expect(parse.parseErrors({ records: 0, errorCount: 2, errors: [one] }, "ct1_").message).toMatch(
    /^Errors parsing input data \(reporting 1 out of 2 total errors\):/u,
  );
});
