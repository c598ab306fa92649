/** What both servers of the API are made of. */

import {
  type Caller,
  type Credentials,
  type OutputColumn,
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

/** What both servers of the API are made of. */
export interface RpcOptions {
  readonly service: Service;
  /** Who calls; rejects with `AuthenticationFailed` and the like. */
  readonly authenticate: (credentials: Credentials) => Promise<Caller>;
  /** One row as a JSON object on one line. */
  readonly renderRow: (columns: readonly OutputColumn[], row: readonly Value[]) => string;
  /** Must not throw. */
  readonly log: (fault: RpcFault) => void;
}

/** The largest message that is taken, in bytes. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;
