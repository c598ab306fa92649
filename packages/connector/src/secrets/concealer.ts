/** Concealing: keeping the secrets of a connector's configuration out of what is said about it. */

import { type JsonObject, REDACTED, secretsIn, secretsOfUrl } from "@tidemark/program";

/** A shorter secret is found only where it stands alone: it may be a part of any word. */
const LEAST_WITHIN_WORDS = 4;
/** What code decides by, and what holds no configuration. */
const KEPT: ReadonlySet<string> = new Set(["name", "kind", "code", "field", "endpoint"]);

/** Replaces secrets in texts by the references that name them, or by a mark where nothing does. */
export class Concealer {
  readonly #shown = new Map<string, string>();
  readonly #pattern: RegExp | undefined;

  /** `values` by the text of their references, and the configurations as they are used. */
  constructor(values: ReadonlyMap<string, string>, configs: readonly JsonObject[]) {
    for (const [reference, value] of values) {
      this.#hide(value, reference);
      for (const secret of secretsOfUrl(value)) this.#hide(secret, reference);
    }
    for (const secret of configs.flatMap((config) => secretsIn(config))) {
      this.#hide(secret, REDACTED);
    }
    if (this.#shown.size > 0) this.#pattern = anyOf([...this.#shown.keys()]);
  }

  /** Whether there is anything to hide. */
  get hides(): boolean {
    return this.#pattern !== undefined;
  }

  /** The text without secrets. */
  text(text: string): string {
    if (this.#pattern === undefined) return text;
    return text.replaceAll(this.#pattern, (secret) => this.#shown.get(secret) ?? REDACTED);
  }

  /** The same error, its texts and those of its causes without secrets. */
  error(error: unknown): unknown {
    this.#clean(error, new Set());
    return error;
  }

  #clean(error: unknown, seen: Set<unknown>): void {
    if (!(error instanceof Error) || seen.has(error)) return;
    seen.add(error);
    for (const name of Object.getOwnPropertyNames(error)) {
      if (KEPT.has(name)) continue;
      const value: unknown = Reflect.get(error, name);
      if (typeof value === "string") Reflect.set(error, name, this.text(value));
    }
    this.#clean(error.cause, seen);
    if (error instanceof AggregateError) {
      for (const one of error.errors) this.#clean(one, seen);
    }
  }

  #hide(secret: string, shown: string): void {
    const spellings = [secret, secret.trim(), JSON.stringify(secret).slice(1, -1)];
    for (const spelling of [...spellings, encodeURIComponent(secret.toWellFormed())]) {
      if (spelling.trim() !== "" && !this.#shown.has(spelling)) this.#shown.set(spelling, shown);
    }
  }
}

/** Finds the longest first, as one may be a part of another. */
function anyOf(secrets: readonly string[]): RegExp {
  const sorted = [...secrets].toSorted((a, b) => b.length - a.length);
  const parts = sorted.map((secret) => {
    const escaped = secret.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
    if (secret.length >= LEAST_WITHIN_WORDS) return escaped;
    return String.raw`(?<![\p{L}\p{N}])${escaped}(?![\p{L}\p{N}])`;
  });
  return new RegExp(parts.join("|"), "gu");
}
