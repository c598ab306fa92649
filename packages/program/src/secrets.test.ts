import { assert, constantFrom, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";

import { parseConnectors } from "./connectors.ts";
import { parseProgram } from "./parse-program.ts";
import { programInfo } from "./program-info.ts";
import { isSecretField, redactedText, secretsIn } from "./secrets.ts";

const SECRET = "hunter2-Zq";

function sql(connectors: string): string {
  return `CREATE TABLE t (x BIGINT) WITH ('connectors' = '${connectors.replaceAll("'", "''")}');`;
}

describe("fields", () => {
  test.each([
    "password",
    "sasl.password",
    "ssl.key.password",
    "ssl_client_key",
    "ssl_client_key_pem",
    "ssl.key.pem",
    "ssl.keystore.key",
    "aws_secret_access_key",
    "sasl.jaas.config",
    "auth_token",
    "credentials",
    "basic.auth.user.info",
  ])("%s is a secret", (field) => {
    expect(isSecretField(field)).toBe(true);
  });

  test.each([
    "user",
    "topic",
    "key_columns",
    "primary_key",
    "ssl_client_key_location",
    "sasl.mechanism",
    "token.endpoint.url",
    "seed",
    "bootstrap.servers",
  ])("%s is none", (field) => {
    expect(isSecretField(field)).toBe(false);
  });
});

describe("a program", () => {
  const config = {
    uri: `postgres://user:${SECRET}@db:5432/shop?sslpassword=${SECRET}`,
    "sasl.password": SECRET,
    ssl_client_key: `-----BEGIN KEY-----\n${SECRET}\n-----END KEY-----`,
    nested: { credentials: { anything: SECRET, number: 1 } },
    query: "SELECT 1",
  };
  const entry = [{ transport: { name: "postgres_input", config } }];
  test("is told about without its secrets, and with everything else", () => {
    const parsed = parseProgram(sql(JSON.stringify(entry)));
    if (parsed.kind !== "program") throw new TypeError(JSON.stringify(parsed));
    const told = JSON.stringify(programInfo(parsed.program, new Map()));
    expect(told).not.toContain(SECRET);
    expect(told).toContain("postgres://user:[redacted]@db:5432/shop");
    expect(told).toContain("SELECT 1");
  });

  test("that refers to its secrets is told about as it is", () => {
    const uri = "postgres://user:${env:PG_PASSWORD}@db/shop";
    const references = { uri, "sasl.password": "${secret:kubernetes:kafka/password}" };
    const referring = [{ transport: { name: "postgres_input", config: references } }];
    const parsed = parseProgram(sql(JSON.stringify(referring)));
    if (parsed.kind !== "program") throw new TypeError(JSON.stringify(parsed));
    expect(programInfo(parsed.program, new Map())).toMatchObject({
      input_connectors: { "t.unnamed-0": { transport: { config: references } } },
    });
  });

  test("that is cut off anywhere is repeated without its secrets", () => {
    const text = JSON.stringify(entry);
    assert(
      property(nat(text.length - 1), constantFrom("", "}", '"', "x"), (end, more) => {
        const parsed = parseConnectors(text.slice(0, end) + more, { name: "t", kind: "table" });
        const told = parsed.kind === "invalid" ? parsed.messages.map(redactedText).join("\n") : "";
        expect(told).not.toContain(SECRET);
      }),
    );
  });
});

test("a secret is found as it is written and as it is meant", () => {
  const found = secretsIn({ uri: "postgres://u:p%40ss@h/d", nested: { password: ["a", 7] } });
  expect(found).toEqual(["p%40ss", "p@ss", "a", "7"]);
  expect(secretsIn({ password: "${env:P}", uri: "postgres://u:${env:P}@h/d" })).toEqual([]);
});
