/** Pipelines of a measured server: made, started and waited for over REST. */

import { answered } from "./tidemark.ts";

/** Creates a pipeline; its program compiles in the background. */
export async function create(port: number, name: string, program: string): Promise<void> {
  await answered(
    fetch(base(port), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name, program_code: program }),
    }),
  );
}

/** Asks a pipeline to start. */
export async function start(port: number, name: string): Promise<void> {
  await answered(fetch(`${base(port)}/${name}/start`, { method: "POST" }));
}

/** Resolves once so many pipelines run. */
export async function untilRunning(port: number, count: number): Promise<void> {
  for (;;) {
    const states = await answered(fetch(`${base(port)}?selector=status`));
    if (!states.includes('"deployment_error":null') && states !== "[]") throw new Error(states);
    if (states.split('"deployment_status":"Running"').length - 1 >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function base(port: number): string {
  return `http://127.0.0.1:${port}/v0/pipelines`;
}
