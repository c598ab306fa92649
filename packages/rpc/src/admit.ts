/** Admission: who calls a method, once known and of the role that the method asks. */

import { type DescMethod } from "@bufbuild/protobuf";
import { type Caller, requireRole } from "@tidemark/service";

import { roleOf } from "./roles.ts";
import { type RpcOptions } from "./rpc-options.ts";

/** The caller of a method, by the headers of the call; rejects where it may not call it. */
export async function admit(
  { authenticate }: Pick<RpcOptions, "authenticate">,
  method: DescMethod,
  header: (name: string) => string | undefined,
): Promise<Caller> {
  const caller = await authenticate({
    authorization: header("authorization"),
    tenant: header("feldera-tenant"),
  });
  requireRole(caller, roleOf(method));
  return caller;
}
