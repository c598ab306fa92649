/** Queries over RPC: rows as they come, or a small result at once. */

import { QueryService } from "@tidemark/api";
import { type OutputColumn, payloadTooLarge, type Service } from "@tidemark/service";

import { type Binder } from "./binder.ts";
import { MAX_MESSAGE_BYTES, type RpcOptions } from "./rpc-options.ts";

/** Binds the methods that query. */
export function bindQueries(
  binder: Binder,
  service: Pick<Service, "query">,
  renderRow: RpcOptions["renderRow"],
): void {
  const { method } = QueryService;
  binder.serverStream(method.query, async function* query({ pipeline, sql }, { caller, signal }) {
    const { columns, rows } = await service.query(caller, pipeline, sql, { signal });
    yield { columns: columnNames(columns) };
    for await (const batch of rows) {
      yield { rows: batch.map((row) => renderRow(columns, row)) };
    }
  });
  binder.unary(method.queryOnce, async ({ pipeline, sql }, { caller, signal }) => {
    const result = await service.query(caller, pipeline, sql, { signal });
    const rows: string[] = [];
    let characters = 0;
    for await (const batch of result.rows) {
      for (const row of batch) {
        const text = renderRow(result.columns, row);
        characters += text.length;
        if (characters > MAX_MESSAGE_BYTES) throw payloadTooLarge(MAX_MESSAGE_BYTES);
        rows.push(text);
      }
    }
    return { columns: columnNames(result.columns), rows };
  });
}

function columnNames(columns: readonly OutputColumn[]): string[] {
  return columns.map(({ id }) => id.name);
}
