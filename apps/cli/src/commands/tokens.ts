/** `tidemark token | status | wait`: issue a token, check it, wait for it. */

import { type ConnectorAddress, TidemarkError, type TokenStatus } from "@tidemark/client";
import { type Command } from "commander";

import { type Action, type Arguments } from "../action.ts";
import { type Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { CommandError } from "../command-error.ts";
import { openProgress } from "../progress.ts";
import {
  exitOf,
  type ExitOptions,
  fullStatusText,
  remainingText,
  statusJson,
} from "../status-text.ts";

/** The option of every command that answers a status. */
const FAIL_ON_REJECTS = [
  "--fail-on-rejects",
  "exit with 5 where it is complete, but records were rejected or rows dead-lettered",
] as const;

/** Adds the commands. */
export function addTokenCommands(program: Command, action: Action): void {
  program
    .command("token <pipeline> <table> <connector>")
    .description("issue a token for an input's current position")
    .option("--head", "cover the source's own end, not just what was taken in")
    .option("--receipt <receipt>", "cover one write: what the source answered to it")
    .action(action(issue));
  program
    .command("status <pipeline> <tokens...>")
    .description(
      "tell whether everything that a token covers has been processed; of several, for all and each",
    )
    .option("--any", "of several, one that is complete is enough")
    .option(...FAIL_ON_REJECTS)
    .action(action(status));
  program
    .command("wait <pipeline> <token>")
    .description("wait until everything that a token covers has been processed")
    .option("--timeout <seconds>", "give up after so many seconds, with exit code 3; 0 checks now")
    .option(
      "--retry",
      "also wait for a server that does not answer yet; otherwise that fails at once",
    )
    .option(...FAIL_ON_REJECTS)
    .action(action(wait));
}

async function issue(
  context: Context,
  [pipeline, table, connector]: Arguments,
  { head, receipt }: { readonly head?: boolean; readonly receipt?: string },
): Promise<void> {
  const { client, output, signal } = context;
  const basis = head === true ? ("head" as const) : undefined;
  const address = { pipeline, table, connector };
  const token = await client.tokens.issue(address, { basis, receipt, signal });
  output.result(token, { token });
  const refusal = await refusalOf(context, address);
  if (refusal === undefined) return;
  const command = `tidemark connectors start ${pipeline} ${table} ${connector} --skip-rejected`;
  output.warn(
    `connector '${table}.${connector}' has stopped before a rejected record, so tokens beyond it stay in progress: ${refusal}; \`${command}\` skips it`,
  );
}

/** What an input has stopped before; undefined also where that can't be asked: the token is issued all the same. */
async function refusalOf(
  { client, signal }: Context,
  address: ConnectorAddress,
): Promise<string | undefined> {
  try {
    return (await client.connectors.input(address, { signal }))?.refusal;
  } catch (error) {
    if (error instanceof TidemarkError) return undefined;
    throw error;
  }
}

interface StatusOptions extends ExitOptions {
  readonly any?: boolean;
}

async function status(
  context: Context,
  [pipeline, text, ...more]: Arguments,
  options: StatusOptions,
): Promise<ExitCode> {
  const others = more.filter((other) => other !== "");
  if (others.length > 0) return statusOfSeveral(context, pipeline, [text, ...others], options);
  const { client, output, signal } = context;
  const answer = await client.tokens.check(pipeline, text, { signal });
  output.result(fullStatusText(answer), statusJson(answer));
  return exitOf(answer.complete, [answer], options);
}

async function statusOfSeveral(
  { client, output, signal }: Context,
  pipeline: string,
  texts: readonly string[],
  options: StatusOptions,
): Promise<ExitCode> {
  const mode = options.any === true ? "any" : "all";
  const { complete, tokens } = await client.tokens.checkSeveral(pipeline, texts, { mode, signal });
  const together = complete ? "complete" : "inprogress";
  const lines = tokens.map((outcome) =>
    outcome.kind === "lost" ? `lost: ${outcome.message}` : fullStatusText(outcome.status),
  );
  output.result([`${mode}: ${together}`, ...lines].join("\n"), {
    status: together,
    tokens: tokens.map((outcome) =>
      outcome.kind === "lost"
        ? { status: "lost", error_code: outcome.reason, message: outcome.message }
        : statusJson(outcome.status),
    ),
  });
  const statuses = tokens.flatMap((each) => (each.kind === "status" ? [each.status] : []));
  return exitOf(complete, statuses, options);
}

async function wait(
  context: Context,
  [pipeline, text]: Arguments,
  options: ExitOptions & { readonly timeout?: string; readonly retry?: boolean },
): Promise<ExitCode> {
  const timeoutMs = timeoutOf(options.timeout);
  const unreached = options.retry === true ? "retry" : "reject";
  const answer = await waitWithBar(context, { pipeline, token: text, timeoutMs, unreached });
  context.output.result(fullStatusText(answer), statusJson(answer));
  return exitOf(answer.complete, [answer], options);
}

/** Waits with a live bar of what remains; says once whenever a server or source is not reached. */
export async function waitWithBar(
  { client, output, signal }: Context,
  {
    pipeline,
    token,
    timeoutMs,
    unreached = "retry",
  }: {
    readonly pipeline: string;
    readonly token: string;
    readonly timeoutMs: number | undefined;
    readonly unreached?: "retry" | "reject";
  },
): Promise<TokenStatus> {
  using bar = openProgress(output, "processed");
  let most = 0n;
  let away = false;
  return client.tokens.wait(pipeline, token, {
    signal,
    unreached,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onProgress({ remaining, reasons, parts }) {
      if (remaining > most) most = remaining;
      const unknown = reasons.find(({ code }) => code === "unknown");
      const isNews = unknown !== undefined && !away && !output.interactive;
      if (isNews) output.warn(`${unknown.message}; trying again`);
      away = unknown !== undefined;
      bar.at(Number(most - remaining), Number(most), remainingText({ remaining, reasons, parts }));
    },
  });
}

/** Reads `--timeout`: seconds, perhaps with a fraction. */
export function timeoutOf(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  const value = Number(seconds);
  if (seconds.trim() !== "" && value >= 0 && value <= 86_400) return Math.round(value * 1000);
  throw new CommandError(`--timeout takes seconds from 0 to 86400, not '${seconds}'`, EXIT.usage);
}
