/** Calls that every face must refuse, with the error that all of them must give. */

import { type Refusal, type Refusing } from "./api-refusal.ts";
import { REFUSED_SUBSCRIPTIONS } from "./api-refused-subscriptions.ts";
import { REFUSED_TOKENS } from "./api-refused-tokens.ts";

const OUT = { view: "labels", connector: "out" };
const SEQ = { table: "ticks", connector: "seq" };

function gate(
  of: (on: Refusing) => string,
  expected: Pick<Refusal, "reason" | "message" | "like" | "details">,
  title: string,
): readonly Refusal[] {
  const calls: Readonly<Record<string, Refusal["call"]>> = {
    token: (face, on) => face.token({ pipeline: of(on), ...SEQ }),
    "check of any text": (face, on) => face.check(of(on), "ct1_x"),
    wait: (face, on) => face.wait(of(on), on.token, 1),
    join: (face, on) => face.join(of(on), [on.token]),
    push: (face, on) =>
      face.ingest({ pipeline: of(on), table: "numbers", format: "json", body: "" }),
    subscription: (face, on) =>
      face.subscribe({ pipeline: of(on), relation: "labels", format: "json" }),
    query: (face, on) => face.query(of(on), "SELECT 1"),
    "start of a connector": (face, on) => face.startConnector({ pipeline: of(on), ...SEQ }),
    "pause of a connector": (face, on) => face.pauseConnector({ pipeline: of(on), ...SEQ }),
    "start of an output": (face, on) => face.startOutput({ pipeline: of(on), ...OUT }),
    "pause of an output": (face, on) => face.pauseOutput({ pipeline: of(on), ...OUT }),
    "state of a connector": (face, on) => face.input({ pipeline: of(on), ...SEQ }),
    pause: (face, on) => face.pause(of(on)),
    resume: (face, on) => face.resume(of(on)),
  };
  return Object.entries(calls).map(([name, call]) => ({
    title: `${name}: ${title}`,
    call,
    ...expected,
  }));
}

const UNKNOWN = {
  reason: "UnknownPipelineName",
  message: "Unknown pipeline name 'absent'",
  details: { pipeline_name: "absent" },
};

const PIPELINES: readonly Refusal[] = [
  ...gate(() => "absent", UNKNOWN, "an unknown pipeline"),
  ...gate(
    ({ stopped }) => stopped,
    {
      reason: "PipelineInteractionNotDeployed",
      like: /^Unable to interact with pipeline because the deployment status \(stopped\) /u,
      details: { status: "Stopped", desired_status: "Stopped" },
    },
    "a pipeline that is not started",
  ),
  { title: "read an unknown pipeline", call: (face) => face.get("absent"), ...UNKNOWN },
  { title: "delete an unknown pipeline", call: (face) => face.delete("absent"), ...UNKNOWN },
  { title: "clear an unknown pipeline", call: (face) => face.clear("absent"), ...UNKNOWN },
  {
    title: "start an unknown pipeline",
    call: (face) => face.start("absent", "running"),
    ...UNKNOWN,
  },
  {
    title: "stop an unknown pipeline",
    call: (face) => face.stop("absent", { force: true }),
    ...UNKNOWN,
  },
  {
    title: "create a pipeline of a name that is taken",
    call: (face, { running }) => face.create(running, ""),
    reason: "DuplicateName",
    message: "An entity with this name already exists",
  },
  {
    title: "create a pipeline without a name",
    call: (face) => face.create("", ""),
    reason: "EmptyName",
  },
  {
    title: "create a pipeline of a name with blanks",
    call: (face) => face.create("a b", ""),
    reason: "NameDoesNotMatchPattern",
    details: { name: "a b" },
  },
  {
    title: "create a pipeline of a name that is too long",
    call: (face) => face.create("x".repeat(64), ""),
    reason: "TooLongName",
    details: { length: "64", maximum: "63" },
  },
  {
    title: "start in a way that there is not",
    call: (face, { stopped }) => face.start(stopped, "sideways"),
    reason: "UnsupportedPipelineAction",
    message:
      "Unsupported pipeline action '/start?initial=sideways': unknown initial runtime desired status: sideways",
  },
  {
    title: "delete a pipeline that runs",
    call: (face, { running }) => face.delete(running),
    reason: "DeleteRestrictedToFullyStopped",
  },
  {
    title: "clear a pipeline that runs",
    call: (face, { running }) => face.clear(running),
    reason: "StorageStatusImmutableUnlessStopped",
    details: { resources_status: "Provisioned", new_status: "Clearing" },
  },
];

const CONNECTORS: readonly Refusal[] = [
  {
    title: "a token of an unknown table",
    call: (face, { running }) =>
      face.token({ pipeline: running, table: "nothing", connector: "seq" }),
    reason: "UnknownInputEndpoint",
    like: /^unknown input endpoint name 'nothing\.seq'.*no table 'nothing'/u,
    details: { endpoint_name: "nothing.seq", table_name: "nothing", connector_name: "seq" },
  },
  {
    title: "a token of an unknown connector",
    call: (face, { running }) =>
      face.token({ pipeline: running, table: "TICKS", connector: "nothing" }),
    reason: "UnknownInputEndpoint",
    like: /^unknown input endpoint name 'ticks\.nothing'.*'seq'/u,
    details: { endpoint_name: "ticks.nothing" },
  },
  {
    title: "a token of a connector in another case",
    call: (face, { running }) =>
      face.token({ pipeline: running, table: "ticks", connector: "SEQ" }),
    reason: "UnknownInputEndpoint",
    details: { endpoint_name: "ticks.SEQ" },
  },
  {
    title: "a token of a view",
    call: (face, { running }) =>
      face.token({ pipeline: running, table: "labels", connector: "seq" }),
    reason: "UnknownInputEndpoint",
  },
  {
    title: "pause an unknown output",
    call: (face, { running }) => face.pauseOutput({ pipeline: running, ...OUT }),
    reason: "UnknownOutputEndpoint",
    details: { endpoint_name: "labels.out", view_name: "labels", connector_name: "out" },
  },
  {
    title: "pause an unknown connector",
    call: (face, { running }) =>
      face.pauseConnector({ pipeline: running, table: "numbers", connector: "seq" }),
    reason: "UnknownInputEndpoint",
    details: { endpoint_name: "numbers.seq" },
  },
];

function push(fields: {
  readonly table?: string;
  readonly format?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly body?: string;
}): Refusal["call"] {
  return (face, { running }) =>
    face.ingest({ pipeline: running, table: "numbers", format: "json", body: "", ...fields });
}

const PUSHES: readonly Refusal[] = [
  {
    title: "push into an unknown table",
    call: push({ table: "nothing" }),
    reason: "ConfigError.UnknownInputStream",
    like: /specifies unknown table 'nothing'$/u,
  },
  {
    title: "push in an unknown format",
    call: push({ format: "xml" }),
    reason: "ConfigError.UnknownInputFormat",
    message:
      "invalid controller configuration: Input endpoint 'numbers.api-ingress-xml' specifies unknown input format 'xml'",
  },
  {
    title: "push with a format parameter that can't be used",
    call: push({ parameters: { array: "maybe" } }),
    reason: "ConfigError.ParserConfigParseError",
    like: /^invalid controller configuration: Error parsing format configuration for input endpoint 'numbers\.api-ingress-json': /u,
  },
  {
    title: "push a record of the wrong type",
    call: push({ body: '{"insert": {"id": "x", "label": "a"}}' }),
    reason: "ParseErrors",
    like: /^Errors parsing input data \(1 errors\):\n {4}Parse error \(event #\d+\): /u,
    details: { num_errors: "1" },
  },
  {
    title: "query what is not SQL",
    call: (face, { running }) => face.query(running, "SELEC 1"),
    reason: "AdHocQueryError",
    like: /^Error during query processing: .+\.$/su,
  },
  {
    title: "query an unknown table",
    call: (face, { running }) => face.query(running, "SELECT * FROM nothing"),
    reason: "AdHocQueryError",
    like: /nothing/u,
  },
  {
    title: "query nothing",
    call: (face, { running }) => face.query(running, ""),
    reason: "AdHocQueryError",
  },
  {
    title: "write by a query",
    call: (face, { running }) => face.query(running, "DELETE FROM numbers"),
    reason: "AdHocQueryError",
  },
];

/** All of them. */
export const REFUSALS: readonly Refusal[] = [
  ...PIPELINES,
  ...CONNECTORS,
  ...REFUSED_TOKENS,
  ...PUSHES,
  ...REFUSED_SUBSCRIPTIONS,
];
