/** Timeouts: durations of messages as milliseconds. */

import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { invalidParam } from "@tidemark/service";

/** Milliseconds of a field, where it is given; throws `InvalidParam` where it is negative. */
export function timeoutOf(given: Duration | undefined, field = "timeout"): number | undefined {
  if (given === undefined) return undefined;
  const ms = durationMs(given);
  if (ms < 0) throw invalidParam(`'${field}' must not be negative, got ${ms} ms`);
  return ms;
}
