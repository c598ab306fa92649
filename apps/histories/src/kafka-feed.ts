/** A topic that is read into a view, whose rows go to another topic. */

import { readCommitted } from "@tidemark/systems";

import { type Coverage, unexpected } from "./claims.ts";
import { type Act, type Fed, type Feed, quoted, requireEqual, requireRejected } from "./feed.ts";
import { replayed } from "./file-replay.ts";
import { type HistoryPlace } from "./history.ts";
import { patiently } from "./patience.ts";
import { type RejectBounds } from "./reject-bounds.ts";
import { isBad, TopicLife, type Write } from "./topic-life.ts";

const MOST_PARTITIONS = 4;
/** Callers ask for receipts of what they have just written. */
const RECENT = 6;
/** How many of the records are bad. */
const BAD_SHARE = 0.15;

/** A topic to read, and one to write. */
export async function kafkaFeed(place: HistoryPlace): Promise<Feed> {
  const { world, random, name } = place;
  const topic = await TopicLife.create(world.kafka, `in-${name}`, random.whole(1, 4));
  const taken = await world.kafka.operator.createTopic({ name: `out-${name}` });
  return new KafkaFeed(place, topic, taken);
}

class KafkaFeed implements Feed {
  readonly program: string;
  readonly #place: HistoryPlace;
  readonly #topic: TopicLife;
  readonly #taken: string;
  /** Records went away that may or may not have been read. */
  #someAreGone = false;

  constructor(place: HistoryPlace, topic: TopicLife, taken: string) {
    this.#place = place;
    this.#topic = topic;
    this.#taken = taken;
    const servers = { "bootstrap.servers": place.world.kafka.proxiedBootstrap };
    const input = {
      name: "in",
      transport: {
        name: "kafka_input",
        config: {
          ...servers,
          topic: topic.name,
          start_from: "earliest",
          resume_earliest_if_data_expires: true,
          "topic.metadata.refresh.interval.ms": 300,
        },
      },
      format: { name: "json", config: { update_format: "raw" } },
    };
    const output = {
      name: "out",
      transport: { name: "kafka_output", config: { ...servers, topic: taken } },
      format: { name: "json" },
    };
    this.program = `
      CREATE TABLE sent (id VARCHAR NOT NULL)
        WITH ('materialized' = 'true', 'connectors' = ${quoted([input])});
      CREATE MATERIALIZED VIEW arrived WITH ('connectors' = ${quoted([output])})
        AS SELECT id, count(*) AS times FROM sent GROUP BY id;`;
  }

  acts(fed: Fed): readonly Act[] {
    return [
      [10, () => this.#write()],
      [8, () => this.#transact()],
      [8, () => this.#takeHead(fed)],
      [6, () => this.#takeReceipt(fed)],
      [2, () => this.#topic.fenceOne()],
      [2, () => this.#widen()],
      [1, () => this.#recreate()],
      [1, () => this.#expire()],
    ];
  }

  /** Nothing that is open can be waited for. */
  async drain(fed: Fed): Promise<void> {
    await this.#topic.fenceAll();
    const covered = this.#topic.held();
    await this.#take(fed, { parameters: "?basis=head", about: "the topic's end", covered });
  }

  async settle({ pipeline }: Fed): Promise<void> {
    const view = await pipeline.query("SELECT id, times FROM arrived");
    const rows = (view ?? []).map(shown);
    // No token for the topic that there is now covers what of the one before is still on its way.
    const delivered = async (): Promise<void> =>
      requireEqual("the topic of the view", await this.#written(), rows);
    await (this.#someAreGone ? patiently(delivered) : delivered());
    const all = await patiently(() => this.#topic.committed());
    const bad = this.#rejected(all.filter(isBad).length);
    await requireRejected(pipeline, this.#someAreGone ? bad : { ...bad, most: bad.least });
    const held = timesOf(all.filter((id) => !isBad(id)));
    if (!this.#someAreGone) return requireEqual("the view", rows, held);
    const lacking = held.filter((row) => !rows.includes(row));
    if (lacking.length > 0) throw new Error(`the view lacks ${lacking.join(" ")}`);
    const ids = new Set(this.#topic.writes.map(({ id }) => id));
    const unknown = (view ?? []).filter(({ id }) => !ids.has(String(id)));
    if (unknown.length > 0) throw new Error(`nobody wrote ${unknown.map(shown).join(" ")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#topic.remove();
    await this.#place.world.kafka.operator.deleteTopic(this.#taken);
  }

  async #write(): Promise<void> {
    const { random, note } = this.#place;
    const partition = random.whole(0, this.#topic.partitions);
    const count = random.whole(1, 6);
    await this.#topic.write(partition, count, this.#isBad);
    note(`wrote ${count} to ${partition}`);
  }

  async #transact(): Promise<void> {
    const { random, note } = this.#place;
    const partition = random.whole(0, this.#topic.partitions);
    const end = random.weighted([
      [4, "commit" as const],
      [3, "abort" as const],
      [1, "hang" as const],
    ]);
    await this.#topic.transact(partition, random.whole(1, 4), end, this.#isBad);
    note(`transaction in ${partition}: ${end}`);
  }

  async #takeHead(fed: Fed): Promise<void> {
    const isHead = this.#place.random.chance(0.7);
    await this.#take(fed, {
      parameters: isHead ? "?basis=head" : "",
      about: isHead ? "the topic's end" : "what was received",
      covered: isHead ? this.#topic.held() : [],
    });
  }

  async #takeReceipt(fed: Fed): Promise<void> {
    const told = this.#topic
      .acknowledged()
      .filter(({ id, offset }) => offset !== undefined && !isBad(id));
    if (told.length === 0) return;
    const write = this.#place.random.pick(told.slice(-RECENT));
    const receipt = `${this.#topic.name}-${write.partition}-${write.offset}`;
    await this.#take(fed, {
      parameters: `?receipt=${receipt}`,
      about: `receipt ${receipt} (${write.id})`,
      covered: [write],
    });
  }

  async #take(
    { pipeline, claims }: Fed,
    what: {
      readonly parameters: string;
      readonly about: string;
      readonly covered: readonly Write[];
    },
  ): Promise<void> {
    const { parameters, about, covered } = what;
    const path = `${pipeline.path}/tables/sent/connectors/in/completion_token${parameters}`;
    const outcome = await this.#place.world.api.ask(path);
    if (outcome.kind === "died" || outcome.status === 503) return;
    this.#place.note(`a token for ${about}: ${outcome.status}`);
    if (outcome.status === 409 && this.#someAreGone) return;
    if (outcome.status !== 200) throw unexpected("a request for a token", outcome);
    const good = covered.filter(({ id }) => !isBad(id));
    const bad = covered.length - good.length;
    const lacking = async (): Promise<readonly string[]> => {
      const there = await this.#written();
      const view = await pipeline.query("SELECT id, times FROM arrived");
      return [
        ...lackingIn(there.map(idOfRow), good),
        ...(view === undefined
          ? []
          : lackingIn(
              view.map(({ id }) => String(id)),
              good,
            )),
      ];
    };
    const coverage: Coverage = {
      missing: lacking,
      lostBy: async () => (this.#someAreGone ? ["beyond-end"] : []),
      lineEnded: () => false,
      isDoomed: () => false,
      movesBack: () => 0,
      rejected: () => [this.#rejected(bad)],
      holdsUp: () => [],
    };
    claims.add(String(outcome.body["token"]), about, coverage);
  }

  readonly #isBad = (): boolean => this.#place.random.chance(BAD_SHARE);

  async #widen(): Promise<void> {
    if (this.#topic.partitions >= MOST_PARTITIONS) return;
    await this.#topic.widen();
    this.#place.note(`now ${this.#topic.partitions} partitions`);
  }

  async #recreate(): Promise<void> {
    const { random, note } = this.#place;
    if (!random.chance(0.5)) return;
    this.#someAreGone = true;
    await this.#topic.recreate(random.whole(1, 4));
    note("recreated the topic");
  }

  async #expire(): Promise<void> {
    const { random, world, note } = this.#place;
    const partition = random.whole(0, this.#topic.partitions);
    const { operator } = world.kafka;
    const end = await patiently(() => operator.end(this.#topic.name, partition));
    const start = await patiently(() => operator.start(this.#topic.name, partition));
    if (end <= start) return;
    const before = BigInt(random.whole(Number(start) + 1, Number(end) + 1));
    this.#someAreGone = true;
    await this.#topic.deleteBefore(partition, before);
    note(`deleted ${partition} before ${before}`);
  }

  /** Records that have to be rejected: so many at least, and all of them at most. */
  #rejected(least: number): RejectBounds {
    const most = this.#topic.writes.filter(({ id, outcome }) => isBad(id) && outcome !== "aborted");
    return { of: "sent.in", least: this.#someAreGone ? 0 : least, most: most.length };
  }

  /** What a reader of the view's topic ends up with. */
  async #written(): Promise<readonly string[]> {
    const { bootstrap } = this.#place.world.kafka;
    const records = await patiently(() => readCommitted(bootstrap, this.#taken));
    const events = records.flatMap(({ value }) => value.split("\n"));
    return replayed(events).map((row) => shown(JSON.parse(row)));
  }
}

type Fields = Readonly<Record<string, unknown>>;

function shown({ id, times }: Fields): string {
  return `${String(id)}=${String(times)}`;
}

/** Each id, and how often it is there. */
function timesOf(ids: readonly string[]): readonly string[] {
  const times = new Map<string, number>();
  for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1);
  return [...times].map(([id, count]) => shown({ id, times: count }));
}

function idOfRow(row: string): string {
  return row.slice(0, row.indexOf("="));
}

function lackingIn(there: readonly string[], covered: readonly Write[]): readonly string[] {
  const ids = new Set(there);
  return covered.filter(({ id }) => !ids.has(id)).map(({ id }) => id);
}
