/** The whole system: Kafka and PostgreSQL in, Kafka and PostgreSQL out, and each of all that dies several times. */

import { withKafkaCluster, withPostgresServer } from "@tidemark/systems";
import { expect, test } from "vitest";

import { Shop } from "./shop.ts";
import { openWorld, type World } from "./world.ts";

/** Kills one or several at once, has work go on for those who still can, and brings them back. */
async function survive(
  { server, kafka, postgres }: World,
  shop: Shop,
  dying: readonly ("server" | "broker" | "database")[],
): Promise<void> {
  const [broker] = kafka.brokers;
  const [ours, theirs, database] = ["server" as const, "broker" as const, "database" as const].map(
    (each) => dying.includes(each),
  );
  await Promise.all([
    ours === true ? server.kill() : undefined,
    theirs === true ? broker?.kill() : undefined,
    database === true ? postgres.kill() : undefined,
  ]);
  await shop.written({ orders: theirs === true ? 0 : 10, changes: database === true ? 0 : 5 });
  await Promise.all([
    theirs === true ? broker?.start() : undefined,
    database === true ? postgres.start() : undefined,
    ours === true ? server.start() : undefined,
  ]);
}

withKafkaCluster({}, (kafka) => {
  withPostgresServer((postgres) => {
    test(
      "whoever dies while writers go on, both outputs end with exactly the rows of both inputs, and every token is complete",
      { timeout: 300_000 },
      async () => {
        await using world = await openWorld(kafka(), postgres());
        const shop = await Shop.open(world);
        const stop = new AbortController();
        const writing = shop.write(stop.signal);
        const tokens: string[] = [];
        const deaths = [
          ["server"],
          ["database"],
          ["broker"],
          ["server", "database"],
          ["server"],
          ["database"],
          ["server", "broker", "database"],
        ] as const;
        for (const dying of deaths) {
          await shop.written({ orders: 20, changes: 10 });
          tokens.push(await shop.token());
          await survive(world, shop, dying);
          await shop.pipeline.running();
        }
        await shop.written({ orders: 20, changes: 10 });
        stop.abort();
        await writing;
        tokens.push(await shop.token());
        for (const token of tokens) expect(await shop.statusOf(token)).toBe("complete");
        expect(await shop.delivered()).toEqual(await shop.due());
      },
    );
  });
});
