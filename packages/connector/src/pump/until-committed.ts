/** Waiting until what the inputs have taken in is durable in the engine. */

import { type Pump } from "./pump.ts";

/**
 * Resolves once everything that was received before the call is committed, whether the pump is
 * paused or not; also where outputs leave no room for another step, or the pump has stopped, since
 * then nothing is committed for as long as that lasts. Rejects with the signal's reason.
 */
export async function untilCommitted(
  pump: Pick<Pump, "inputs" | "settled" | "hasRoom" | "stopped">,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const targets = pump.inputs.all.map((input) => ({ input, received: input.received }));
  const holds = (): boolean =>
    targets.every(
      ({ input, received }) =>
        input.hasProcessed(received) || (input.queue.isEmpty && !input.inStep),
    );
  const either = AbortSignal.any([signal, pump.stopped]);
  try {
    await pump.settled.until(() => holds() || !pump.hasRoom(), { signal: either });
  } catch (error) {
    signal.throwIfAborted();
    if (!pump.stopped.aborted) throw error;
  }
}
