/** Histories of a topic that an external engine reads, and whose consumer group we observe. */

import { ClaimActs } from "./claim-acts.ts";
import { Claims, type Coverage, unexpected } from "./claims.ts";
import { type CommitStyle, GroupEngine } from "./group-engine.ts";
import { type History, type HistoryPlace } from "./history.ts";
import { type Isolation } from "./kafka-log.ts";
import { patiently } from "./patience.ts";
import { Pipeline } from "./pipeline.ts";
import { TopicLife, type Write } from "./topic-life.ts";

const MOST_PARTITIONS = 4;
/** Callers ask for receipts of what they have just written. */
const RECENT = 6;
const SETTLE_MS = 60_000;

/** Begins one: its own topic, group and pipeline. */
export async function groupHistory(place: HistoryPlace): Promise<History> {
  const { world, random, name } = place;
  const { kafka } = world;
  const topic = await TopicLife.create(kafka, `topic-${name}`, random.whole(1, 4));
  const isolation = random.pick<Isolation>(["read_committed", "read_uncommitted"]);
  const style = random.pick<CommitStyle>(["position", "record"]);
  const engine = new GroupEngine({ kafka, topic, group: `group-${name}`, isolation, style });
  place.note(`${topic.name} of ${topic.partitions}, read ${isolation}, committed by ${style}`);
  const config = {
    topic: topic.name,
    "bootstrap.servers": kafka.proxiedBootstrap,
    "group.id": engine.group,
    "isolation.level": isolation,
    level: "processed",
  };
  const connectors = [{ name: "k", transport: { name: "kafka_input", config } }];
  const program = `CREATE TABLE t (id VARCHAR) WITH ('connectors' = '${JSON.stringify(connectors)}')`;
  const pipeline = await Pipeline.start(world.api, { name, program, engine: "external" });
  return new GroupHistory(place, { topic, engine, pipeline });
}

interface GroupParts {
  readonly topic: TopicLife;
  readonly engine: GroupEngine;
  readonly pipeline: Pipeline;
}

type Act = () => Promise<unknown>;

class GroupHistory implements History {
  readonly #place: HistoryPlace;
  readonly #topic: TopicLife;
  readonly #engine: GroupEngine;
  readonly #pipeline: Pipeline;
  readonly #claims: Claims;
  readonly #acts: ClaimActs;
  /** A dead engine never runs again. */
  #alive = true;
  #movesBack = 0;
  /** Partitions of this life of the topic that were deleted beyond what was committed. */
  readonly #cutShort = new Set<number>();
  /** True where what proves that nothing readable followed a commit was deleted: it can't be proven anew. */
  #proofGone = false;
  /** What was deleted before the engine came to it, although it had begun. */
  readonly #unread = new Set<string>();

  constructor(place: HistoryPlace, { topic, engine, pipeline }: GroupParts) {
    this.#place = place;
    this.#topic = topic;
    this.#engine = engine;
    this.#pipeline = pipeline;
    this.#claims = new Claims(place.world.api, pipeline.name);
    this.#acts = new ClaimActs(place, this.#claims);
  }

  async act(): Promise<void> {
    const { random } = this.#place;
    const act = random.weighted<Act>([
      [10, () => this.#write()],
      [6, () => this.#transact()],
      [12, () => this.#run(false).then(() => this.#acts.check())],
      [3, () => this.#run(true)],
      [8, () => this.#takeHead()],
      [6, () => this.#takeReceipt()],
      [8, () => this.#acts.check()],
      [6, () => this.#acts.wait(() => this.#run(false).then(() => this.#write()))],
      [3, () => this.#acts.join()],
      [2, () => this.#topic.fenceOne()],
      [2, () => this.#widen()],
      [2, () => this.#reset()],
      [1, () => this.#deleteGroup()],
      [3, () => this.#deleteRecords()],
      [1, () => this.#recreate()],
      [1, () => this.#die()],
    ]);
    await act();
  }

  async settle(): Promise<void> {
    await this.#pipeline.running();
    const deadline = Date.now() + SETTLE_MS;
    while (this.#alive && (await this.#run(false))) {
      if (Date.now() > deadline) throw new Error("the engine does not come to an end");
    }
    this.#place.note("settling");
    await this.#claims.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline.remove();
    await this.#topic.remove();
  }

  async #write(): Promise<void> {
    const { random, note } = this.#place;
    const partition = random.whole(0, this.#topic.partitions);
    const count = random.whole(1, 6);
    await this.#topic.write(partition, count);
    note(`wrote ${count} to ${partition}`);
  }

  async #transact(): Promise<void> {
    const { random, note } = this.#place;
    const partition = random.whole(0, this.#topic.partitions);
    const end = random.weighted([
      [4, "commit" as const],
      [2, "abort" as const],
      [2, "hang" as const],
    ]);
    await this.#topic.transact(partition, random.whole(1, 4), end);
    note(`transaction in ${partition}: ${end}`);
    // What was committed is covered, although its marker may not be written yet.
    if (end === "commit") await this.#takeHead();
  }

  /** False once there is nothing more to do. */
  async #run(crashes: boolean): Promise<boolean> {
    if (!this.#alive) return false;
    const { random, note } = this.#place;
    try {
      const records = random.pick([1, 2, 5, 100]);
      const moved = await this.#engine.run({ records, crashes });
      note(crashes ? "the engine processed and crashed" : `the engine ran, ${moved}`);
      return moved;
    } catch (error) {
      note(`the engine failed: ${String(error).slice(0, 200)}`);
      return true;
    }
  }

  async #takeHead(): Promise<void> {
    const { random } = this.#place;
    const covered = this.#topic.held();
    await this.#take(random.chance(0.5) ? "?basis=head" : "", "the head", covered);
  }

  async #takeReceipt(): Promise<void> {
    const told = this.#topic.acknowledged().filter(({ offset }) => offset !== undefined);
    if (told.length === 0) return;
    const write = this.#place.random.pick(told.slice(-RECENT));
    const receipt = `${this.#topic.name}-${write.partition}-${write.offset}`;
    await this.#take(`?receipt=${receipt}`, `receipt ${receipt} (${write.id})`, [write]);
  }

  async #take(parameters: string, about: string, covered: readonly Write[]): Promise<void> {
    const path = `${this.#pipeline.path}/tables/t/connectors/k/completion_token${parameters}`;
    const outcome = await this.#place.world.api.ask(path);
    if (outcome.kind === "died" || outcome.status === 503) return;
    this.#place.note(`a token for ${about}: ${outcome.status}`);
    if (outcome.status === 409 && covered.every((write) => this.#topic.isGone(write))) return;
    if (outcome.status !== 200) throw unexpected("a request for a token", outcome);
    this.#claims.add(String(outcome.body["token"]), about, this.#coverage(covered));
  }

  #coverage(covered: readonly Write[]): Coverage {
    const { life } = this.#topic;
    const ended = (): boolean => this.#topic.life !== life;
    return {
      missing: async () => covered.filter(({ id }) => !this.#engine.has(id)).map(({ id }) => id),
      lineEnded: () => ended() || this.#proofGone,
      lostBy: async () => [
        ...(ended() ? ["PipelineRestarted" as const] : []),
        ...(this.#cutShort.size > 0 ? ["dropped" as const] : []),
      ],
      isDoomed: () => covered.some(({ id }) => this.#unread.has(id) && !this.#engine.has(id)),
      movesBack: () => this.#movesBack,
      holdsUp: () => this.#holdsUp(),
    };
  }

  #holdsUp(): readonly string[] {
    if (!this.#alive) return ["consumer-inactive"];
    const held = this.#topic.hanging > 0 && this.#engine.isolation === "read_committed";
    return held ? ["transaction-open"] : [];
  }

  async #widen(): Promise<void> {
    if (this.#topic.partitions >= MOST_PARTITIONS) return;
    await this.#topic.widen();
    this.#place.note(`now ${this.#topic.partitions} partitions`);
  }

  /** An operator moves the group back, or on to where it stands. */
  async #reset(): Promise<void> {
    const { random, world, note } = this.#place;
    const { operator } = world.kafka;
    const partition = random.whole(0, this.#topic.partitions);
    const committed = (await operator.groupOffsets(this.#engine.group, this.#topic.name)).get(
      partition,
    );
    if (committed === undefined || committed < 1n) return;
    const to = BigInt(random.whole(0, Number(committed)));
    this.#movesBack += 1;
    this.#unread.clear();
    const offsets = new Map([[partition, to]]);
    await patiently(() => operator.commitGroup(this.#engine.group, this.#topic.name, offsets));
    this.#engine.forget(partition, to);
    if ((await operator.start(this.#topic.name, partition)) > to) this.#cutShort.add(partition);
    note(`reset ${partition} from ${committed} to ${to}`);
  }

  async #deleteGroup(): Promise<void> {
    const { world, note } = this.#place;
    const known = await world.kafka.operator.groupOffsets(this.#engine.group, this.#topic.name);
    if (known.size === 0) return;
    this.#movesBack += 1;
    this.#unread.clear();
    await patiently(async () => {
      const left = await world.kafka.operator.groupOffsets(this.#engine.group, this.#topic.name);
      if (left.size > 0) await world.kafka.operator.deleteGroup(this.#engine.group);
    });
    this.#engine.forgetAll();
    for (let partition = 0; partition < this.#topic.partitions; partition += 1) {
      if ((await world.kafka.operator.start(this.#topic.name, partition)) > 0n) {
        this.#cutShort.add(partition);
      }
    }
    note("deleted the group");
  }

  async #deleteRecords(): Promise<void> {
    const { random, world, note } = this.#place;
    const { operator } = world.kafka;
    const { name } = this.#topic;
    const partition = random.whole(0, this.#topic.partitions);
    const end = await operator.end(name, partition);
    const start = await operator.start(name, partition);
    if (end <= start) return;
    const before = BigInt(random.whole(Number(start) + 1, Number(end) + 1));
    const committed = (await operator.groupOffsets(this.#engine.group, name)).get(partition);
    const beyond = before > (committed ?? 0n);
    if (beyond) this.#cutShort.add(partition);
    // Said before it happens, as a waiter may be told at once.
    if (beyond && committed !== undefined) this.#proofGone = true;
    await this.#topic.deleteBefore(partition, before);
    const unread = this.#topic
      .gone(partition)
      .filter(({ id, offset }) => offset >= (committed ?? 0n) && this.#engine.isGiven(id));
    if (unread.length > 0) this.#proofGone = false;
    if (committed !== undefined && committed >= 0n)
      for (const { id } of unread) this.#unread.add(id);
    note(`deleted ${partition} before ${before} (committed ${committed})`);
    // Before the engine passes over it: only until then does progress show that input is lost.
    await this.#acts.check();
  }

  async #recreate(): Promise<void> {
    this.#movesBack += 1;
    this.#unread.clear();
    const partitions = this.#place.random.whole(1, 4);
    await this.#topic.recreate(partitions);
    this.#engine.forgetAll();
    this.#cutShort.clear();
    this.#proofGone = false;
    this.#place.note(`recreated the topic with ${partitions}`);
  }

  async #die(): Promise<void> {
    if (!this.#place.random.chance(0.3)) return;
    this.#alive = false;
    this.#place.note("the engine is gone for good");
  }
}
