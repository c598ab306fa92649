/** Golden tokens: every token that a release could have written is read for ever. */

import { createHash, createHmac, createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

import { expect, test } from "vitest";

import { type Claim, connectorId } from "./claim.ts";
import { frontier } from "./frontier.ts";
import { incarnation } from "./incarnation.ts";
import { type Level, LEVELS } from "./level.ts";
import { offset } from "./offset.ts";
import { decodeToken, encodeToken, type Sealer } from "./token.ts";

interface Golden {
  readonly name: string;
  readonly version: number;
  readonly text: string;
  readonly pipeline: string;
  readonly claims: readonly Claim[];
}

const CURRENT_VERSIONS: ReadonlySet<number> = new Set([1, 2]);
const KEY = createSecretKey("tidemark golden tokens, test key", "utf8");

const sealer: Sealer = {
  currentKeyId: 1,
  mac: (keyId, body) =>
    keyId === 1 ? createHmac("sha256", KEY).update(body).digest().subarray(0, 16) : undefined,
};

const golden = parseGolden(
  JSON.parse(readFileSync(new URL("../golden/tokens.json", import.meta.url), "utf8")),
);

const UNCHANGED = "the token format is as it was";
const CHANGED =
  "the token format has changed: tokens that are out there can't be read any more. Undo that, or " +
  "give the new format a new version, keep reading the old one, and append new entries to " +
  "golden/tokens.json. Never change or remove an entry.";

/** Digest of the first entries, which are never changed. */
const FIRST = { count: 7, digest: "nkV7GH-Wmld0UiUzio_ATRwhBOifGcJ7-UDR9tUq1Yw" };

test.each(golden)("L13: the golden token $name is read for ever", (entry) => {
  const token = { pipeline: entry.pipeline, claims: entry.claims };
  const same = isDeepStrictEqual(decodeToken(entry.text, sealer), { kind: "token", token });
  expect(same ? UNCHANGED : CHANGED).toBe(UNCHANGED);
});

test.each(golden.filter(({ version }) => CURRENT_VERSIONS.has(version)))(
  "L13: the golden token $name is still written as it was",
  (entry) => {
    const same = encodeToken(entry, sealer) === entry.text;
    expect(same ? UNCHANGED : CHANGED).toBe(UNCHANGED);
  },
);

test("L13: golden tokens are appended, never changed or removed", () => {
  const texts = golden.slice(0, FIRST.count).map((entry) => entry.text);
  const digest = createHash("sha256").update(texts.join("\n")).digest("base64url");
  expect(digest === FIRST.digest ? UNCHANGED : CHANGED).toBe(UNCHANGED);
});

function parseGolden(json: unknown): readonly Golden[] {
  return list(json).map((entry) => ({
    name: text(entry, "name"),
    version: Number(text(entry, "version")),
    text: text(entry, "text"),
    pipeline: text(entry, "pipeline"),
    claims: list(field(entry, "claims")).map((claim) => ({
      ...spans(claim),
      connector: connectorId(text(claim, "connector")),
      incarnation: incarnation(text(claim, "incarnation")),
      level: level(text(claim, "level")),
      frontier: frontier(
        Object.entries(Object(field(claim, "frontier"))).map(([name, value]) => [
          name,
          BigInt(String(value)),
        ]),
      ),
    })),
  }));
}

function spans(claim: unknown): Pick<Claim, "spans"> {
  if (field(claim, "spans") === undefined) return {};
  return {
    spans: list(field(claim, "spans")).map((span) => ({
      partition: text(span, "partition"),
      from: offset(BigInt(text(span, "from"))),
      to: offset(BigInt(text(span, "to"))),
    })),
  };
}

function level(name: string): Level {
  const found = LEVELS.find((one) => one === name);
  if (found === undefined) throw new TypeError(`no such level: ${name}`);
  return found;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("golden/tokens.json must hold lists");
  return value;
}

function text(value: unknown, name: string): string {
  return String(field(value, name));
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) throw new TypeError(`no ${name}`);
  return new Map(Object.entries(value)).get(name);
}
