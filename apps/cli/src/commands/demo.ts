/** `tidemark demo`: the guided tour. */

import { type Command } from "commander";

import { type Action, type Arguments } from "../action.ts";
import { type Context } from "../context.ts";

/** Adds the command. */
export function addDemoCommand(program: Command, action: Action): void {
  program
    .command("demo")
    .description("start a server and show the whole idea on 200,000 real flight records")
    .option("--exit", "stop after the tour instead of serving on")
    .action(action(demo));
}

async function demo(
  context: Context,
  _args: Arguments,
  options: { readonly exit?: boolean },
): Promise<void> {
  const { runDemo } = await import("../demo/run-demo.ts");
  const stay = options.exit !== true && process.env["TIDEMARK_DEMO_EXIT"] !== "1";
  await runDemo({ stay, signal: context.signal });
}
