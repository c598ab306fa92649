/** Pushing: a body of any length goes over gRPC in pieces, with the server's back-pressure. */

import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  IngestEndSchema,
  type IngestOnceResponse,
  type IngestRequest,
  type IngestResponse,
  IngestService,
} from "@tidemark/api";
import { createClient, type Transport } from "@connectrpc/connect";

import { calling } from "./tidemark-error.ts";
import { fromWire, type TokenStatus } from "./token-status.ts";
import { type CallOptions } from "./tokens.ts";

/** Where a body goes, and how it is to be read. */
export interface IngestTarget {
  readonly pipeline: string;
  readonly table: string;
  readonly format: "json" | "csv";
  /** Parameters of the format, such as `update_format`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What `CONNECTOR_METADATA()` in the defaults of columns reads for every record. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Push even while the pipeline is paused. */
  readonly force?: boolean;
  /**
   * 1 to 255 printable ASCII characters. The same body under the same key is taken once and answered
   * with the same token, so a push that broke off may simply be sent again.
   */
  readonly idempotencyKey?: string;
  /** Resolve only once all records are committed; a push with a key always does. */
  readonly durable?: boolean;
  /** Take all of the body or nothing: nothing where one record does not fit, or where it breaks off. */
  readonly atomic?: boolean;
  /** Wait so many milliseconds for completeness once all is taken, and answer its `status`. */
  readonly waitMs?: number;
}

/** A pushed body's receipt. */
export interface Ingested {
  /** Covers every record of the body. */
  readonly token: string;
  readonly records: bigint;
  /** What a wait ended with; absent where none was asked for, or none could be had. */
  readonly status?: TokenStatus;
}

/** How a push is followed and given up. */
export interface IngestOptions extends CallOptions {
  /** Told the bytes handed over so far. */
  readonly onProgress?: (sentBytes: number) => void;
}

/** Pushes a body; resolves once all of it is parsed and queued, or as far as the target asks. */
export type IngestCall = (
  target: IngestTarget,
  body: AsyncIterable<Uint8Array> | Uint8Array,
  options?: IngestOptions,
) => Promise<Ingested>;

const PIECE_BYTES = 256 * 1024;

/** The push over gRPC where there is a way to it; whole bodies in one call where there is not. */
export function ingestCall(grpc: Transport | undefined, connect: Transport): IngestCall {
  if (grpc === undefined) return ingestAtOnce(connect);
  const client = createClient(IngestService, grpc);
  return async (target, body, options = {}) => {
    const call = (): Promise<IngestResponse> =>
      client.ingest(requests(target, body, options), options);
    return ingested(await calling(call, options.signal));
  };
}

function ingestAtOnce(connect: Transport): IngestCall {
  const client = createClient(IngestService, connect);
  return async (target, body, options = {}) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of pieceBy(body)) pieces.push(piece);
    const data = Buffer.concat(pieces);
    options.onProgress?.(data.length);
    const call = (): Promise<IngestOnceResponse> =>
      client.ingestOnce({ header: header(target), body: { case: "data", value: data } }, options);
    return ingested(await calling(call, options.signal));
  };
}

function ingested({
  token,
  records,
  status,
}: Pick<IngestResponse, "token" | "records" | "status">): Ingested {
  return status === undefined ? { token, records } : { token, records, status: fromWire(status) };
}

async function* requests(
  target: IngestTarget,
  body: AsyncIterable<Uint8Array> | Uint8Array,
  options: IngestOptions,
): AsyncIterable<Pick<IngestRequest, "piece">> {
  yield { piece: { case: "header", value: header(target) } };
  let sent = 0;
  for await (const data of pieceBy(body)) {
    yield { piece: { case: "data", value: data } };
    sent += data.length;
    options.onProgress?.(sent);
  }
  yield { piece: { case: "end", value: create(IngestEndSchema) } };
}

function header(
  target: IngestTarget,
): NonNullable<Extract<IngestRequest["piece"], { case: "header" }>>["value"] {
  return {
    $typeName: "tidemark.v1.IngestHeader",
    pipeline: target.pipeline,
    table: target.table,
    format: target.format,
    formatParameters: { ...target.parameters },
    force: target.force === true,
    idempotencyKey: target.idempotencyKey ?? "",
    durable: target.durable === true,
    atomic: target.atomic === true,
    connectorMetadata: target.metadata === undefined ? "" : JSON.stringify(target.metadata),
    ...(target.waitMs === undefined ? {} : { wait: durationFromMs(target.waitMs) }),
  };
}

async function* pieceBy(body: AsyncIterable<Uint8Array> | Uint8Array): AsyncIterable<Uint8Array> {
  const chunks = body instanceof Uint8Array ? [body] : body;
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      yield chunk.subarray(start, start + PIECE_BYTES);
    }
  }
}
