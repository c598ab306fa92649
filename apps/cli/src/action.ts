/** Actions: how a command's arguments and options reach the function that carries it out. */

import { type Command, type OptionValues } from "commander";

import { type Context } from "./context.ts";
import { type ExitCode } from "./exit.ts";

/** A command's arguments in order; those that it doesn't declare are empty. */
export type Arguments = readonly [string, string, string, ...string[]];

/** Carries a command out; what it answers is exited with, 0 where it answers nothing. */
type Run<Options> = (
  context: Context,
  args: Arguments,
  options: Options,
) => Promise<ExitCode | void>;

/** Makes commander's callback of a function. */
export type Action = <Options extends OptionValues>(
  run: Run<Options>,
) => (this: Command) => Promise<void>;
