/** A shop: orders that come over Kafka, customers that are kept in PostgreSQL, and what both are asked for. */

import { readCommitted } from "@tidemark/systems";

import { asRecord } from "./api.ts";
import { quoted } from "./feed.ts";
import { replayed } from "./file-replay.ts";
import { patiently } from "./patience.ts";
import { Pipeline } from "./pipeline.ts";
import { type World } from "./world.ts";

const CUSTOMERS = 12;
const ORDERS_AT_ONCE = 10;
const ORDERS = "orders";
const TOTALS = "totals";
/** Whoever writes under it again ends the transaction that it left open. */
const TILL = "till";

/** Rows, each as JSON. */
export type Rows = readonly string[];

/** The pipeline, and those who write what it reads. */
export class Shop {
  readonly pipeline: Pipeline;
  readonly #world: World;
  #orders = 0;
  #changes = 0;

  private constructor(world: World, pipeline: Pipeline) {
    this.#world = world;
    this.pipeline = pipeline;
  }

  /** Makes topics and tables, and starts the pipeline. */
  static async open(world: World): Promise<Shop> {
    const { kafka, postgres, postgresProxy, api } = world;
    await kafka.operator.createTopic({ name: ORDERS, partitions: 3 });
    await kafka.operator.createTopic({ name: TOTALS });
    await postgres.query(`
      CREATE TABLE customers (id bigint PRIMARY KEY, name text);
      CREATE TABLE bills (customer bigint PRIMARY KEY, name text, orders bigint);
      CREATE PUBLICATION customers FOR TABLE customers`);
    const servers = { "bootstrap.servers": kafka.proxiedBootstrap };
    const uri = postgres.urlAt(postgresProxy.port);
    const program = programOf(servers, uri);
    return new Shop(
      world,
      await Pipeline.start(api, { name: "shop", program, engine: "embedded" }),
    );
  }

  /** Keeps writing to both until told to stop; whatever is away is waited for. */
  async write(signal: AbortSignal): Promise<void> {
    const again = async (act: () => Promise<void>): Promise<void> => {
      while (!signal.aborted) await patiently(act);
    };
    await Promise.all([again(() => this.#order()), again(() => this.#change())]);
  }

  /** Resolves when this many more were written of each kind that is asked for. */
  async written(more: { readonly orders?: number; readonly changes?: number }): Promise<void> {
    const orders = this.#orders + (more.orders ?? 0);
    const changes = this.#changes + (more.changes ?? 0);
    await patiently(() =>
      this.#orders >= orders && this.#changes >= changes
        ? Promise.resolve()
        : Promise.reject(new Error("nobody writes")),
    );
  }

  /** One token over both inputs, for all that they hold now. */
  async token(): Promise<string> {
    const { api } = this.#world;
    const connectors = ["tables/orders/connectors/k", "tables/customers/connectors/cdc"];
    return await patiently(async () => {
      const tokens: unknown[] = [];
      for (const connector of connectors) {
        const path = `${this.pipeline.path}/${connector}/completion_token?basis=head`;
        const issued = await api.ask(path);
        if (issued.kind === "died" || issued.status !== 200)
          throw new Error(JSON.stringify(issued));
        tokens.push(issued.body["token"]);
      }
      const path = `${this.pipeline.path}/completion_tokens:join`;
      const joined = await api.ask(path, { method: "POST", body: { tokens } });
      if (joined.kind === "died" || joined.status !== 200) throw new Error(JSON.stringify(joined));
      return String(joined.body["token"]);
    });
  }

  /** What a token is said to be, waited for as long as a test may take. */
  async statusOf(token: string): Promise<unknown> {
    return await patiently(async () => {
      const path = `${this.pipeline.path}/completion_status?token=${token}`;
      const outcome = await this.#world.api.ask(path, { waitSeconds: 60 });
      if (outcome.kind === "died" || outcome.status === 503) throw new Error("not there");
      return outcome.body["status"] ?? outcome.body["message"];
    });
  }

  /** What the outputs ought to hold, by what the sources hold. */
  async due(): Promise<{ readonly totals: Rows; readonly bills: Rows }> {
    const { kafka, postgres } = this.#world;
    const count = new Map<string, number>();
    for (const partition of [0, 1, 2]) {
      for (const { value } of await readCommitted(kafka.bootstrap, ORDERS, partition)) {
        const customer = String(asRecord(JSON.parse(value))["customer"]);
        count.set(customer, (count.get(customer) ?? 0) + 1);
      }
    }
    const totals = [...count].map(([customer, orders]) => row({ customer, orders }));
    const customers = await postgres.query("SELECT id::text, name FROM customers");
    const bills = customers.flatMap(({ id, name }) => {
      const orders = count.get(String(id));
      return orders === undefined ? [] : [row({ customer: id, name, orders })];
    });
    return { totals: totals.toSorted(), bills: bills.toSorted() };
  }

  /** What a reader of the topic and one of the table have. */
  async delivered(): Promise<{ readonly totals: Rows; readonly bills: Rows }> {
    const { kafka, postgres } = this.#world;
    const records = await readCommitted(kafka.bootstrap, TOTALS);
    const totals = replayed(records.flatMap(({ value }) => value.split("\n")));
    const bills = await postgres.query("SELECT customer::text, name, orders::text FROM bills");
    return {
      totals: totals.map((each) => row(asRecord(JSON.parse(each)))).toSorted(),
      bills: bills.map(row).toSorted(),
    };
  }

  /** Some orders at once, and one more in a transaction that follows an aborted one. */
  async #order(): Promise<void> {
    const { operator } = this.#world.kafka;
    const records = Array.from({ length: ORDERS_AT_ONCE }, (_, index) => ({
      value: JSON.stringify({ id: this.#orders + index, customer: index % CUSTOMERS }),
      partition: (this.#orders + index) % 3,
    }));
    await operator.produce(ORDERS, records);
    const aborted = await operator.beginTransaction(TILL);
    await aborted.send(ORDERS, [{ value: '{"id":-1,"customer":0}', partition: 1 }]);
    await aborted.abort();
    const kept = await operator.beginTransaction(TILL);
    await kept.send(ORDERS, [{ value: '{"id":-2,"customer":1}', partition: 2 }]);
    await kept.commit();
    this.#orders += ORDERS_AT_ONCE;
  }

  /** A customer comes, is named anew or goes. */
  async #change(): Promise<void> {
    const id = this.#changes % CUSTOMERS;
    const sql =
      this.#changes % 5 === 4
        ? `DELETE FROM customers WHERE id = ${id}`
        : `INSERT INTO customers VALUES (${id}, 'name ${this.#changes}')
             ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name`;
    await this.#world.postgres.query(sql);
    this.#changes += 1;
  }
}

function row(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ");
}

function programOf(servers: Readonly<Record<string, string>>, uri: string): string {
  const orders = {
    name: "k",
    transport: {
      name: "kafka_input",
      config: { ...servers, topic: ORDERS, start_from: "earliest" },
    },
    format: { name: "json", config: { update_format: "raw" } },
  };
  const changes = {
    name: "cdc",
    transport: {
      name: "postgres_cdc_input",
      config: { uri, publication: "customers", source_table: "public.customers" },
    },
  };
  const totals = {
    name: "k",
    transport: { name: "kafka_output", config: { ...servers, topic: TOTALS } },
    format: { name: "json" },
  };
  const bills = {
    name: "table",
    transport: { name: "postgres_output", config: { uri, table: "bills" } },
  };
  return `
    CREATE TABLE orders (id BIGINT NOT NULL, customer BIGINT NOT NULL)
      WITH ('materialized' = 'true', 'connectors' = ${quoted([orders])});
    CREATE TABLE customers (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR)
      WITH ('materialized' = 'true', 'connectors' = ${quoted([changes])});
    CREATE MATERIALIZED VIEW totals WITH ('connectors' = ${quoted([totals])})
      AS SELECT customer, count(*) AS orders FROM orders GROUP BY customer;
    CREATE MATERIALIZED VIEW bills WITH ('connectors' = ${quoted([bills])})
      AS SELECT o.customer, c.name, count(*) AS orders
        FROM orders o JOIN customers c ON c.id = o.customer GROUP BY o.customer, c.name;`;
}
