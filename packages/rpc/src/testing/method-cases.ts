/** One case for every method of the API: what is asked, what the service is asked for, what comes back. */

import { COMPLETION_CASES } from "./completion-cases.ts";
import { EGRESS_CASES } from "./egress-cases.ts";
import { KEY_CASES } from "./key-cases.ts";
import { type MethodCase } from "./method-case.ts";
import { QUERY_CASES } from "./query-cases.ts";
import { INPUT_ANSWER, OUTPUT_ANSWER, RECORD_ANSWER, TOTALS_ANSWER } from "./samples.ts";

const ADDRESS = { pipeline: "p", table: "T", connector: "c" };
const ASKED_ADDRESS = { pipeline: "p", relation: "T", connector: "c" };

/** The cases. */
export const METHOD_CASES: readonly MethodCase[] = [
  ...COMPLETION_CASES,
  {
    method: "ConnectorService/StartConnector",
    request: { ...ADDRESS, skipRejected: true },
    asked: ["start", ASKED_ADDRESS, { skipRejected: true }],
    answers: [{}],
  },
  {
    method: "ConnectorService/PauseConnector",
    request: ADDRESS,
    asked: ["pause", ASKED_ADDRESS],
    answers: [{}],
  },
  {
    method: "ConnectorService/StartOutputConnector",
    request: { pipeline: "p", view: "V", connector: "o" },
    asked: ["startOutput", { pipeline: "p", relation: "V", connector: "o" }],
    answers: [{}],
  },
  {
    method: "ConnectorService/PauseOutputConnector",
    request: { pipeline: "p", view: "V", connector: "o" },
    asked: ["pauseOutput", { pipeline: "p", relation: "V", connector: "o" }],
    answers: [{}],
  },
  {
    method: "ConnectorService/GetInputConnector",
    request: ADDRESS,
    asked: ["inputStats", ASKED_ADDRESS],
    answers: [{ connector: INPUT_ANSWER }],
  },
  {
    method: "ConnectorService/GetOutputConnector",
    request: { pipeline: "p", view: "V", connector: "o" },
    asked: ["outputStats", { pipeline: "p", relation: "V", connector: "o" }],
    answers: [{ connector: OUTPUT_ANSWER }],
  },
  {
    method: "ConnectorService/ListConnectors",
    request: { pipeline: "p" },
    asked: ["stats", "p"],
    answers: [
      {
        inputs: [INPUT_ANSWER],
        outputs: [OUTPUT_ANSWER],
        completedSteps: "3",
        complete: true,
        paused: true,
        totals: TOTALS_ANSWER,
      },
    ],
  },
  {
    method: "IngestService/IngestOnce",
    request: {
      header: { pipeline: "p", table: "t", format: "json", formatParameters: { array: "true" } },
      text: "[1,2]",
    },
    asked: pushed({ format: { name: "json", config: { array: "true" } }, body: "[1,2]" }),
    answers: [{ token: "ct1_x", records: "3" }],
  },
  {
    method: "IngestService/IngestOnce",
    request: { header: { pipeline: "p", table: "t", format: "csv", force: true }, data: "MSwy" },
    asked: pushed({ format: { name: "csv", config: {} }, force: true, body: "1,2" }),
    answers: [{ token: "ct1_x", records: "3" }],
  },
  {
    method: "IngestService/IngestOnce",
    request: {
      header: {
        pipeline: "p",
        table: "t",
        format: "csv",
        idempotencyKey: "k",
        durable: true,
        atomic: true,
      },
      text: "",
    },
    asked: pushed({
      format: { name: "csv", config: {} },
      idempotencyKey: "k",
      durable: true,
      atomic: true,
      body: "",
    }),
    answers: [{ token: "ct1_x", records: "3" }],
  },
  {
    method: "PipelineService/ListPipelines",
    request: {},
    asked: ["list"],
    answers: [{ pipelines: [RECORD_ANSWER] }],
  },
  {
    method: "PipelineService/GetPipeline",
    request: { pipeline: "p" },
    asked: ["get", "p"],
    answers: [{ pipeline: RECORD_ANSWER }],
  },
  {
    method: "PipelineService/WatchPipeline",
    request: { pipeline: "p" },
    asked: ["watchPipeline", "p", {}],
    answers: [{ pipeline: RECORD_ANSWER }, { pipeline: { name: "renamed" } }],
  },
  {
    method: "PipelineService/CreatePipeline",
    request: { name: "p", programCode: "c", description: "d", tags: ["x"] },
    asked: [
      "create",
      { name: "p", programCode: "c", description: "d", tags: ["x"], udfRust: "", udfToml: "" },
    ],
    answers: [{ pipeline: RECORD_ANSWER }],
  },
  {
    method: "PipelineService/ReplacePipeline",
    request: { pipeline: "p", fields: { programCode: "c" } },
    asked: [
      "replace",
      "p",
      { name: "p", programCode: "c", description: "", tags: [], udfRust: "", udfToml: "" },
    ],
    answers: [{ pipeline: RECORD_ANSWER, created: true }],
  },
  {
    method: "PipelineService/UpdatePipeline",
    request: { pipeline: "p", description: "", tags: {} },
    asked: ["patch", "p", { description: "", tags: [] }],
    answers: [{ pipeline: RECORD_ANSWER }],
  },
  {
    method: "PipelineService/DeletePipeline",
    request: { pipeline: "p" },
    asked: ["delete", "p"],
    answers: [{}],
  },
  {
    method: "PipelineService/StartPipeline",
    request: { pipeline: "p" },
    asked: ["startPipeline", "p", { initial: "running", dismissError: true }],
    answers: [{}],
  },
  {
    method: "PipelineService/StartPipeline",
    request: { pipeline: "p", initial: "paused", keepError: true },
    asked: ["startPipeline", "p", { initial: "paused", dismissError: false }],
    answers: [{}],
  },
  {
    method: "PipelineService/StopPipeline",
    request: { pipeline: "p", force: true },
    asked: ["stop", "p", { force: true }],
    answers: [{}],
  },
  {
    method: "PipelineService/PausePipeline",
    request: { pipeline: "p" },
    asked: ["pausePipeline", "p"],
    answers: [{ from: "Running", to: "Paused" }],
  },
  {
    method: "PipelineService/ResumePipeline",
    request: { pipeline: "p" },
    asked: ["resume", "p"],
    answers: [{ from: "Paused", to: "Running" }],
  },
  {
    method: "PipelineService/ClearPipeline",
    request: { pipeline: "p" },
    asked: ["clear", "p"],
    answers: [{}],
  },
  {
    method: "PipelineService/DismissPipelineError",
    request: { pipeline: "p" },
    asked: ["dismissError", "p"],
    answers: [{}],
  },
  ...EGRESS_CASES,
  ...KEY_CASES,
  ...QUERY_CASES,
];

function pushed(request: object): readonly unknown[] {
  return [
    "ingest",
    { pipeline: "p", table: "t", force: false, durable: false, atomic: false, ...request },
    {},
  ];
}
