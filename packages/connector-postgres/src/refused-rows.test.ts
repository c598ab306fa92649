/** Rows that a table can't take: every one is named by its key, with its column and value. */

import { type Value } from "@tidemark/connector";
import { withPostgres } from "@tidemark/systems";
import { expect, test } from "vitest";

import { columnsOf, openOutput, refusalsOf, step } from "./testing/output.ts";

interface Refusal {
  readonly what: string;
  /** Makes the table `t`, with its key `id`. */
  readonly ddl: string;
  /** The type of the view's column `a`. */
  readonly type: string;
  readonly good: Value;
  readonly bad: Value;
  readonly column?: string | null;
  /** The table takes a value once. */
  readonly once?: true;
  readonly says: RegExp;
}

const KEY = "id int PRIMARY KEY";

const REFUSALS: readonly Refusal[] = [
  {
    what: "a text with U+0000",
    ddl: `CREATE TABLE t (${KEY}, a text)`,
    type: "VARCHAR",
    good: "fine",
    bad: "x\u0000y",
    says: /^id 2, column a: PostgreSQL refuses the value "x\\u0000y": unsupported Unicode/u,
  },
  {
    what: "U+0000 inside jsonb",
    ddl: `CREATE TABLE t (${KEY}, a jsonb)`,
    type: "VARIANT",
    good: '{"b":1}',
    bad: '{"b":"\\u0000"}',
    says: /^id 2, column a: .*u0000/u,
  },
  {
    what: "a text that is too long",
    ddl: `CREATE TABLE t (${KEY}, a varchar(3))`,
    type: "VARCHAR",
    good: "äöü",
    bad: "abcd",
    says: /^id 2, column a: .*"abcd": it is longer than 3 characters/u,
  },
  {
    what: "a text whose spaces at the end are too many",
    ddl: `CREATE TABLE t (${KEY}, a varchar(3))`,
    type: "VARCHAR",
    good: "ab ",
    bad: "abc ",
    says: /longer than 3 characters/u,
  },
  {
    what: "an integer out of range",
    ddl: `CREATE TABLE t (${KEY}, a int)`,
    type: "BIGINT",
    good: 7n,
    bad: 3_000_000_000n,
    says: /^id 2, column a: .*3000000000: .*out of range/u,
  },
  {
    what: "a decimal with too many digits",
    ddl: `CREATE TABLE t (${KEY}, a numeric(4, 2))`,
    type: "DECIMAL(10, 2)",
    good: 9999n,
    bad: 10_000n,
    says: /^id 2, column a: .*100\.00: numeric field overflow/u,
  },
  {
    what: "a check",
    ddl: `CREATE TABLE t (${KEY}, a int CONSTRAINT positive CHECK (a > 0))`,
    type: "INT",
    good: 1,
    bad: -1,
    says: /^id 2, column a: .*-1: .*check constraint "positive"/u,
  },
  {
    what: "a check of several columns",
    ddl: `CREATE TABLE t (${KEY}, a int, CHECK (a > id))`,
    type: "INT",
    good: 5,
    bad: 1,
    column: null,
    says: /^id 2: PostgreSQL refuses the row: .*check constraint/u,
  },
  {
    what: "NOT NULL",
    ddl: `CREATE TABLE t (${KEY}, a int NOT NULL)`,
    type: "INT",
    good: 1,
    bad: null,
    says: /^id 2, column a: .*null value in column "a"/u,
  },
  {
    what: "a value that has to be unique",
    ddl: `CREATE TABLE t (${KEY}, a int UNIQUE); INSERT INTO t VALUES (99, 5)`,
    type: "INT",
    good: 1,
    bad: 5,
    once: true,
    says: /^id 2, column a: .*unique constraint.*Key \(a\)=\(5\)/u,
  },
  {
    what: "an exclusion",
    ddl: `CREATE TABLE t (${KEY}, a inet, EXCLUDE USING gist (a inet_ops WITH &&)); INSERT INTO t VALUES (99, '10.0.0.1')`,
    type: "VARCHAR",
    good: "10.0.0.2",
    bad: "10.0.0.1",
    once: true,
    says: /^id 2, column a: .*exclusion constraint/u,
  },
  {
    what: "a foreign key",
    ddl: `CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1); CREATE TABLE t (${KEY}, a int REFERENCES p)`,
    type: "INT",
    good: 1,
    bad: 2,
    says: /^id 2, column a: .*foreign key constraint.*is not present/u,
  },
  {
    what: "a foreign key that is checked when the transaction ends",
    ddl: `CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1);
      CREATE TABLE t (${KEY}, a int REFERENCES p DEFERRABLE INITIALLY DEFERRED)`,
    type: "INT",
    good: 1,
    bad: 2,
    says: /^id 2, column a: .*foreign key constraint/u,
  },
  {
    what: "a partition that is missing",
    ddl: `CREATE TABLE t (id int, a int, PRIMARY KEY (id, a)) PARTITION BY RANGE (a);
      CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10)`,
    type: "INT",
    good: 1,
    bad: 10,
    column: null,
    says: /^id 2, a 10: .*no partition of relation/u,
  },
  {
    what: "an array that is ragged",
    ddl: `CREATE TABLE t (${KEY}, a int[])`,
    type: "INT ARRAY ARRAY",
    good: [
      [1, 2],
      [3, 4],
    ],
    bad: [[1, 2], [3]],
    says: /^id 2, column a: .*\[\[1,2\],\[3\]\]: malformed JSON array/u,
  },
  {
    what: "an inner array that is empty",
    ddl: `CREATE TABLE t (${KEY}, a int[])`,
    type: "INT ARRAY ARRAY",
    good: [],
    bad: [[]],
    says: /^id 2, column a: .*inner array/u,
  },
  {
    what: "an unknown label of an enum",
    ddl: `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (${KEY}, a mood)`,
    type: "VARCHAR",
    good: "ok",
    bad: "angry",
    says: /^id 2, column a: .*invalid input value for enum/u,
  },
  {
    what: "the check of a domain",
    ddl: `CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TABLE t (${KEY}, a positive)`,
    type: "INT",
    good: 1,
    bad: 0,
    says: /^id 2, column a: .*domain positive/u,
  },
  {
    what: "a domain's length",
    ddl: `CREATE DOMAIN short AS varchar(2); CREATE TABLE t (${KEY}, a short)`,
    type: "VARCHAR",
    good: "ab",
    bad: "ab ",
    says: /^id 2, column a: .*longer than 2/u,
  },
  {
    what: "a moment with more digits than the column keeps",
    ddl: `CREATE TABLE t (${KEY}, a timestamp)`,
    type: "TIMESTAMP",
    good: 1_000n,
    bad: 1_001n,
    says: /^id 2, column a: .*more than 6 fraction digits/u,
  },
  {
    what: "a text that is no address",
    ddl: `CREATE TABLE t (${KEY}, a inet)`,
    type: "VARCHAR",
    good: "10.0.0.1",
    bad: "nowhere",
    says: /^id 2, column a: .*invalid input syntax for type inet/u,
  },
  {
    what: "what a trigger raises",
    ddl: `CREATE TABLE t (${KEY}, a int);
      CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.a = 13 THEN RAISE 'unlucky'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no()`,
    type: "INT",
    good: 1,
    bad: 13,
    column: null,
    says: /^id 2: PostgreSQL refuses the row: unlucky/u,
  },
  {
    what: "what a trigger changes",
    ddl: `CREATE TABLE t (${KEY}, a text);
      CREATE FUNCTION low() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.a := lower(NEW.a); RETURN NEW; END $$;
      CREATE TRIGGER low BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION low()`,
    type: "VARCHAR",
    good: "low",
    bad: "High",
    column: null,
    says: /^id 2: .*a trigger of the table changes or drops the row/u,
  },
  {
    what: "what a trigger drops",
    ddl: `CREATE TABLE t (${KEY}, a int);
      CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.a = 13 THEN RETURN NULL; END IF; RETURN NEW; END $$;
      CREATE TRIGGER gone BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION gone()`,
    type: "INT",
    good: 1,
    bad: 13,
    column: null,
    says: /^id 2: .*a trigger of the table changes or drops the row/u,
  },
];

withPostgres((database) => {
  async function afresh(ddl: string): Promise<void> {
    await database().query(
      "DROP TABLE IF EXISTS t, p, tidemark_steps; DROP TYPE IF EXISTS mood; DROP DOMAIN IF EXISTS positive, short",
    );
    await database().query("DROP FUNCTION IF EXISTS no, low, gone");
    await database().query(ddl);
  }

  test.each(REFUSALS)("O1: $what is refused with row, column and value", async (refusal) => {
    const { ddl, type, good, bad, column = "a", says } = refusal;
    await afresh(ddl);
    const columns = columnsOf(`id INT NOT NULL, a ${type}`);
    await using sink = await openOutput(database(), { table: "t", columns });
    const rest = refusal.once === true ? null : good;
    const rows = [good, bad, rest, rest].map((a, at) => [1, at + 1, a] as const);
    const refused = await refusalsOf(sink.take(1n, step(...rows)));
    expect(refused).toEqual([[column, expect.stringMatching(says)]]);
    expect(await database().query("SELECT FROM t WHERE id < 10")).toEqual([]);
    const others = rows.filter(([, id]) => id !== 2);
    expect(await sink.take(1n, step(...others))).toMatchObject({ records: 3 });
    // That it goes away again is nothing to the table.
    await sink.take(2n, step([-1, 2, bad], [-1, 1, good]));
    expect(sink.takenStep).toBe(2n);
  });

  test("O1: all rows that can't be taken are found in one go, whatever is between them", async () => {
    await afresh("CREATE TABLE t (id int PRIMARY KEY, a varchar(2))");
    const columns = columnsOf("id INT NOT NULL, a VARCHAR");
    await using sink = await openOutput(database(), { table: "t", columns });
    const rows = Array.from({ length: 5000 }, (_, id) => {
      return [1, id, id % 1000 === 7 ? "a\u0000" : "ok"] as const;
    });
    const refused = await refusalsOf(sink.take(1n, step(...rows)));
    expect(refused.map(([, message]) => message.split(",")[0])).toEqual(
      [7, 1007, 2007, 3007, 4007].map((id) => `id ${id}`),
    );
  });

  test("O1: rows of a step that have the same key in the table are refused, all of them", async () => {
    await database().query("CREATE EXTENSION IF NOT EXISTS citext");
    await afresh("CREATE TABLE t (id citext PRIMARY KEY, a int)");
    const columns = columnsOf("id VARCHAR NOT NULL, a INT");
    await using sink = await openOutput(database(), { table: "t", columns });
    const rows = [
      [1, "A", 1],
      [1, "a", 2],
      [1, "b", 3],
    ] as const;
    const refused = await refusalsOf(sink.take(1n, step(...rows)));
    expect(refused.map(([, message]) => message)).toEqual([
      'id "A": PostgreSQL refuses the row: another row of the step has the same key there',
      'id "a": PostgreSQL refuses the row: another row of the step has the same key there',
    ]);
    await sink.take(1n, step([1, "b", 3]));
  });

  test.each([
    ["its text", "id text PRIMARY KEY, a int", "k", "k"],
    ["another case of it", "id citext PRIMARY KEY, a int", "k", "K"],
  ])(
    "O1: a row whose key is taken by a row of an earlier step is refused: %s",
    async (...given) => {
      const [, ddl, first, second] = given;
      await afresh(`CREATE EXTENSION IF NOT EXISTS citext; CREATE TABLE t (${ddl})`);
      const columns = columnsOf("id VARCHAR NOT NULL, a INT");
      {
        await using sink = await openOutput(database(), { table: "t", columns });
        await sink.take(1n, step([1, first, 1]));
      }
      await using sink = await openOutput(database(), { table: "t", columns });
      const refused = await refusalsOf(sink.take(2n, step([1, second, 2])));
      expect(refused).toEqual([
        ["id", expect.stringMatching(/^id "[kK]", column id: .*duplicate key value/u)],
      ]);
      await sink.take(2n, step([-1, first, 1], [1, second, 3]));
      expect(await database().query("SELECT id::text, a FROM t")).toEqual([{ id: second, a: 3 }]);
    },
  );

  test("O1: a row that was given up for the case of its key takes no other row with it when it goes", async () => {
    await afresh(
      "CREATE EXTENSION IF NOT EXISTS citext; CREATE TABLE t (id citext PRIMARY KEY, a int); INSERT INTO t VALUES ('Before', 0)",
    );
    const columns = columnsOf("id VARCHAR NOT NULL, a INT");
    await using sink = await openOutput(database(), { table: "t", columns });
    await sink.take(1n, step([1, "k", 1], [1, "before", 2]));
    await sink.take(2n, step([-1, "K", 9]));
    expect(await database().query("SELECT id::text, a FROM t ORDER BY a")).toEqual([
      { id: "k", a: 1 },
      { id: "before", a: 2 },
    ]);
  });

  test("rows that a table had before the output first wrote to it are written over", async () => {
    await afresh("CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 7)");
    const columns = columnsOf("id INT NOT NULL, a INT");
    await using sink = await openOutput(database(), { table: "t", columns });
    await sink.take(1n, step([1, 1, 2]));
    expect(await database().query("SELECT * FROM t")).toEqual([{ id: 1, a: 2 }]);
  });

  test("O1: rows that refer to each other arrive in any order, and one that is referred to can change", async () => {
    await afresh(
      "CREATE TABLE t (id int PRIMARY KEY, a int REFERENCES t, other text DEFAULT 'kept')",
    );
    const columns = columnsOf("id INT NOT NULL, a INT");
    await using sink = await openOutput(database(), { table: "t", columns });
    const refused = await refusalsOf(sink.take(1n, step([1, 1, 2], [1, 2, null], [1, 3, 9])));
    expect(refused).toEqual([["a", expect.stringContaining("id 3, column a")]]);
    await sink.take(1n, step([1, 1, 2], [1, 2, null]));
    await database().query("UPDATE t SET other = 'mine'");
    await sink.take(2n, step([-1, 2, null], [1, 2, 1]));
    expect(await database().query("SELECT id, a, other FROM t ORDER BY id")).toEqual([
      { id: 1, a: 2, other: "mine" },
      { id: 2, a: 1, other: "mine" },
    ]);
  });

  test("O1: a delete that the table refuses names its row", async () => {
    await afresh("CREATE TABLE t (id int PRIMARY KEY, a int)");
    await database().query("CREATE TABLE p (id int REFERENCES t)");
    const columns = columnsOf("id INT NOT NULL, a INT");
    await using sink = await openOutput(database(), { table: "t", columns });
    await sink.take(1n, step([1, 1, 1], [1, 2, 1]));
    await database().query("INSERT INTO p VALUES (2)");
    expect(await refusalsOf(sink.take(2n, step([-1, 1, 1], [-1, 2, 1])))).toEqual([
      [null, expect.stringMatching(/^id 2: PostgreSQL refuses the delete of the row: .*foreign/u)],
    ]);
    await sink.take(2n, step([-1, 1, 1]));
  });

  test("what passes by itself is no refusal of rows", async () => {
    await afresh("CREATE TABLE t (id int PRIMARY KEY, a int)");
    const columns = columnsOf("id INT NOT NULL, a INT");
    await using sink = await openOutput(database(), { table: "t", columns });
    await database().query("ALTER TABLE t RENAME TO p");
    await expect(sink.take(1n, step([1, 1, 1]))).rejects.toThrow('relation "t" does not exist');
    await database().query("ALTER TABLE p RENAME TO t");
    await sink.take(1n, step([1, 1, 1]));
  });
});
