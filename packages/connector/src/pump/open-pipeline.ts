/** Opening a pipeline that the embedded engine runs. */

import { Board } from "@tidemark/core";

import { type RunningPipeline } from "../running-pipeline.ts";
import { openConnectors } from "./open-connectors.ts";
import { type PipelineOptions } from "./options.ts";
import { EmbeddedPipeline } from "./pipeline.ts";
import { PushEndpoints } from "./push-endpoints.ts";

/**
 * Opens a pipeline and starts it: every connector is open, every token of an earlier run can be
 * judged. Rejects when a connector can't be opened, with a `ConfigError` where its configuration is
 * at fault. The engine is disposed with the pipeline, or when this rejects.
 */
export async function openPipeline(options: PipelineOptions): Promise<RunningPipeline> {
  const { engine, pushSource, limits, clock } = options;
  await using opening = new AsyncDisposableStack();
  opening.use(engine);
  const board = new Board();
  const { pump, sources } = await openConnectors(options, board, opening);
  const wallMs = (): number => clock.wallMs();
  const endpoints = new PushEndpoints({ pump, engine, pushSource, limits, wallMs });
  opening.use(endpoints);
  pump.start(sources);
  return new EmbeddedPipeline({ options, board, pump, sources, endpoints, stack: opening.move() });
}
