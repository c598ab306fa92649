import { type ConnectorDeclaration, type JsonObject } from "@tidemark/program";
import { assert, pre, property, string } from "fast-check";
import { describe, expect, test } from "vitest";

import { ConfigError } from "../config-error.ts";
import { declaredInputs } from "../pump/declared.ts";
import { type SourceFactory } from "../source.ts";
import { Log, logSources } from "../testing/log-source.ts";
import { connector, program, table, view } from "../testing/programs.ts";
import { run } from "../testing/run.ts";
import { turn, World } from "../testing/world.ts";
import { Concealer } from "./concealer.ts";
import { type SecretLookup } from "./reference.ts";
import { resolved } from "./resolve.ts";

const { signal } = new AbortController();

const VALUES = new Map([
  ["${env:LOG}", "a"],
  ["${env:PASSWORD}", "hunter2-Zq"],
  ["${secret:kubernetes:pg.main/pass-word_1}", 'p"w\nX/@'],
  ["${env:NESTED}", "${env:PASSWORD}"],
]);

const lookUp: SecretLookup = (reference) => {
  const value = VALUES.get(reference.text);
  return value === undefined
    ? { kind: "missing", why: "nobody knows it" }
    : { kind: "found", value };
};

const nothing: SecretLookup = () => ({ kind: "missing", why: "nobody knows it" });

function configured(config: JsonObject, format: JsonObject = {}): ConnectorDeclaration {
  const named = { name: "json", config: format };
  return connector("c", "log", { transport: { name: "log", config }, format: named });
}

function fault(declaration: ConnectorDeclaration): ConfigError {
  try {
    resolved(declaration, lookUp);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("it was resolved");
}

describe("references", () => {
  test("are replaced wherever they stand in values of transport and format, once", () => {
    const config = {
      uri: "x://u:${env:PASSWORD}@${env:LOG}",
      deep: [{ key: "${secret:kubernetes:pg.main/pass-word_1}" }, 7, null, true],
      again: "${env:NESTED}",
    };
    const { connector: made } = resolved(configured(config, { a: "${env:LOG}" }), lookUp);
    expect(made.transport.config).toEqual({
      uri: "x://u:hunter2-Zq@a",
      deep: [{ key: 'p"w\nX/@' }, 7, null, true],
      again: "${env:PASSWORD}",
    });
    expect(made.format?.config).toEqual({ a: "a" });
  });

  test("what is none stays as it is", () => {
    const config = { query: "SELECT '${x}' || '$' || '${environment}' || '{env:LOG}'" };
    expect(resolved(configured(config), lookUp).connector.transport.config).toEqual(config);
  });

  test.each([
    "${env:}",
    "${env:A B}",
    "${env:1A}",
    "${env:LOG",
    "${env}",
    "${secret:kubernetes:pg}",
    "${secret:kubernetes:PG/key}",
    "${secret:kubernetes:../key}",
    "${secret:kubernetes:a..b/key}",
    "${secret:kubernetes:pg/..}",
    "${secret:kubernetes:pg/a/b}",
    "${secret:vault:pg/key}",
  ])("%s is malformed, and said to be where it stands", (written) => {
    const error = fault(configured({ list: [{ password: `before ${written}` }] }));
    expect(error).toMatchObject({ field: "transport.config.list.0.password", kind: "invalid" });
    expect(error.message).toContain("is no reference");
    expect(error.message).toContain(written);
  });

  test("an unknown one is said by field and name", () => {
    const error = fault(configured({}, { "a.b": "${env:NOWHERE}" }));
    expect(error.field).toBe("format.config.a.b");
    expect(error.message).toBe("'${env:NOWHERE}' can't be replaced: nobody knows it");
  });

  test.each<[string, Partial<ConnectorDeclaration>]>([
    ["a field's name", { transport: { name: "log", config: { "${env:LOG}": 1 } } }],
    ["the transport's name", { transport: { name: "${env:LOG}", config: {} } }],
    ["the format's name", { format: { name: "${env:LOG}", config: {} } }],
    ["a label", { declared: { labels: ["${env:LOG}"] } }],
  ])("one in %s is refused", (_where, given) => {
    expect(fault(connector("c", "log", given)).message).toContain("where it is not replaced");
  });
});

describe("a program", () => {
  const referring = program(
    [
      table(
        "t",
        connector("a", "log", { transport: { name: "log", config: { log: "${env:LOG}" } } }),
      ),
    ],
    [view("v", "t", "out")],
  );

  test("is read by the values, and shown by the references", async () => {
    const log = new Log("a");
    log.append("1");
    const world = new World();
    const sources = new Map([["log", logSources([log])]]);
    await using pipeline = await run({ world, program: referring, sources, secrets: lookUp });
    await turn();
    const [input] = pipeline.inputs();
    expect(input).toMatchObject({ totalRecords: 1 });
    expect(JSON.stringify(input?.declaration)).toContain("${env:LOG}");
  });

  test("can be checked without the values, as far as that goes", () => {
    const asked: string[] = [];
    const source: SourceFactory = {
      ...logSources([]),
      validate: ({ transport }) => void asked.push(JSON.stringify(transport.config)),
    };
    const sources = new Map([["log", source]]);
    declaredInputs(referring, { sources, inputFormats: new Map() });
    expect(asked).toEqual([]);
    expect(() =>
      declaredInputs(referring, { sources: new Map(), inputFormats: new Map() }),
    ).toThrow("connector 't.a': unknown transport 'log'");
  });

  test("does not start without a value, and says which connector lacks it", async () => {
    await expect(
      run({ world: new World(), program: referring, secrets: nothing }),
    ).rejects.toMatchObject({
      endpoint: "t.a",
      field: "transport.config.log",
      message: "connector 't.a': '${env:LOG}' can't be replaced: nobody knows it",
    });
  });

  test("tells of its faults without the values", async () => {
    const source: SourceFactory = {
      ...logSources([new Log("a")]),
      open: async (context) => {
        const config = JSON.stringify(context.connector.transport.config);
        context.trouble(`tried ${config}`);
        const opened = await logSources([new Log("a")]).open(context);
        return Object.assign(opened, {
          head: () => Promise.reject(new Error(`no head with ${config}`)),
        });
      },
    };
    const transport = { name: "log", config: { log: "a", password: "${env:PASSWORD}" } };
    const reading = program([table("t", connector("a", "log", { transport }))]);
    const logged: unknown[] = [];
    await using pipeline = await run({
      world: new World(),
      program: reading,
      sources: new Map([["log", source]]),
      secrets: lookUp,
      log: (event) => void logged.push(event),
    });
    const [input] = pipeline.inputs();
    expect(input?.transportErrors[0]?.message).toContain('"password":"${env:PASSWORD}"');
    if (input === undefined) throw new Error("there is an input");
    await expect(pipeline.position(input.id, "head", { signal })).rejects.toThrow(
      '"password":"${env:PASSWORD}"',
    );
    expect(JSON.stringify(logged)).not.toContain("hunter2-Zq");
  });
});

describe("concealing", () => {
  test("every spelling of a secret is hidden, in errors, causes and their fields", () => {
    const value = 'p"w\nX/@';
    const { concealer } = resolved(
      configured({ uri: "x://u:p%40ss@h", p: "${secret:kubernetes:pg.main/pass-word_1}" }),
      lookUp,
    );
    const cause = Object.assign(new Error(JSON.stringify(value)), { detail: value });
    const error = new AggregateError([cause], `${encodeURIComponent(value)} p@ss p%40ss`, {
      cause,
    });
    expect(concealer.error(error)).toBe(error);
    const reference = "${secret:kubernetes:pg.main/pass-word_1}";
    expect(error.message).toBe(`${reference} [redacted] [redacted]`);
    expect(error.stack).not.toContain("p@ss");
    expect(cause).toMatchObject({ message: `"${reference}"`, detail: reference });
  });

  test("a short secret is hidden where it stands alone, and words stay whole", () => {
    const hiding = new Concealer(new Map([["${env:DB}", "db"]]), []);
    expect(hiding.text("database db (db) dbs")).toBe("database ${env:DB} (${env:DB}) dbs");
  });

  test("no secret of four characters or more is left in any text", () => {
    const secret = string({ minLength: 4, maxLength: 12 }).filter((one) => !one.includes("$"));
    assert(
      property(secret, string(), string(), (value, before, after) => {
        const hiding = new Concealer(new Map([["${env:X}", value]]), []);
        const shown = hiding.text(before + value + after);
        pre(!"${env:X}".includes(value));
        expect(shown.replaceAll("${env:X}", "\0")).not.toContain(value);
      }),
    );
  });
});
