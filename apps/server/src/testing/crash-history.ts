/** What a crash test did: every record it sent, every token it got, and what they said. */

import { appendFile } from "node:fs/promises";

import { type Answer, query, send, textOf } from "./rest-client.ts";

/** A token, and the ids that it stands for. */
export interface Issued {
  readonly token: string;
  readonly table: "pushed" | "followed";
  readonly ids: readonly number[];
  /** It was said to be complete once; it must be so for ever. */
  complete: boolean;
}

/** The work of a crash test: it goes on over any number of servers. */
export class CrashHistory {
  readonly issued: Issued[] = [];
  /** Ids of requests that were never answered: they may be there, but not twice. */
  readonly unanswered = new Set<number>();
  readonly #random: (below: number) => number;
  readonly #file: string;
  #pushed = 0;
  #followed = 0;

  constructor(random: (below: number) => number, file: string) {
    this.#random = random;
    this.#file = file;
  }

  /** How many lines the followed file has. */
  get lines(): number {
    return this.#followed;
  }

  /** One step of work against a server; rejects when the server goes away. */
  async work(pipeline: string): Promise<void> {
    const choice = this.#random(4);
    if (choice === 0) await this.append(pipeline);
    else if (choice === 1) await this.checkOne(pipeline);
    else await this.push(pipeline);
  }

  /** Pushes fresh ids and keeps their token. */
  async push(pipeline: string): Promise<void> {
    const ids = this.#fresh(this.#pushed, 1 + this.#random(200));
    this.#pushed += ids.length;
    for (const id of ids) this.unanswered.add(id);
    const body = ids.map((id) => `{"id":${id}}\n`).join("");
    const url = `${pipeline}/ingress/pushed?format=json&update_format=raw`;
    const token = textOf(await send(url, { method: "POST", body }), "token");
    for (const id of ids) this.unanswered.delete(id);
    this.issued.push({ token, table: "pushed", ids, complete: false });
  }

  /** Appends lines to the followed file, the last sometimes in two pieces, and takes a token for its head. */
  async append(pipeline: string): Promise<void> {
    const ids = this.#fresh(this.#followed, 1 + this.#random(50));
    this.#followed += ids.length;
    const text = ids.map((id) => `{"id":${id}}\n`).join("");
    const cut = text.length - this.#random(6);
    await appendFile(this.#file, text.slice(0, cut));
    await appendFile(this.#file, text.slice(cut));
    const url = `${pipeline}/tables/followed/connectors/file/completion_token?basis=head`;
    const token = textOf(await send(url), "token");
    const all = this.#fresh(0, this.#followed);
    this.issued.push({ token, table: "followed", ids: all, complete: false });
  }

  /** Checks one token of any age; what is complete must be in the table, and stay complete. */
  async checkOne(pipeline: string): Promise<void> {
    const one = this.issued[this.#random(Math.max(1, this.issued.length))];
    if (one !== undefined) await this.check(pipeline, one, 0);
  }

  /** Asks a token's status; answers whether it is complete. Throws where the answer can't be true. */
  async check(pipeline: string, one: Issued, wait: number): Promise<boolean> {
    const answer = await send(`${pipeline}/completion_status?token=${one.token}`, { wait });
    const complete = isComplete(answer);
    if (one.complete && !complete) {
      throw new Error(`was complete, and is now ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    if (complete && !one.complete) {
      one.complete = true;
      await assertPresent(pipeline, one);
    }
    return complete;
  }

  #fresh(from: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => from + i);
  }
}

/** Throws where an id is not in its table. */
async function assertPresent(pipeline: string, { table, ids }: Issued): Promise<void> {
  const [first, last] = [ids[0] ?? 0, ids.at(-1) ?? 0];
  const sql = `SELECT count(DISTINCT id) AS n FROM ${table} WHERE id BETWEEN ${first} AND ${last}`;
  const at = pipeline.lastIndexOf("/v0/pipelines/");
  const name = pipeline.slice(at + "/v0/pipelines/".length);
  const [row] = await query(pipeline.slice(0, at), name, sql);
  if (JSON.stringify(row) !== JSON.stringify({ n: ids.length })) {
    throw new Error(
      `complete, but of ${ids.length} ids in ${table} there are ${JSON.stringify(row)}`,
    );
  }
}

function isComplete({ status, body }: Answer): boolean {
  if (status === 200) return textOf({ status, body }, "status") === "complete";
  if (status === 202 || status === 410 || status === 503) return false;
  throw new Error(`no verdict: ${status} ${JSON.stringify(body)}`);
}
