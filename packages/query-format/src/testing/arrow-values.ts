/** Reads Arrow back: what the buffers of a column hold, value by value. */

import { type Value } from "@tidemark/connector";
import { type ColumnType } from "@tidemark/program";
import { type Data } from "apache-arrow";

import { isMicroseconds } from "../timestamp-unit.ts";

const decoder = new TextDecoder();

/** All values of one batch's column. */
export function arrowValues(type: ColumnType, data: Data): readonly Value[] {
  return Array.from({ length: data.length }, (_, i) => arrowValue(type, data, i));
}

function arrowValue(type: ColumnType, data: Data, i: number): Value {
  if (!data.getValid(i)) return null;
  const from = Number(data.valueOffsets?.[i] ?? 0);
  const to = Number(data.valueOffsets?.[i + 1] ?? 0);
  switch (type.kind) {
    case "array":
      return arrowValues(type.element, child(data, 0)).slice(from, to);
    case "map": {
      const entries = child(data, 0);
      const keys = arrowValues(type.key, child(entries, 0));
      const values = arrowValues(type.value, child(entries, 1));
      return keys.map((key, at) => [key, values[at] ?? null]).slice(from, to);
    }
    case "row":
      return type.fields.map((field, at) => arrowValue(field.type, child(data, at), i));
    case "text":
    case "uuid":
    case "variant":
      return decoder.decode(data.values.subarray(from, to));
    case "binary":
      return Uint8Array.from(data.values.subarray(from, to));
    case "boolean":
      return ((data.values[i >> 3] >> (i & 7)) & 1) === 1;
    case "decimal": {
      const words = Array.from(data.values.subarray(4 * i, 4 * i + 4), BigInt);
      const whole = words.reduceRight<bigint>((sum, word) => (sum << 32n) | word, 0n);
      return BigInt.asIntN(128, whole);
    }
    case "timestamp":
      return BigInt(data.values[i]) * (isMicroseconds(type) ? 1000n : 1n);
    case "integer":
    case "real":
    case "double":
    case "date":
    case "time":
      return data.values[i];
    default:
      throw new TypeError(`unknown column type ${String(type satisfies never)}`);
  }
}

function child(data: Data, place: number): Data {
  const found = data.children[place];
  if (found === undefined) throw new Error("a child is missing");
  return found;
}
