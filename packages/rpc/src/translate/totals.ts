/** A pipeline's counters as their message. */

import { type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type PipelineTotalsSchema } from "@tidemark/api";
import { type PipelineTotals } from "@tidemark/service";

import { uint64 } from "./uint64.ts";

/** The message of a pipeline's counters. */
export function totalsMessage(
  totals: PipelineTotals,
): MessageInitShape<typeof PipelineTotalsSchema> {
  return {
    initiatedSteps: uint64(totals.initiatedSteps),
    processedSteps: uint64(totals.processedSteps),
    inputRecords: uint64(totals.totalInputRecords),
    inputBytes: uint64(totals.totalInputBytes),
    bufferedRecords: uint64(totals.bufferedInputRecords),
    bufferedBytes: uint64(totals.bufferedInputBytes),
    processedRecords: uint64(totals.totalProcessedRecords),
    completedRecords: uint64(totals.totalCompletedRecords),
    storageBytes: uint64(totals.storageBytes),
    startedAt: timestampFromMs(totals.startedAtMs),
  };
}
