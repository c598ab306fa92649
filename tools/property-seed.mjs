// A vitest setup file: property tests generate the same cases every time where a seed is given.
import * as fc from "fast-check";

const seed = process.env.TIDEMARK_PROPERTY_SEED;
if (seed !== undefined && seed !== "")
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
