/** The work that a crash interrupts: pushes, a growing file, and tokens asked for and checked. */

import { appendFile } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";

import { type Batch, type CrashLedger, type FileToken, type Said } from "./crash-ledger.ts";
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

/** A record that the tables can't hold. */
const BAD = '{"n":"none"}\n';

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
export async function verdictOf(pipeline: string, token: string, wait?: number): Promise<Said> {
  const url = `${pipeline}/completion_status?token=${token}`;
  const answer = await send(url, wait === undefined ? {} : { wait });
  switch (answer.status) {
    case 200:
    case 202:
      return {
        verdict: textOf(answer, "status") === "complete" ? "complete" : "inprogress",
        rejected: fieldOf(answer.body, "rejected"),
      };
    case 410:
      return { verdict: "lost", rejected: undefined };
    default:
      throw wrong(answer);
  }
}

async function push(pipeline: string, { ledger, random }: CrashSite): Promise<void> {
  const count = random.chance(0.1) ? random.whole(500, 5000) : random.whole(1, 40);
  const batch = ledger.nextBatch(count, random.chance(0.2) ? random.whole(1, 4) : 0);
  const rows = Array.from({ length: batch.count }, (_, i) => `{"n":${batch.first + i}}\n`);
  for (let i = 0; i < batch.bad; i += 1) rows.splice(random.whole(0, rows.length + 1), 0, BAD);
  const url = `${pipeline}/ingress/pushed?format=json&update_format=raw`;
  const answer = await send(url, { method: "POST", body: rows.join("") });
  batch.token = tokenOf(answer, batch.bad);
  batch.verdict = "inprogress";
}

/** The token of a push with this many bad records. */
function tokenOf(answer: Answer, bad: number): string {
  const { status, body } = answer;
  if (bad === 0 && status === 200) return textOf(answer, "token");
  const details = fieldOf(body, "details");
  const token = fieldOf(details, "token");
  const isCounted = fieldOf(details, "num_errors") === bad;
  if (status !== 400 || !isCounted || typeof token !== "string") throw wrong(answer);
  return token;
}

/** Appends lines, now and then only a part of one, which a later call ends. */
async function append({ ledger, random, file }: CrashSite): Promise<void> {
  const count = random.whole(1, 30);
  const good = Array.from({ length: count }, (_, i) => `{"n":${ledger.appended + i}}\n`);
  const bad = random.chance(0.3) ? 1 : 0;
  ledger.badLines.begun += bad;
  const lines = (bad === 0 ? good : good.toSpliced(random.whole(0, count + 1), 0, BAD)).join("");
  const cut = random.chance(0.3) ? random.whole(1, lines.length) : lines.length;
  await appendFile(file, lines.slice(0, cut));
  if (cut < lines.length) {
    await turn();
    await appendFile(file, lines.slice(cut));
  }
  ledger.appended += count;
  ledger.badLines.there += bad;
}

async function askForFile(pipeline: string, { ledger, random }: CrashSite): Promise<void> {
  const head = random.chance(0.5);
  const covers = head ? ledger.appended : 0;
  const coversBad = head ? ledger.badLines.there : 0;
  const url = `${pipeline}/tables/followed/connectors/file/completion_token`;
  const answer = await send(head ? `${url}?basis=head` : url);
  if (answer.status !== 200) throw wrong(answer);
  const token = textOf(answer, "token");
  ledger.fileTokens.push({ token, covers, coversBad, verdict: "inprogress" });
}

async function checkSome(pipeline: string, { ledger, random }: CrashSite): Promise<void> {
  const one: Batch | FileToken | undefined = random.pick(ledger.tokens().slice(-200));
  if (one === undefined) return;
  ledger.say(one, await verdictOf(pipeline, one.token));
  if (one.verdict === "complete") await requireReadable(pipeline, one);
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

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([name]) => name === field)?.[1]
    : undefined;
}

function wrong({ status, body }: Answer): Error {
  return new Error(`the server answered ${status} ${JSON.stringify(body)}`);
}

/** `fetch` rejects with a `TypeError` for whatever happens to the connection. */
function isConnectionFault(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof SyntaxError && /JSON/.test(error.message));
}
