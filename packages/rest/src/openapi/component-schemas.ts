/** Named schemas: hoisted out of the schemas that use them, into the document's components. */

import { z } from "zod";

import { type JsonObject } from "../service-answers.ts";

/** Collects the schemas that have an `id`, while others are written. */
export class ComponentSchemas {
  readonly #named = new Map<string, JsonObject>();

  /** A schema of what comes in or goes out, as JSON Schema that refers to the components. */
  write(schema: z.ZodType, io: "input" | "output"): JsonObject {
    const { $schema: _, $defs = {}, ...own } = asJson(toJsonSchema(schema, io));
    for (const [name, definition] of Object.entries(asJson($defs))) {
      this.#add(name, asJson(definition));
    }
    const { id } = own;
    if (typeof id !== "string") return own;
    this.#add(id, own);
    return { $ref: `#/components/schemas/${id}` };
  }

  /** All named schemas, by name. */
  all(): JsonObject {
    return Object.fromEntries([...this.#named].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #add(name: string, named: JsonObject): void {
    const definition = Object.fromEntries(Object.entries(named).filter(([key]) => key !== "id"));
    const known = this.#named.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new TypeError(`two schemas are called '${name}'`);
    }
    this.#named.set(name, definition);
  }
}

function toJsonSchema(schema: z.ZodType, io: "input" | "output"): unknown {
  const written = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override({ jsonSchema }) {
      // Bounds of numbers as such, and names of properties as such, say nothing.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.type === "object") delete jsonSchema.propertyNames;
    },
  });
  const value: unknown = JSON.parse(
    JSON.stringify(written).replaceAll('"#/$defs/', '"#/components/schemas/'),
  );
  return value;
}

function asJson(value: unknown): JsonObject {
  return OBJECT.parse(value);
}

const OBJECT = z.custom<JsonObject>((value) => typeof value === "object" && value !== null);
