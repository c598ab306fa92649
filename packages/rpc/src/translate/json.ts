/** JSON as the well-known messages hold it. */

import { type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { type JsonObject as GivenObject, type JsonValue as GivenValue } from "@tidemark/service";

/** A copy of a JSON object that may be put into a message. */
export function structMessage(given: GivenObject): JsonObject {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]): [string, JsonValue] => [key, jsonMessage(value)]),
  );
}

/** A copy of a JSON value that may be put into a message. */
export function jsonMessage(given: GivenValue): JsonValue {
  if (isList(given)) return given.map(jsonMessage);
  return typeof given === "object" && given !== null ? structMessage(given) : given;
}

function isList(given: GivenValue): given is readonly GivenValue[] {
  return Array.isArray(given);
}
