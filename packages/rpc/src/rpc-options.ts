/** What both servers of the API are made of. */

import {
  type Caller,
  type Credentials,
  type OutputColumn,
  type QueryResult,
  type Service,
  type Value,
} from "@tidemark/service";

/** A fault inside the server, for operators. */
export interface RpcFault {
  readonly level: "error";
  readonly message: string;
  /** What the caller was told in `request_id`. */
  readonly requestId: string;
  readonly error: unknown;
}

/** What rows are written with. */
export interface QueryWriters {
  /** Writes each row of these columns as a JSON object on one line. */
  readonly jsonRow: (columns: readonly OutputColumn[]) => (row: readonly Value[]) => string;
  readonly arrow_ipc: (result: QueryResult) => AsyncIterable<Uint8Array>;
  readonly parquet: (result: QueryResult) => AsyncIterable<Uint8Array>;
  readonly hash: (result: QueryResult) => AsyncIterable<string>;
}

/** What both servers of the API are made of. */
export interface RpcOptions {
  readonly service: Service;
  /** Who calls; rejects with `AuthenticationFailed` and the like. */
  readonly authenticate: (credentials: Credentials) => Promise<Caller>;
  readonly queryWriters: QueryWriters;
  /** Must not throw. */
  readonly log: (fault: RpcFault) => void;
}

/** The largest message that is taken, in bytes. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;
