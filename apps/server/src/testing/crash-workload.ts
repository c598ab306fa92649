/** The work that a crash interrupts: pushes, a growing file, and tokens asked for and checked. */

import { appendFile } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";

import { type Batch, type CrashLedger, type FileToken, type Verdict } from "./crash-ledger.ts";
import { type Random } from "./random.ts";
import { type Answer, send, textOf } from "./rest-client.ts";

/** What the work is done on. */
export interface CrashSite {
  readonly ledger: CrashLedger;
  readonly random: Random;
  /** The file that is followed. */
  readonly file: string;
}

/** The name of the pipeline. */
export const PIPELINE = "crashing";

/** Works until the signal, or until the server is gone; rejects where an answer is wrong. */
export async function work(http: string, site: CrashSite, signal: AbortSignal): Promise<void> {
  const pipeline = `${http}/v0/pipelines/${PIPELINE}`;
  const loop = async (task: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      try {
        await task();
      } catch (error) {
        if (signal.aborted || isConnectionFault(error)) return;
        throw error;
      }
      await turn();
    }
  };
  await Promise.all([
    loop(() => push(pipeline, site)),
    loop(() => push(pipeline, site)),
    loop(() => append(site)),
    loop(() => askForFile(pipeline, site)),
    loop(() => checkSome(pipeline, site)),
  ]);
}

/** Asks a running pipeline for a token's verdict, waiting so many seconds. */
export async function verdictOf(pipeline: string, token: string, wait?: number): Promise<Verdict> {
  const url = `${pipeline}/completion_status?token=${token}`;
  const answer = await send(url, wait === undefined ? {} : { wait });
  switch (answer.status) {
    case 200:
    case 202:
      return textOf(answer, "status") === "complete" ? "complete" : "inprogress";
    case 410:
      return "lost";
    default:
      throw wrong(answer);
  }
}

async function push(pipeline: string, { ledger, random }: CrashSite): Promise<void> {
  const batch = ledger.nextBatch(
    random.chance(0.1) ? random.whole(500, 5000) : random.whole(1, 40),
  );
  const rows = Array.from({ length: batch.count }, (_, i) => `{"n":${batch.first + i}}\n`).join("");
  const url = `${pipeline}/ingress/pushed?format=json&update_format=raw`;
  const answer = await send(url, { method: "POST", body: rows });
  if (answer.status !== 200) throw wrong(answer);
  batch.token = textOf(answer, "token");
  batch.verdict = "inprogress";
}

/** Appends lines, now and then only a part of one, which a later call ends. */
async function append({ ledger, random, file }: CrashSite): Promise<void> {
  const count = random.whole(1, 30);
  const lines = Array.from({ length: count }, (_, i) => `{"n":${ledger.appended + i}}\n`).join("");
  const cut = random.chance(0.3) ? random.whole(1, lines.length) : lines.length;
  await appendFile(file, lines.slice(0, cut));
  if (cut < lines.length) {
    await turn();
    await appendFile(file, lines.slice(cut));
  }
  ledger.appended += count;
}

async function askForFile(pipeline: string, { ledger, random }: CrashSite): Promise<void> {
  const head = random.chance(0.5);
  const covers = head ? ledger.appended : 0;
  const url = `${pipeline}/tables/followed/connectors/file/completion_token`;
  const answer = await send(head ? `${url}?basis=head` : url);
  if (answer.status !== 200) throw wrong(answer);
  ledger.fileTokens.push({ token: textOf(answer, "token"), covers, verdict: "inprogress" });
}

async function checkSome(pipeline: string, { ledger, random }: CrashSite): Promise<void> {
  const one: Batch | FileToken | undefined = random.pick(ledger.tokens().slice(-200));
  if (one === undefined) return;
  const verdict = await verdictOf(pipeline, one.token);
  ledger.say(one, verdict);
  if (verdict === "complete") await requireReadable(pipeline, one);
}

/** What is complete can be read at once, not only after a restart. */
async function requireReadable(pipeline: string, one: Batch | FileToken): Promise<void> {
  const file = "covers" in one;
  const [table, from, to] = file
    ? ["followed", 0, one.covers]
    : ["pushed", one.first, one.first + one.count];
  const sql = `SELECT count(*) AS n FROM ${table} WHERE n >= ${from} AND n < ${to}`;
  const parameters = new URLSearchParams({ sql, format: "json" });
  const { status, body } = await send(`${pipeline}/query?${parameters}`);
  if (status === 200 && JSON.stringify(body) === JSON.stringify({ n: to - from })) return;
  throw new Error(`complete, but ${JSON.stringify(body)} rows are there: ${JSON.stringify(one)}`);
}

function wrong({ status, body }: Answer): Error {
  return new Error(`the server answered ${status} ${JSON.stringify(body)}`);
}

/** `fetch` rejects with a `TypeError` for whatever happens to the connection. */
function isConnectionFault(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof SyntaxError && /JSON/.test(error.message));
}
