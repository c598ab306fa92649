// A vitest setup file: a property ends after a while without a counterexample, since a mutant that
// survives is tried with every property that reaches it.
import * as fc from "fast-check";

fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  interruptAfterTimeLimit: 1000,
  markInterruptAsFailure: false,
});
