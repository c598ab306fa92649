/** Random histories of work and faults, each verdict held against what really happened. */

import { withKafkaCluster, withPostgresServer } from "@tidemark/systems";
import { afterAll, beforeAll, expect, test } from "vitest";

import { HISTORIES_A_ROUND, playRound } from "./round.ts";
import { openWorld, type World } from "./world.ts";

/** How many histories to play; `TIDEMARK_HISTORIES` says otherwise. */
const HISTORIES = Number(process.env["TIDEMARK_HISTORIES"] ?? 5);

/** The seed of a round to play again. */
const REPLAYED = process.env["TIDEMARK_HISTORY_SEED"];

/** A round that takes longer hangs. */
const ROUND_MS = 180_000;

const ROUNDS = Math.ceil(HISTORIES / HISTORIES_A_ROUND);

/** Where the seeds of a run begin. */
const FIRST = Number(process.env["TIDEMARK_PROPERTY_SEED"] ?? Date.now() % 1_000_000_000);

function seeds(): readonly number[] {
  if (REPLAYED !== undefined) return [Number(REPLAYED)];
  return Array.from({ length: ROUNDS }, (_, index) => (FIRST + index * 7919) % 2 ** 31);
}

withKafkaCluster({}, (kafka) => {
  withPostgresServer((postgres) => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(kafka(), postgres());
    });
    afterAll(() => world[Symbol.asyncDispose]());

    test(
      "whatever is done and whatever breaks, no token is falsely complete, and every claim ends as it must",
      async () => {
        let played = 0;
        for (const seed of seeds()) {
          try {
            played += await playRound(world, seed);
          } catch (error) {
            const what = error instanceof Error ? error.message : String(error);
            throw new Error(`TIDEMARK_HISTORY_SEED=${seed} plays it again\n${what}`, {
              cause: error,
            });
          }
        }
        expect(played).toBe(seeds().length * HISTORIES_A_ROUND);
      },
      ROUNDS * ROUND_MS,
    );
  });
});
