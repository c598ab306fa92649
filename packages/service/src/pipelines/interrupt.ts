/** Waiting for something that may hang: up to a time, or until it is given up. */

import { type Scheduler } from "../service-options.ts";

/** Resolves with the task's outcome, or with `"interrupted"` once the signal aborts; the task goes on. */
export async function untilAborted<T>(
  task: Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly kind: "done"; readonly value: T } | { readonly kind: "interrupted" }> {
  const aborted = Promise.withResolvers<{ readonly kind: "interrupted" }>();
  const abort = (): void => aborted.resolve({ kind: "interrupted" });
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    const done = task.then((value) => ({ kind: "done" as const, value }));
    return await Promise.race([done, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Answers whether the task settled in time; rejects as it does; the task goes on. */
export async function settlesWithin(
  task: Promise<unknown>,
  ms: number,
  scheduler: Scheduler,
): Promise<boolean> {
  const timeout = new AbortController();
  const cancel = scheduler.after(ms, () => timeout.abort());
  try {
    return (await untilAborted(task, timeout.signal)).kind === "done";
  } finally {
    cancel();
  }
}
