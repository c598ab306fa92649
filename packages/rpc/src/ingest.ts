/** Pushing bodies over RPC: in pieces, or small ones at once. */

import { type MessageInitShape } from "@bufbuild/protobuf";
import {
  type IngestHeader,
  type IngestOnceRequest,
  type IngestRequest,
  type IngestResponseSchema,
  IngestService,
} from "@tidemark/api";
import {
  type Ingested,
  type IngestRequest as Push,
  invalidParam,
  type Service,
} from "@tidemark/service";

import { type Binder } from "./binder.ts";
import { timeoutOf } from "./translate/timeout.ts";
import { tokenStatusMessage } from "./translate/token-status.ts";

/** Binds the methods that push. */
export function bindIngest(binder: Binder, service: Pick<Service, "ingest">): void {
  const { method } = IngestService;
  binder.clientStream(method.ingest, async (requests, { caller, signal }) => {
    const iterator = requests[Symbol.asyncIterator]();
    try {
      const header = firstHeader(await iterator.next());
      const body = pieces({ [Symbol.asyncIterator]: () => iterator });
      return receipt(await service.ingest(caller, push(header, body), { signal }));
    } finally {
      await iterator.return?.();
    }
  });
  binder.unary(method.ingestOnce, async (request, { caller, signal }) => {
    if (request.header === undefined) throw invalidParam("'header' is missing");
    const given = push(request.header, once(wholeBody(request)));
    return receipt(await service.ingest(caller, given, { signal }));
  });
}

function push(header: IngestHeader, body: AsyncIterable<Uint8Array>): Push {
  const { pipeline, table, force, durable, atomic } = header;
  const format = { name: header.format, config: header.formatParameters };
  const idempotencyKey = header.idempotencyKey === "" ? undefined : header.idempotencyKey;
  const waitMs = timeoutOf(header.wait, "wait");
  const metadata = header.connectorMetadata === "" ? undefined : header.connectorMetadata;
  return {
    pipeline,
    table,
    format,
    force,
    durable,
    atomic,
    idempotencyKey,
    waitMs,
    metadata,
    body,
  };
}

function receipt({
  token,
  records,
  status,
}: Ingested): Omit<MessageInitShape<typeof IngestResponseSchema>, "$typeName"> {
  return {
    token,
    records: BigInt(records),
    ...(status === undefined ? {} : { status: tokenStatusMessage(status) }),
  };
}

function firstHeader(first: IteratorResult<IngestRequest>): IngestHeader {
  if (first.done === true || first.value.piece.case !== "header") {
    throw invalidParam("the first message of a push must be its 'header'");
  }
  return first.value.piece.value;
}

/** The bytes up to the end; a stream that ends without it was cut off, perhaps inside a record. */
async function* pieces(requests: AsyncIterable<IngestRequest>): AsyncIterable<Uint8Array> {
  for await (const { piece } of requests) {
    if (piece.case === "end") return;
    if (piece.case !== "data") {
      throw invalidParam("every message of a push after the first must be 'data' or 'end'");
    }
    yield piece.value;
  }
  throw invalidParam("the push was cut off: its last message must be 'end'");
}

function wholeBody({ body }: IngestOnceRequest): Uint8Array {
  if (body.case === "data") return body.value;
  if (body.case === "text") return new TextEncoder().encode(body.value);
  throw invalidParam("the body is missing: give it as 'data' or as 'text'");
}

async function* once(body: Uint8Array): AsyncIterable<Uint8Array> {
  yield body;
}
