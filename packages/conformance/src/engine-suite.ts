/** The engine suite: the laws of the `Engine` contract, for any engine. */

import { type EngineFactory } from "@tidemark/connector";
import { describe } from "vitest";

import { engineFollowingLaws } from "./engine-suite-following.ts";
import { engineMetadataLaws } from "./engine-suite-metadata.ts";
import { engineModelLaws } from "./engine-suite-model.ts";
import { engineNameLaws } from "./engine-suite-names.ts";
import { engineQueryLaws } from "./engine-suite-queries.ts";
import { engineRejectLaws } from "./engine-suite-rejects.ts";
import { engineStepLaws } from "./engine-suite-steps.ts";
import { engineStorageLaws } from "./engine-suite-storage.ts";
import { engineTableLaws } from "./engine-suite-tables.ts";
import { engineViewLaws } from "./engine-suite-views.ts";

/** Declares the tests of an engine; each test makes its own factory. */
export function engineSuite(name: string, makeFactory: () => EngineFactory): void {
  describe(`engine ${name}`, () => {
    engineStorageLaws(makeFactory);
    engineStepLaws(makeFactory);
    engineTableLaws(makeFactory);
    engineRejectLaws(makeFactory);
    engineMetadataLaws(makeFactory);
    engineViewLaws(makeFactory);
    engineFollowingLaws(makeFactory);
    engineQueryLaws(makeFactory);
    engineNameLaws(makeFactory);
    engineModelLaws(makeFactory);
  });
}
