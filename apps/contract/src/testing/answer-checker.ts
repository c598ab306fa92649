/** Answers held against a document: status, media type and body. */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

import { asObject, isObject, type Json } from "./json.ts";
import { type DocumentedOperation, operationsOf } from "./open-api.ts";

/** An answer, as a client reads it. */
export interface ReadAnswer {
  readonly method: string;
  /** The documented path, with `{placeholders}`. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** Says what is wrong with answers, by a document. */
export class AnswerChecker {
  readonly #operations: ReadonlyMap<string, DocumentedOperation>;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<string, ValidateFunction>();

  readonly #emptyMeansNone: boolean;

  /** `emptyMeansNone`: an answer without a documented body must not have one. */
  constructor(document: Json, { emptyMeansNone }: { readonly emptyMeansNone: boolean }) {
    this.#emptyMeansNone = emptyMeansNone;
    const operations = operationsOf(document);
    this.#operations = new Map(operations.map((one) => [`${one.method} ${one.path}`, one]));
    this.#ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
    addFormats.default(this.#ajv);
    const components = withoutNullable(document["components"]);
    this.#ajv.addSchema({ components: asObject(components) }, "document");
  }

  /** The `operationId`, where the document knows this status of the operation. */
  documented({
    method,
    path,
    status,
  }: Omit<ReadAnswer, "body" | "contentType">): string | undefined {
    const operation = this.#operations.get(`${method} ${path}`);
    return operation?.responses[status] === undefined ? undefined : operation.id;
  }

  /** What is wrong; undefined where the answer is as documented. */
  fault(answer: ReadAnswer): string | undefined {
    const { method, path, status, body } = answer;
    const content = this.#operations.get(`${method} ${path}`)?.responses[status];
    if (content === undefined) return `${method} ${path} has no status ${status}: ${body}`;
    const type = answer.contentType?.split(";")[0];
    if (Object.keys(content).length === 0) {
      return body === "" || !this.#emptyMeansNone
        ? undefined
        : `${method} ${path} ${status} has no body: ${body}`;
    }
    if (type === undefined || !(type in content)) {
      return `${method} ${path} ${status} is not ${type ?? "untyped"}: ${body}`;
    }
    if (type !== "application/json" || !isJsonDocument(content)) return undefined;
    const validate = this.#validator(`${method} ${path} ${status}`, content);
    if (validate(JSON.parse(body))) return undefined;
    return `${method} ${path} ${status}: ${this.#ajv.errorsText(validate.errors)} in ${body}`;
  }

  #validator(key: string, content: Json): ValidateFunction {
    const known = this.#validators.get(key);
    if (known !== undefined) return known;
    const schema = asObject(content["application/json"])["schema"];
    const made = this.#ajv.compile(asObject(withoutNullable(schema)));
    this.#validators.set(key, made);
    return made;
  }
}

/** Streams, also of JSON lines, are binary. */
function isJsonDocument(content: Json): boolean {
  const schema = asObject(asObject(content["application/json"])["schema"]);
  return schema["format"] !== "binary";
}

/** OpenAPI 3.0's `nullable` as JSON Schema says it, and references into the one document. */
function withoutNullable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutNullable);
  if (!isObject(schema)) return schema;
  const nullable = schema["nullable"] === true;
  const kept = Object.entries(schema).filter(([key]) => !nullable || key !== "nullable");
  const entries = kept.map(([key, value]) =>
    key === "$ref" ? [key, `document${String(value)}`] : [key, withoutNullable(value)],
  );
  const plain = Object.fromEntries(entries);
  return nullable ? { anyOf: [plain, { type: "null" }] } : plain;
}
