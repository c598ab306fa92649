/** Lines of a pipeline's log, as its readers see them. */

import { type PipelineRecord } from "@tidemark/connector";
import { redactedText } from "@tidemark/program";

import { deploymentStatus } from "../deployment-status.ts";

/** Something that happened to a pipeline. */
export interface Happening {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  /** `{relation}.{connector}`, where it is about one. */
  readonly endpoint?: string | undefined;
  readonly error?: unknown;
}

/** A happening as one line, without secrets. */
export function logLine({ level, message, endpoint, error }: Happening, wallMs: number): string {
  const at = new Date(wallMs).toISOString();
  const where = endpoint === undefined ? "" : ` [${endpoint}]`;
  const why = causes(error)
    .map((cause) => `: ${cause}`)
    .join("");
  return `${at} ${level.toUpperCase()}${where} ${redactedText(`${message}${why}`)}`;
}

/** What changed of a pipeline's record, in the words of its status. */
export function changesOf(before: PipelineRecord, after: PipelineRecord): readonly Happening[] {
  return [
    ...editOf(before, after),
    ...programOf(before, after),
    ...deploymentOf(before, after),
    ...pausesOf(before, after),
  ];
}

function editOf(before: PipelineRecord, after: PipelineRecord): readonly Happening[] {
  if (before.version === after.version) return [];
  return [info(`the pipeline was edited; it is version ${after.version}`)];
}

function programOf(before: PipelineRecord, after: PipelineRecord): readonly Happening[] {
  const { programStatus, programErrors, systemError } = after;
  if (before.programStatus === programStatus) return [];
  const faults = programErrors.map(({ span, message }) =>
    fault(`line ${span.startLine}, column ${span.startColumn}: ${message}`),
  );
  const system = systemError === undefined ? [] : [fault(systemError)];
  const level = programStatus.endsWith("Error") ? "error" : "info";
  return [{ level, message: `the program's status is ${programStatus}` }, ...faults, ...system];
}

function deploymentOf(before: PipelineRecord, after: PipelineRecord): readonly Happening[] {
  const [was, is] = [deploymentStatus(before), deploymentStatus(after)];
  const { deploymentError: error, storageStatus } = after;
  return [
    ...(was.desired === is.desired ? [] : [info(`the pipeline is to be ${is.desired}`)]),
    ...(was.status === is.status ? [] : [info(`the pipeline is ${is.status}`)]),
    ...(before.storageStatus === storageStatus ? [] : [info(`its storage is ${storageStatus}`)]),
    ...(error === undefined || error === before.deploymentError
      ? []
      : [fault(`${error.errorCode}: ${error.message}`)]),
  ];
}

function pausesOf(before: PipelineRecord, after: PipelineRecord): readonly Happening[] {
  return Object.entries(after.connectorPaused)
    .filter(([endpoint, paused]) => before.connectorPaused[endpoint] !== paused)
    .map(([endpoint, paused]) => ({
      ...info(paused ? "paused by a user" : "started by a user"),
      endpoint,
    }));
}

function info(message: string): Happening {
  return { level: "info", message };
}

function fault(message: string): Happening {
  return { level: "error", message };
}

/** An error's message and those of its causes, the same one once. */
function causes(error: unknown): readonly string[] {
  const messages: string[] = [];
  for (let at = error; at instanceof Error && messages.length < 5; at = at.cause) {
    const { message } = at;
    if (!messages.some((known) => known.includes(message))) messages.push(message);
  }
  return messages;
}
