// What is mutated: the code that decides verdicts, and the share of mutants that tests have to kill.

/** `folder` holds the tests; `threshold` is in percent of the mutants that are not ignored. */
export const TARGETS = {
  core: {
    folder: "packages/core",
    code: ["packages/core/src/**/*.ts", "!packages/core/src/index.ts"],
    threshold: 85,
  },
  pump: {
    folder: "packages/connector",
    code: ["packages/connector/src/pump/**/*.ts"],
    threshold: 75,
  },
  tokens: {
    folder: "packages/service",
    code: ["packages/service/src/tokens/**/*.ts"],
    threshold: 75,
  },
};
