/** The pipelines that refused calls are tried on, shared by all of them. */

import { type ApiFace, valueOf } from "./api-face.ts";
import { compiled, deployed } from "./api-pipeline.ts";
import { type Refusing } from "./api-refusal.ts";

/** Makes them over one face. */
export async function refusing(face: ApiFace): Promise<Refusing & AsyncDisposable> {
  await using made = new AsyncDisposableStack();
  const running = made.use(await deployed(face));
  const other = made.use(await deployed(face));
  const stopped = made.use(await compiled(face));
  const seq = { table: "ticks", connector: "seq" };
  const on: Refusing = {
    running: running.name,
    stopped: stopped.name,
    runningId: valueOf(await face.get(running.name)).id,
    token: valueOf(await face.token({ pipeline: running.name, ...seq })),
    otherToken: valueOf(await face.token({ pipeline: other.name, ...seq })),
  };
  const kept = made.move();
  return { ...on, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
