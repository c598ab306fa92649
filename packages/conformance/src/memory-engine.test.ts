/** The engine in memory, which the pump is tested with, keeps steps as every engine does. */

import { memoryEngines } from "@tidemark/connector/testing";
import { describe } from "vitest";

import { engineStepLaws } from "./engine-suite-steps.ts";

describe("engine in memory", () => {
  engineStepLaws(memoryEngines);
});
