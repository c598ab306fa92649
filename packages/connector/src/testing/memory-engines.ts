/** Engines in memory on the storage of a folder, which lasts as long as the process. */

import { type Program } from "@tidemark/program";

import { type Engine, type EngineFactory } from "../engine.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { World } from "./world.ts";

/** Opens engines whose views all show the rows of their program's first table. */
export function memoryEngines(): Pick<EngineFactory, "open"> {
  const worlds = new Map<string, World>();
  return {
    open({ directory, program }): Promise<Engine> {
      const world = worlds.get(directory) ?? new World();
      worlds.set(directory, world);
      return Promise.resolve(new MemoryEngine(world, ofFirstTable(program)));
    },
  };
}

function ofFirstTable(program: Program): Program {
  const [table] = program.tables;
  const query = table?.id.name ?? "";
  return { ...program, views: program.views.map((view) => ({ ...view, query })) };
}
