/** Weather: what befalls the systems that all histories share, while they go on. */

import { setTimeout as sleep } from "node:timers/promises";

import { type Random } from "./random.ts";
import { type World } from "./world.ts";

/** One thing that happens, and passes. */
interface Spell {
  readonly what: string;
  readonly afterMs: number;
  readonly lastsMs: number;
  readonly begin: () => Promise<void> | void;
  readonly end: () => Promise<void> | void;
}

type Kind = readonly [what: string, begin: Spell["begin"], end: Spell["end"]];

/** The weather of one round, drawn before it begins. */
export class Weather {
  readonly #spells: readonly Spell[];
  readonly #note: (what: string) => void;
  readonly #world: World;
  #databaseDeaths = 0;

  constructor(world: World, random: Random, note: (what: string) => void) {
    this.#world = world;
    this.#note = note;
    const count = random.weighted([
      [1, 0],
      [3, 1],
      [3, 2],
      [2, 3],
    ]);
    this.#spells = Array.from({ length: count }, () => this.#draw(random));
  }

  /** True where nothing happens to the shared systems in this round. */
  get calm(): boolean {
    return this.#spells.length === 0;
  }

  /** How often the database's server was killed so far. */
  get databaseDeaths(): number {
    return this.#databaseDeaths;
  }

  /** Lets it all happen, one after the other. Every system is as it should be when it resolves. */
  async pass(): Promise<void> {
    for (const { what, afterMs, lastsMs, begin, end } of this.#spells) {
      await sleep(afterMs);
      this.#note(`-- ${what} for ${lastsMs} ms`);
      await begin();
      await sleep(lastsMs);
      await end();
      this.#note(`-- over: ${what}`);
    }
  }

  #draw(random: Random): Spell {
    const [what, begin, end] = random.weighted(this.#kinds());
    const afterMs = random.whole(0, 500);
    return { what, begin, end, afterMs, lastsMs: random.whole(20, 700) };
  }

  #kinds(): readonly (readonly [number, Kind])[] {
    const { kafka, postgres, postgresProxy, server } = this.#world;
    const broker = kafka.broker(1);
    const kafkaProxy = broker.proxy;
    return [
      [6, ["our server is killed", () => server.kill(), () => server.start()]],
      [2, ["the broker is killed", () => broker.kill(), () => broker.start()]],
      [3, ["the broker stands still", () => broker.pause(), () => broker.resume()]],
      [3, ["our connections to Kafka are cut", () => kafkaProxy.cut(), passes]],
      [2, ["Kafka refuses us", () => kafkaProxy.refuse(), () => kafkaProxy.heal()]],
      [3, ["Kafka is silent to us", () => kafkaProxy.silence(), () => kafkaProxy.heal()]],
      [3, ["the database is killed", () => this.#killDatabase(), () => postgres.start()]],
      [3, ["the database stands still", () => postgres.pause(), () => postgres.resume()]],
      [3, ["our connections to the database are cut", () => postgresProxy.cut(), passes]],
      [2, ["the database refuses us", () => postgresProxy.refuse(), () => postgresProxy.heal()]],
      [
        3,
        ["the database is silent to us", () => postgresProxy.silence(), () => postgresProxy.heal()],
      ],
    ];
  }

  #killDatabase(): Promise<void> {
    this.#databaseDeaths += 1;
    return this.#world.postgres.kill();
  }
}

/** What passes by itself. */
function passes(): void {}
