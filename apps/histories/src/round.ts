/** A round: some histories side by side under one weather, all drawn from one seed. */

import { embeddedHistory } from "./embedded-history.ts";
import { groupHistory } from "./group-history.ts";
import { type History, type HistoryKind } from "./history.ts";
import { type Random, randomFrom } from "./random.ts";
import { slotHistory } from "./slot-history.ts";
import { Weather } from "./weather.ts";
import { type World } from "./world.ts";

/** How many histories go on at once. */
export const HISTORIES_A_ROUND = 5;

const KINDS: readonly (readonly [number, readonly [string, HistoryKind]])[] = [
  [3, ["group", groupHistory]],
  [2, ["slot", slotHistory]],
  [4, ["embedded", embeddedHistory]],
];

/** What happened, in order, by who it happened to. */
class Notes {
  readonly #lines: string[] = [];
  readonly #begun = performance.now();

  add(who: string, what: string): void {
    this.#lines.push(`${(performance.now() - this.#begun).toFixed(0)} ${who}: ${what}`);
  }

  /** The last notes on one history, and on what befell all. */
  of(who: string): string {
    const about = this.#lines.filter((line) => line.includes(`${who}:`) || line.includes(" --"));
    return about.slice(-120).join("\n");
  }
}

/** Plays a round to its end and answers its histories; throws the first break of a law, with what led to it. */
export async function playRound(world: World, seed: number): Promise<number> {
  const random = randomFrom(seed);
  const notes = new Notes();
  const weather = new Weather(world, random.fork(), (what) => notes.add("weather", what));
  const acts = Array.from({ length: HISTORIES_A_ROUND }, (_, index) => {
    const name = `h${seed}x${index}`;
    return new Played({ world, weather, notes, random: random.fork(), name });
  });
  try {
    await together(acts.map((one) => one.begin()));
    await together([weather.pass(), ...acts.map((one) => one.goOn())]);
    await together(acts.map((one) => one.settle()));
  } catch (error) {
    // What clearing up fails at follows from it.
    await Promise.allSettled(acts.map((one) => one.end()));
    throw error;
  }
  await together(acts.map((one) => one.end()));
  return acts.length;
}

/** Waits for all, so that nothing goes on behind a failure; then throws the first. */
async function together(all: readonly Promise<void>[]): Promise<void> {
  const failures: unknown[] = [];
  for (const { status, ...rest } of await Promise.allSettled(all)) {
    if (status === "rejected" && "reason" in rest) failures.push(rest.reason);
  }
  if (failures.length > 0) throw failures[0];
}

interface PlayedParts {
  readonly world: World;
  readonly weather: Weather;
  readonly notes: Notes;
  readonly random: Random;
  readonly name: string;
}

/** One history of a round. */
class Played {
  readonly #parts: PlayedParts;
  readonly #kind: readonly [string, HistoryKind];
  readonly #steps: number;
  #history: History | undefined;

  constructor(parts: PlayedParts) {
    this.#parts = parts;
    this.#kind = parts.random.weighted(KINDS);
    this.#steps = parts.random.whole(8, 25);
  }

  async begin(): Promise<void> {
    const { world, weather, random, name, notes } = this.#parts;
    const [, begin] = this.#kind;
    const note = (what: string): void => notes.add(name, what);
    const databaseDeaths = (): number => weather.databaseDeaths;
    const place = { world, random, name, note, databaseDeaths };
    this.#history = await this.#told(() => begin(place));
  }

  async goOn(): Promise<void> {
    for (let step = 0; step < this.#steps; step += 1) await this.#told(() => this.#history?.act());
  }

  async settle(): Promise<void> {
    await this.#told(() => this.#history?.settle());
  }

  async end(): Promise<void> {
    await this.#told(() => this.#history?.[Symbol.asyncDispose]());
  }

  async #told<T>(act: () => PromiseLike<T> | undefined): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      const { name, notes } = this.#parts;
      const what = error instanceof Error ? error.message : String(error);
      const told = `${this.#kind[0]} history ${name}: ${what}\n${notes.of(name)}`;
      throw new Error(told, { cause: error });
    }
  }
}
