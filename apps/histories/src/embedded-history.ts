/** Histories of a pipeline that we run ourselves, with one or several inputs. */

import { cdcFeed } from "./cdc-feed.ts";
import { ClaimActs } from "./claim-acts.ts";
import { Claims } from "./claims.ts";
import { type Act, type Fed, type Feed, type FeedKind } from "./feed.ts";
import { type History, type HistoryPlace } from "./history.ts";
import { kafkaFeed } from "./kafka-feed.ts";
import { Pipeline } from "./pipeline.ts";
import { pushFeed } from "./push-feed.ts";

const KINDS: readonly FeedKind[] = [cdcFeed, kafkaFeed, pushFeed];

/** Begins one: its own feeds and pipeline. */
export async function embeddedHistory(place: HistoryPlace): Promise<History> {
  const { world, random, name } = place;
  const chosen = KINDS.filter(() => random.chance(0.5));
  const kinds = chosen.length === 0 ? [random.pick(KINDS)] : chosen;
  const feeds = await Promise.all(kinds.map((kind) => kind(place)));
  const program = feeds.map((feed) => feed.program).join("\n");
  const pipeline = await Pipeline.start(world.api, { name, program, engine: "embedded" });
  return new EmbeddedHistory(place, feeds, pipeline);
}

class EmbeddedHistory implements History {
  readonly #place: HistoryPlace;
  readonly #feeds: readonly Feed[];
  readonly #fed: Fed;
  readonly #work: readonly Act[];
  readonly #acts: ClaimActs;
  #forcedStops = 0;

  constructor(place: HistoryPlace, feeds: readonly Feed[], pipeline: Pipeline) {
    const { api, server } = place.world;
    const claims = new Claims(api, pipeline.name);
    const losses = (): number => server.deaths + this.#forcedStops;
    this.#place = place;
    this.#feeds = feeds;
    this.#fed = { pipeline, claims, losses };
    this.#work = feeds.flatMap((feed) => feed.acts(this.#fed));
    this.#acts = new ClaimActs(place, claims);
  }

  async act(): Promise<void> {
    const { random } = this.#place;
    const act = random.weighted<Act[1]>([
      ...this.#work,
      [8, () => this.#acts.check()],
      [8, () => this.#acts.wait(random.weighted(this.#work))],
      [4, () => this.#acts.join()],
      [2, () => this.#restart()],
    ]);
    await act();
  }

  async settle(): Promise<void> {
    await this.#fed.pipeline.running();
    this.#place.note("settling");
    for (const feed of this.#feeds) await feed.drain(this.#fed);
    await this.#fed.claims.settle();
    for (const feed of this.#feeds) await feed.settle(this.#fed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fed.pipeline.remove();
    for (const feed of this.#feeds) await feed[Symbol.asyncDispose]();
  }

  async #restart(): Promise<void> {
    const force = this.#place.random.chance(0.5);
    if (force) this.#forcedStops += 1;
    await this.#fed.pipeline.restart({ force });
    this.#place.note(force ? "stopped by force and started" : "stopped and started");
  }
}
