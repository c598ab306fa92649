/** Rows that are pushed over HTTP, into a view that is written to a file. */

import { join } from "node:path";

import { asRecord, type JsonRecord } from "./api.ts";
import { type Coverage, unexpected } from "./claims.ts";
import { type Act, type Fed, type Feed, quoted, requireEqual, requireRejected } from "./feed.ts";
import { replayedFile } from "./file-replay.ts";
import { type HistoryPlace } from "./history.ts";
import { type Random } from "./random.ts";

/** A table that takes pushes. */
export async function pushFeed(place: HistoryPlace): Promise<Feed> {
  return await Promise.resolve(new PushFeed(place));
}

class PushFeed implements Feed {
  readonly program: string;
  readonly #place: HistoryPlace;
  readonly #file: string;
  #sent = 0;
  /** Bad records of bodies that were answered, and of all that were sent. */
  readonly #bad = { durable: 0, sent: 0 };

  constructor(place: HistoryPlace) {
    this.#place = place;
    this.#file = join(place.world.server.folder, `pushed-${place.name}.json`);
    const transport = { name: "file_output", config: { path: this.#file } };
    const outputs = [{ name: "file", transport, format: { name: "json" } }];
    this.program = `
      CREATE TABLE pushed (n BIGINT NOT NULL) WITH ('materialized' = 'true');
      CREATE MATERIALIZED VIEW taken WITH ('connectors' = ${quoted(outputs)})
        AS SELECT n, n * 2 AS twice FROM pushed;`;
  }

  acts(fed: Fed): readonly Act[] {
    return [[12, () => this.#push(fed)]];
  }

  /** What was pushed last comes last. */
  async drain(fed: Fed): Promise<void> {
    await this.#push(fed);
  }

  async settle({ pipeline }: Fed): Promise<void> {
    const view = await pipeline.query("SELECT n FROM taken");
    const rows = (view ?? []).map((row) => String(row["n"]));
    const twice = rows.filter((row, index) => rows.indexOf(row) !== index);
    if (twice.length > 0) throw new Error(`pushed rows are there twice: ${twice.join(", ")}`);
    const unknown = rows.filter((row) => !(Number(row) < this.#sent));
    if (unknown.length > 0) throw new Error(`nobody pushed ${unknown.join(", ")}`);
    requireEqual("the file of pushed rows", await this.#written(), rows);
    const { durable: least, sent: most } = this.#bad;
    await requireRejected(pipeline, { of: "pushed.%", least, most });
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #push({ pipeline, claims, losses }: Fed): Promise<void> {
    const { random, world, note } = this.#place;
    const numbers = Array.from({ length: random.whole(1, 20) }, () => (this.#sent += 1) - 1);
    const durable = random.chance(0.2);
    const path = `${pipeline.path}/ingress/pushed?format=json&update_format=raw${durable ? "&durable=true" : ""}`;
    const bad = random.weighted([
      [3, 0],
      [1, random.whole(1, 4)],
    ]);
    this.#bad.sent += bad;
    const before = losses();
    const body = bodyOf(numbers, bad, random);
    const outcome = await world.api.ask(path, { method: "POST", body });
    if (outcome.kind === "died" || outcome.status === 503) return;
    const token = tokenOf(outcome, bad);
    if (durable) this.#bad.durable += bad;
    note(`pushed ${numbers[0]} to ${numbers.at(-1)}, and ${bad} bad records`);
    const lacking = async (): Promise<readonly string[]> => {
      const there = new Set(await this.#written());
      return numbers.map(String).filter((n) => !there.has(n));
    };
    const coverage: Coverage = {
      missing: lacking,
      lostBy: async () => {
        const isLost = !durable && losses() > before && (await lacking()).length > 0;
        return isLost ? ["beyond-end"] : [];
      },
      lineEnded: () => false,
      isDoomed: () => false,
      movesBack: () => 0,
      rejected: () => [{ of: `the push of ${numbers[0]}`, least: bad, most: bad }],
      holdsUp: () => [],
    };
    claims.add(token, `pushed rows from ${numbers[0]}`, coverage);
  }

  async #written(): Promise<readonly string[]> {
    const rows = await replayedFile(this.#file);
    return rows.map((row) => String(JSON.parse(row).n));
  }
}

/** Good records, with bad ones anywhere between them. */
function bodyOf(numbers: readonly number[], bad: number, random: Random): string {
  const records = numbers.map((n) => `{"n":${n}}`);
  for (let i = 0; i < bad; i += 1) {
    const record = random.pick(['{"n":"none"}', '{"n":null}', '{"m":1}']);
    records.splice(random.whole(0, records.length + 1), 0, record);
  }
  return records.map((record) => `${record}\n`).join("");
}

function tokenOf(
  answer: { readonly status: number; readonly body: JsonRecord },
  bad: number,
): string {
  const { status, body } = answer;
  const { num_errors: errors, token } = status === 400 ? asRecord(body["details"]) : body;
  const isRight = bad === 0 ? status === 200 : status === 400 && errors === bad;
  if (!isRight || typeof token !== "string") throw unexpected(`a push with ${bad} bad`, answer);
  return token;
}
