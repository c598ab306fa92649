/** Reading JSON of a known shape, telling the path of what doesn't fit. */

import { type PipelineRecord } from "@tidemark/connector";

import { RegistryError } from "./registry-error.ts";

/** A JSON object as parsed. */
export type JsonObject = PipelineRecord["runtimeConfig"];
/** A JSON value as parsed. */
export type JsonValue = JsonObject[string];

/** A JSON object whose fields are read by type. */
export class JsonReader {
  readonly #json: JsonObject;
  readonly #path: string;

  constructor(json: unknown, path: string) {
    this.#path = path;
    if (!isObject(json)) throw new RegistryError(`${path} is not an object`);
    this.#json = json;
  }

  /** The field as it is; undefined where it isn't there. */
  raw(name: string): JsonValue | undefined {
    return this.#json[name];
  }

  /** A text. */
  text(name: string): string {
    const value = this.raw(name);
    return typeof value === "string" ? value : this.#misfit(name, "a text");
  }

  /** A number. */
  number(name: string): number {
    const value = this.raw(name);
    return typeof value === "number" ? value : this.#misfit(name, "a number");
  }

  /** True or false. */
  bool(name: string): boolean {
    const value = this.raw(name);
    return typeof value === "boolean" ? value : this.#misfit(name, "true or false");
  }

  /** One of these words. */
  word<const W extends string>(name: string, words: readonly W[]): W {
    const value = this.raw(name);
    return words.find((word) => word === value) ?? this.#misfit(name, words.join(" or "));
  }

  /** An object as it is. */
  object(name: string): JsonObject {
    const value = this.raw(name);
    return isObject(value) ? value : this.#misfit(name, "an object");
  }

  /** An object to be read further. */
  reader(name: string): JsonReader {
    return new JsonReader(this.raw(name), `${this.#path}.${name}`);
  }

  /** A list, each of its items read. */
  list<T>(name: string, read: (item: JsonValue, path: string) => T): readonly T[] {
    const value = this.raw(name);
    if (!isList(value)) return this.#misfit(name, "a list");
    return value.map((item, i) => read(item, `${this.#path}.${name}[${i}]`));
  }

  /** What `read` answers where the field is there. */
  optional<T>(name: string, read: () => T): T | undefined {
    return this.raw(name) === undefined ? undefined : read();
  }

  #misfit(name: string, wanted: string): never {
    throw new RegistryError(`${this.#path}.${name} is not ${wanted}`);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}
