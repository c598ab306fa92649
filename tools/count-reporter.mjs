// A vitest reporter that leaves this run's counts where tools/test.mjs sums them.
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Writes `{package, passed, failed, skipped, broken, faults, notes}` into the folder that TIDEMARK_TEST_COUNTS names. */
class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const folder = process.env.TIDEMARK_TEST_COUNTS;
    if (folder === undefined) return;
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    // A file that can't be loaded has no tests to fail, and an error outside of tests belongs to none.
    let broken = unhandledErrors.length;
    const faults = unhandledErrors.map((error) => fault("outside of the tests", [error]));
    const notes = [];
    for (const module of modules) {
      if (module.errors().length > 0) {
        broken += 1;
        faults.push(fault(module.relativeModuleId, module.errors()));
      }
      for (const test of module.children.allTests()) {
        const { state, errors = [], note } = test.result();
        counts[state] += 1;
        if (note !== undefined) notes.push(note);
        if (state === "failed")
          faults.push(fault(`${module.relativeModuleId} > ${test.fullName}`, errors));
      }
    }
    const { passed, failed, skipped, pending } = counts;
    const name = basename(process.cwd());
    writeFileSync(
      join(folder, `${name}-${process.pid}.json`),
      JSON.stringify({
        package: name,
        passed,
        failed: failed + pending,
        skipped,
        broken,
        faults,
        notes,
      }),
    );
  }
}

/** What failed and why, short enough to be read where only the end of a log is kept. */
function fault(name, errors) {
  const reasons = errors.map(({ message, stack }) => `${message ?? stack}`.slice(0, 2000));
  return `${name}\n${reasons.join("\n")}`;
}

// Vitest takes a reporter by its default export.
// oxlint-disable-next-line import/no-default-export
export default CountReporter;
