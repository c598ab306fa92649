/** Watching: every change is sent, and nothing twice. */

import { expect, test } from "vitest";

import { type ApiFace, type ApiWatched, errorOf, valueOf } from "./api-face.ts";
import { readsPaused, threeLines } from "./api-paused-file.ts";
import { deployed } from "./api-pipeline.ts";

/** So often something happens that changes no status. */
const IDLE_CHANGES = 20;

/** A watch shows what a check would, when it changes. */
export function watchingCases(face: () => ApiFace): void {
  test("H12: a watch sends a status only when it has changed, and ends after complete", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    const { name } = pipeline;
    const address = { pipeline: name, table: "lines", connector: "file" };
    const token = valueOf(await face().token(address, "head"));
    await using watch = face().watch(name, token);
    const sent = [await sentBy(watch)];
    for (let change = 0; change < IDLE_CHANGES; change += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that each is looked at
      valueOf(await face().pauseConnector(address));
    }
    valueOf(await face().startConnector(address));
    while (sent.at(-1)?.status.status !== "complete") {
      // oxlint-disable-next-line no-await-in-loop -- statuses come one after the other
      sent.push(await sentBy(watch));
    }
    expect(await watch.next()).toBeUndefined();
    expect(sent[0]?.status).toMatchObject({ status: "inprogress", reasons: HELD });
    for (const [at, { whole }] of sent.entries()) {
      expect(whole).not.toEqual(sent[at + 1]?.whole);
    }
  });

  test("a watch of a malformed token is refused", async () => {
    await using file = await threeLines();
    await using pipeline = await deployed(face(), readsPaused(file.path));
    await using watch = face().watch(pipeline.name, "ct1_x");
    const first = await watch.next();
    expect(first && errorOf(first).reason).toBe("InvalidParam");
  });
}

const HELD: unknown = expect.arrayContaining(["connector-paused"]);

async function sentBy(watch: ReturnType<ApiFace["watch"]>): Promise<ApiWatched> {
  const outcome = await watch.next();
  if (outcome === undefined) throw new Error("the watch ended before its token was complete");
  return valueOf(outcome);
}
