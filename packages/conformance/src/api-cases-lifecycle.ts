/** What becomes of tokens when their pipeline is paused, stopped, cleared or replaced. */

import { expect, test } from "vitest";

import { type ApiFace, errorOf, valueOf } from "./api-face.ts";
import { clear, deployed, PROGRAM, start, stop, until, untilEnded } from "./api-pipeline.ts";

/** A token tells the truth whatever happens to its pipeline. */
export function lifecycleCases(face: () => ApiFace): void {
  const pushed = async (pipeline: string, id: number): Promise<string> => {
    const body = `{"id":${id},"label":"x"}`;
    const parameters = { update_format: "raw" };
    const push = { pipeline, table: "numbers", format: "json", parameters, force: true, body };
    return valueOf(await face().ingest(push));
  };

  test.each([true, false])(
    "a complete token stays complete over stop (force=%s) and start",
    async (force) => {
      await using pipeline = await deployed(face());
      const { name } = pipeline;
      const token = await pushed(name, 1);
      valueOf(await face().wait(name, token, 60));
      await stop(face(), name, force);
      expect(errorOf(await face().check(name, token)).reason).toBe(
        "PipelineInteractionNotDeployed",
      );
      await start(face(), name);
      expect(valueOf(await face().check(name, token)).status).toBe("complete");
      expect(valueOf(await face().query(name, "SELECT id FROM numbers"))).toEqual([{ id: 1 }]);
    },
  );

  test("a stop without force makes every token complete first", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const token = await pushed(name, 1);
    await stop(face(), name, false);
    await start(face(), name);
    expect(valueOf(await face().check(name, token)).status).toBe("complete");
  });

  test("a token of cleared storage is lost at once", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const address = { pipeline: name, table: "ticks", connector: "seq" };
    await untilEnded(face(), address);
    const token = valueOf(await face().token(address));
    const push = await pushed(name, 1);
    await stop(face(), name, true);
    await clear(face(), name);
    await start(face(), name);
    expect(errorOf(await face().check(name, token)).reason).toBe("PipelineRestarted");
    expect(errorOf(await face().wait(name, token, 60)).reason).toBe("PipelineRestarted");
    // Also while nothing was pushed since, so that there is no such connector.
    expect(errorOf(await face().check(name, push)).reason).toBe("PipelineRestarted");
    valueOf(await face().wait(name, await pushed(name, 2), 60));
    expect(errorOf(await face().wait(name, push, 60)).reason).toBe("PipelineRestarted");
    expect(valueOf(await face().query(name, "SELECT id FROM numbers"))).toEqual([{ id: 2 }]);
  });

  test("a token of a deleted pipeline means nothing to another one of its name", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    const token = await pushed(name, 1);
    await stop(face(), name, true);
    expect(errorOf(await face().delete(name)).reason).toBe("DeleteRestrictedToClearedStorage");
    await clear(face(), name);
    valueOf(await face().delete(name));
    expect(errorOf(await face().check(name, token)).reason).toBe("UnknownPipelineName");
    valueOf(await face().create(name, PROGRAM));
    await until(face(), name, ({ programStatus }) => programStatus === "Success");
    await start(face(), name);
    expect(errorOf(await face().check(name, token)).reason).toBe("PipelineRestarted");
  });

  test("a paused pipeline issues tokens, answers queries and processes what is forced into it", async () => {
    await using pipeline = await deployed(face(), PROGRAM, "paused");
    const { name } = pipeline;
    const address = { pipeline: name, table: "ticks", connector: "seq" };
    const nothing = valueOf(await face().token(address));
    expect(valueOf(await face().check(name, nothing)).status).toBe("complete");
    const forced = await pushed(name, 7);
    expect(valueOf(await face().wait(name, forced, 60)).status).toBe("complete");
    expect(valueOf(await face().query(name, "SELECT id FROM numbers"))).toEqual([{ id: 7 }]);
    valueOf(await face().resume(name));
    await untilEnded(face(), address);
    const all = valueOf(await face().token(address));
    expect(valueOf(await face().wait(name, all, 60)).status).toBe("complete");
    expect(valueOf(await face().query(name, "SELECT COUNT(*) AS n FROM ticks"))).toEqual([
      { n: 3 },
    ]);
    valueOf(await face().pause(name));
    await until(face(), name, ({ deploymentStatus }) => deploymentStatus === "Paused");
  });

  test("starting, stopping and clearing what is so already changes nothing", async () => {
    await using pipeline = await deployed(face());
    const { name } = pipeline;
    valueOf(await face().start(name, "running"));
    await stop(face(), name, true);
    valueOf(await face().stop(name, { force: true }));
    await clear(face(), name);
    valueOf(await face().clear(name));
    expect(valueOf(await face().get(name))).toMatchObject({
      deploymentStatus: "Stopped",
      storageStatus: "Cleared",
    });
  });
}
