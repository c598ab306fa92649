#!/usr/bin/env node
/** The command line's program. */

import { enableCompileCache } from "node:module";

// Stripped and compiled sources are kept, which halves the time until it answers.
enableCompileCache();
// A reader that has seen enough, such as `head`, closes the pipe.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
const { runCli } = await import("./run-cli.ts");
process.exitCode = await runCli(process.argv.slice(2));
