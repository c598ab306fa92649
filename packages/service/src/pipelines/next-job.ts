/** What is to be done about a pipeline next, told from its record alone. */

import { type PipelineRecord } from "@tidemark/connector";

import { failedToCompile } from "./transitions.ts";

/** One thing to be done; each brings the record nearer to what is desired. */
export type Job = "stop" | "compile" | "clear" | "deploy" | "abandon-start";

/** The next job; undefined where the record is as desired. */
export function nextJob(record: PipelineRecord): Job | undefined {
  if (record.resourcesStatus !== "Stopped") {
    return record.resourcesDesired === "Stopped" ? "stop" : undefined;
  }
  if (record.programStatus === "Pending") return "compile";
  if (record.storageStatus === "Clearing") return "clear";
  if (record.resourcesDesired === "Stopped") return undefined;
  if (failedToCompile(record)) return "abandon-start";
  return record.programStatus === "Success" ? "deploy" : undefined;
}
