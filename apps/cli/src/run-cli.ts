/** The command line: reads it, runs the command, and turns what went wrong into words and an exit code. */

import { Command, CommanderError, Option } from "commander";

import { type Action, type Arguments } from "./action.ts";
import { addConnectorCommands } from "./commands/connectors.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addIngestCommand } from "./commands/ingest.ts";
import { addKeyCommands } from "./commands/keys.ts";
import { addListenCommand } from "./commands/listen.ts";
import { addPipelineCommands } from "./commands/pipelines.ts";
import { addQueryCommand } from "./commands/query.ts";
import { addTokenCommands } from "./commands/tokens.ts";
import { globalOptions, openContext } from "./context.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit.ts";
import { failureOf } from "./failure.ts";
import { openOutput } from "./output.ts";

/** Runs one command line; answers the exit code. */
export async function runCli(argv: readonly string[]): Promise<number> {
  // The server has flags of its own, which are not for this program to read.
  if (argv[0] === "serve") {
    const { serve } = await import("@tidemark/server");
    return serve(argv.slice(1));
  }
  const interrupt = new AbortController();
  const unlisten = (): void => {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onInterrupt);
  };
  // With nobody listening any more, a second signal ends the program at once.
  const onInterrupt = (): void => {
    unlisten();
    interrupt.abort();
  };
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onInterrupt);
  const exit: { code: ExitCode } = { code: EXIT.done };
  const program = buildProgram((code) => (exit.code = code), interrupt.signal);
  try {
    await program.parseAsync(argv, { from: "user" });
    return exit.code;
  } catch (error) {
    if (interrupt.signal.aborted && isAbort(error)) return EXIT.interrupted;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return tell(error, program);
  } finally {
    unlisten();
  }
}

/** Whether it says no more than that a call was given up. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** All commands; each tells its exit code. */
function buildProgram(setExit: (code: ExitCode) => void, signal: AbortSignal): Command {
  const program = new Command("tidemark")
    .description("Has everything I wrote been processed yet?")
    .addOption(
      new Option("--server <address>", "where REST and Connect are served")
        .env("TIDEMARK_SERVER")
        .default("http://127.0.0.1:8080"),
    )
    .addOption(
      new Option("--grpc <address>", "where gRPC is served")
        .env("TIDEMARK_SERVER_GRPC")
        .default("http://127.0.0.1:50051"),
    )
    .addOption(
      new Option("--api-key <key>", "an API key or a JWT, where callers authenticate").env(
        "TIDEMARK_API_KEY",
      ),
    )
    .addOption(
      new Option("--tenant <name>", "the tenant to act in, for callers who belong to several").env(
        "TIDEMARK_TENANT",
      ),
    )
    .option("--json", "write JSON, one document a line")
    .addHelpText("after", `\n${EXIT_HELP}`)
    .showHelpAfterError("(see --help)")
    .exitOverride();
  program.command("serve").description("serve, until stopped; see `tidemark serve --help`");
  const action: Action = (run) =>
    async function carryOut(this: Command): Promise<void> {
      const context = openContext(this, signal);
      const [first = "", second = "", third = "", ...more] = this.args;
      const args: Arguments = [first, second, third, ...more];
      setExit((await run(context, args, this.opts<Parameters<typeof run>[2]>())) ?? EXIT.done);
    };
  addPipelineCommands(program, action);
  addIngestCommand(program, action);
  addTokenCommands(program, action);
  addQueryCommand(program, action);
  addListenCommand(program, action);
  addConnectorCommands(program, action);
  addKeyCommands(program, action);
  addDemoCommand(program, action);
  return program;
}

/** Says what went wrong; a fault of this program is thrown on. */
function tell(error: unknown, program: Command): ExitCode {
  const { server, grpc, json } = globalOptions(program);
  const failure = failureOf(error, { server, grpc });
  if (failure === undefined) throw error;
  const { message, reason, details, exitCode } = failure;
  openOutput(json).error(message, { message, error_code: reason, details });
  return exitCode;
}
