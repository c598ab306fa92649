/** Connectors, as they stand, as their messages. */

import { type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type CompletedFrontierSchema,
  type ConnectorErrorSchema,
  type InputConnectorSchema,
  type OutputConnectorSchema,
  type PositionSchema,
} from "@tidemark/api";
import {
  type ConnectorFault,
  type InputStatus,
  type OutputStatus,
  type Progress,
} from "@tidemark/service";

import { uint64 } from "./uint64.ts";

/** The message of an input connector. */
export function inputMessage(input: InputStatus): MessageInitShape<typeof InputConnectorSchema> {
  const { endpoint, pushed, paused, endOfInput } = input;
  return {
    endpoint,
    table: input.table.name,
    connector: input.name,
    pushed,
    paused,
    waitingFor: [...input.waitingFor],
    endOfInput,
    ...troubles(input),
    ...(input.refusal === undefined ? {} : { refusal: input.refusal }),
    ...(input.rejected === undefined ? {} : { rejected: uint64(input.rejected) }),
    totalRecords: uint64(input.totalRecords),
    totalBytes: uint64(input.totalBytes),
    bufferedRecords: uint64(input.bufferedRecords),
    bufferedBytes: uint64(input.bufferedBytes),
    parseErrorCount: uint64(input.parseErrorCount),
    transportErrorCount: uint64(input.transportErrorCount),
    parseErrors: input.parseErrors.map(errorMessage),
    transportErrors: input.transportErrors.map(errorMessage),
    incarnation: input.received.incarnation,
    tellsHead: input.tells.head,
    received: positions(input.received),
    processed: positions(input.processed),
    delivered: positions(input.delivered),
    ...(input.completed === undefined ? {} : { completed: completedMessage(input.completed) }),
  };
}

/** The message of an output connector. */
export function outputMessage(
  output: OutputStatus,
): MessageInitShape<typeof OutputConnectorSchema> {
  return {
    endpoint: output.endpoint,
    view: output.view.name,
    connector: output.name,
    paused: output.paused,
    ...troubles(output),
    takenStep: uint64(output.takenStep),
    transmittedRecords: uint64(output.transmittedRecords),
    transmittedBytes: uint64(output.transmittedBytes),
    queuedRecords: uint64(output.queuedRecords),
    queuedBatches: uint64(output.queuedBatches),
    deadLetters: uint64(output.deadLetters),
    encodeErrorCount: uint64(output.encodeErrorCount),
    transportErrorCount: uint64(output.transportErrorCount),
    transportErrors: output.transportErrors.map(errorMessage),
  };
}

function completedMessage(
  completed: NonNullable<InputStatus["completed"]>,
): MessageInitShape<typeof CompletedFrontierSchema> {
  return {
    incarnation: completed.progress.incarnation,
    positions: positions(completed.progress),
    ingestedAt: timestampFromMs(completed.ingestedAtMs),
    processedAt: timestampFromMs(completed.processedAtMs),
    completedAt: timestampFromMs(completed.completedAtMs),
  };
}

function troubles({ fatalError, trouble }: Pick<InputStatus, "fatalError" | "trouble">): {
  fatalError?: string;
  trouble?: string;
} {
  return {
    ...(fatalError === undefined ? {} : { fatalError }),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

function positions(progress: Progress): MessageInitShape<typeof PositionSchema>[] {
  return progress.frontier.positions.map(([partition, offset]) => ({ partition, offset }));
}

function errorMessage(fault: ConnectorFault): MessageInitShape<typeof ConnectorErrorSchema> {
  const { timestampMs, index, tag, message } = fault;
  return {
    timestamp: timestampFromMs(timestampMs),
    index: uint64(index),
    ...(tag === null ? {} : { tag }),
    message,
  };
}
