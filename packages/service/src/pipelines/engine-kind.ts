/** Engine kinds: who runs a pipeline. */

import { type JsonObject } from "@tidemark/program";

/** `embedded`: Tidemark runs it. `external`: someone else's engine does, and Tidemark observes. */
export type EngineKind = "embedded" | "external";

/** Who runs the pipeline, by its `runtime_config.engine`. */
export function engineOf({ runtimeConfig }: { readonly runtimeConfig: JsonObject }): EngineKind {
  return runtimeConfig["engine"] === "external" ? "external" : "embedded";
}
