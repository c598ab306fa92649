// Runs everything on a machine that has only Node 20 or newer and npm: installs what is missing,
// then hands over to the pinned Node. Plain JavaScript without dependencies, because it runs first.
import { install } from "./install.mjs";
import { fail, root, run, SetupError } from "./run.mjs";

const SOURCE = "--conditions=@tidemark/source";

/** What each word runs, with the pinned Node and the workspace's programs first in the path. */
const COMMANDS = {
  demo: ["node", SOURCE, "apps/cli/src/main.ts", "demo"],
  cli: ["node", SOURCE, "apps/cli/src/main.ts"],
  test: ["node", "tools/test.mjs"],
  check: ["node", "tools/check.mjs"],
  systems: ["node", SOURCE, "packages/systems/src/kafka-install-main.ts"],
  mutation: ["node", "tools/mutation.mjs"],
  coverage: ["node", "tools/coverage.mjs"],
  bench: ["node", SOURCE, "apps/bench/src/main.ts"],
};

async function main([word, ...rest]) {
  const command = COMMANDS[word];
  if (command === undefined) {
    throw new SetupError(
      `unknown command '${word ?? ""}'; there are: ${Object.keys(COMMANDS).join(", ")}`,
    );
  }
  await install({ quiet: word === "cli" });
  const [program, ...args] = command;
  // Files are named from where npm was called, which it leaves for the repository's folder.
  const cwd = word === "cli" ? (process.env.INIT_CWD ?? process.cwd()) : root;
  const absolute = args.map((arg) =>
    /^(apps|packages|tools)\//.test(arg) ? `${root}/${arg}` : arg,
  );
  return run(program, [...absolute, ...rest], { cwd });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  fail(error);
}
