/** Programs that can't run: each mistake is told where it is, and nothing starts. */

import { expect, test } from "vitest";

import { type ApiFace, errorOf, valueOf } from "./api-face.ts";
import { compiled } from "./api-pipeline.ts";

const withConnectors = (connectors: string): string =>
  `CREATE TABLE t (a INT) WITH ('connectors' = '${connectors}');`;

const FAULTY: readonly {
  readonly what: string;
  readonly program: string;
  readonly says: RegExp;
}[] = [
  { what: "SQL that does not parse", program: "CREATE TABEL t (a INT);", says: /./u },
  { what: "an unknown type", program: "CREATE TABLE t (a INTT);", says: /INTT/iu },
  {
    what: "a view of an unknown table",
    program: "CREATE TABLE t (a INT);\nCREATE VIEW v AS SELECT * FROM u;",
    says: /u/u,
  },
  {
    what: "two tables of one name",
    program: "CREATE TABLE t (a INT);\nCREATE TABLE T (a INT);",
    says: /t/iu,
  },
  {
    what: "connectors that are not JSON",
    program: withConnectors("[{"),
    says: /relation 't': property 'connectors' has value '\[\{' which is invalid: /u,
  },
  {
    what: "a connector without a transport",
    program: withConnectors('[{"name": "c"}]'),
    says: /transport/u,
  },
  {
    what: "an unknown transport",
    program: withConnectors('[{"name": "c", "transport": {"name": "carrier_pigeon"}}]'),
    says: /carrier_pigeon/u,
  },
  {
    what: "two connectors of one name",
    program: withConnectors(
      '[{"name": "c", "transport": {"name": "datagen"}}, {"name": "c", "transport": {"name": "datagen"}}]',
    ),
    says: /'?c'?/u,
  },
  {
    what: "a connector's name with blanks",
    program: withConnectors('[{"name": "a b", "transport": {"name": "datagen"}}]'),
    says: /a b/u,
  },
];

/** A faulty program is told by its status, and never started. */
export function programCases(face: () => ApiFace): void {
  test.each(FAULTY)("$what is an SqlError, and can't be started", async ({ program, says }) => {
    await using pipeline = await compiled(face(), program);
    const { programStatus, programErrors } = valueOf(await face().get(pipeline.name));
    expect(programStatus).toBe("SqlError");
    expect(programErrors.map(({ message }) => message).join("\n")).toMatch(says);
    expect(programErrors[0]?.startLine).toBeGreaterThan(0);
    expect(errorOf(await face().start(pipeline.name, "running"))).toMatchObject({
      reason: "CannotStartWithCompilationError",
      details: {},
    });
  });
}
