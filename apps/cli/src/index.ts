export { EXIT, type ExitCode } from "./exit.ts";
export { runCli } from "./run-cli.ts";
