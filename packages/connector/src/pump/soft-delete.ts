/** Soft deletes: an input whose table keeps what the input deletes, as the history of all that came. */

import { type ConnectorDeclaration, type Table } from "@tidemark/program";

import { ConfigError } from "../config-error.ts";
import { type Decoded, type Decoder } from "../format.ts";

/** Whether a connector asks for it; throws `ConfigError` where the table or the value does not allow it. */
export function asksSoftDelete({ declared }: ConnectorDeclaration, table: Table): boolean {
  const value = declared["soft_delete"] ?? false;
  if (typeof value !== "boolean") {
    throw new ConfigError("soft_delete", "'soft_delete' must be true or false");
  }
  if (value && table.primaryKey.length > 0) {
    throw new ConfigError(
      "soft_delete",
      "'soft_delete' needs a table without a primary key, which keeps every row that comes",
    );
  }
  return value;
}

/** A decoder whose deletes are inserts, and which ignores truncates. */
export function softDeleting(decoder: Decoder): Decoder {
  return {
    push: (bytes) => insertsOnly(decoder.push(bytes)),
    finish: async () => insertsOnly(await decoder.finish()),
    unfinished: () => decoder.unfinished?.(),
  };
}

function insertsOnly(decoded: Decoded): Decoded {
  const { rows, operations } = decoded.changes;
  const isKept = (_: unknown, at: number): boolean => operations?.[at] !== "truncate";
  const rejects = decoded.rejects?.map((reject) => ({
    ...reject,
    rows: rows.slice(0, reject.rows).filter(isKept).length,
  }));
  const changes = { rows: rows.filter(isKept) };
  return { ...decoded, changes, ...(rejects === undefined ? {} : { rejects }) };
}
