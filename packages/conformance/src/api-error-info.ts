/** `google.rpc.ErrorInfo` out of its bytes, by a description of our own of the well-known messages. */

import { fromJSON, type PackageDefinition } from "@grpc/proto-loader";
import { z } from "zod";

import { type ApiError } from "./api-face.ts";

/** Reads what `grpc-status-details-bin` carries. */
export function errorInfoOf(status: Uint8Array): Omit<ApiError, "message"> {
  const { details } = STATUS.parse(decode("Status", status));
  const info = details.find(({ typeUrl }) => typeUrl.endsWith("/google.rpc.ErrorInfo"));
  return errorInfo(info?.value ?? new Uint8Array());
}

/** Reads one `google.rpc.ErrorInfo`. */
export function errorInfo(bytes: Uint8Array): Omit<ApiError, "message"> {
  const { reason, domain, metadata } = INFO.parse(decode("ErrorInfo", bytes));
  if (domain === "") throw new Error("an error must carry google.rpc.ErrorInfo with a domain");
  return { reason, details: Object.fromEntries(metadata.map(({ key, value }) => [key, value])) };
}

/** A service makes the loader describe its messages; nobody calls it. */
const WELL_KNOWN: PackageDefinition = fromJSON(
  {
    nested: {
      Any: { fields: { typeUrl: { type: "string", id: 1 }, value: { type: "bytes", id: 2 } } },
      Status: { fields: { details: { rule: "repeated", type: "Any", id: 3 } } },
      ErrorInfo: {
        fields: {
          reason: { type: "string", id: 1 },
          domain: { type: "string", id: 2 },
          metadata: { rule: "repeated", type: "Entry", id: 3 },
        },
      },
      // A map is a list of these on the wire.
      Entry: { fields: { key: { type: "string", id: 1 }, value: { type: "string", id: 2 } } },
      Reader: {
        methods: {
          Status: { requestType: "Status", responseType: "Status", comment: "" },
          ErrorInfo: { requestType: "ErrorInfo", responseType: "ErrorInfo", comment: "" },
        },
      },
    },
  },
  { defaults: true, arrays: true, objects: true },
);

function decode(message: "Status" | "ErrorInfo", bytes: Uint8Array): object {
  const method: unknown = Reflect.get(WELL_KNOWN["Reader"] ?? {}, message);
  const { requestDeserialize } = READER.parse(method);
  return Object(requestDeserialize(Buffer.from(bytes)));
}

const READER = z.object({ requestDeserialize: z.custom<(bytes: Buffer) => unknown>() });
const INFO = z.object({
  reason: z.string(),
  domain: z.string(),
  metadata: z.array(z.object({ key: z.string(), value: z.string() })),
});
const STATUS = z.object({
  details: z.array(z.object({ typeUrl: z.string(), value: z.instanceof(Uint8Array) })),
});
