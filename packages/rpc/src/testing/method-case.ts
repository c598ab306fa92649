/** One case for a method of the API: what is asked, what the service is asked for, what comes back. */

import { type JsonObject } from "@bufbuild/protobuf";

/** One case. */
export interface MethodCase {
  /** `Service/Method`, within the package. */
  readonly method: string;
  readonly request: JsonObject;
  /** What the service is asked for: the use case, then its arguments without caller and signal. */
  readonly asked: readonly unknown[];
  /** What each answer contains. */
  readonly answers: readonly object[];
}
