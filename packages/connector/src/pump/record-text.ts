/** Record texts: a view's changes as rejects keep them. */

import { type Encoder, type OutputFormat } from "../format.ts";
import { type OutputColumn, type ViewChange } from "../value.ts";

/** Writes a change as an insert or delete event of JSON, the same text for equal changes. */
export function recordText(
  formats: ReadonlyMap<string, OutputFormat>,
  columns: readonly OutputColumn[],
): (change: ViewChange) => string {
  const config = { update_format: "insert_delete" };
  const encoder: Encoder | undefined = formats.get("json")?.encoder({ columns, config });
  if (encoder === undefined) return plainText;
  return (change) =>
    Buffer.from(encoder.encode([change]))
      .toString()
      .trimEnd();
}

function plainText({ weight, row }: ViewChange): string {
  const values = JSON.stringify(row, (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  return `{"${weight > 0 ? "insert" : "delete"}":${values}}`;
}
