/** Which web pages may call, as it follows from the configuration. */

import { type OriginRules } from "@tidemark/rest";

import { isLoopback } from "./address.ts";
import { type Config } from "./settings.ts";

/** The rules of the HTTP listener. */
export function originRules({ http, auth, insecure, corsOrigins }: Config): OriginRules {
  const local = isLoopback(http.host);
  return {
    allowed: corsOrigins,
    local,
    hosts: local && auth === "none" && !insecure ? ownHost : undefined,
  };
}

function ownHost(host: string): boolean {
  return isLoopback(host.replace(/^\[(.*)\]$/, "$1"));
}
