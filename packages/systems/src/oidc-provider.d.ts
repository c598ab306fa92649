/** The part of `oidc-provider` that the tests use; the package has no types of its own. */
declare module "oidc-provider" {
  import { type IncomingMessage, type ServerResponse } from "node:http";

  /** An OpenID Connect issuer. */
  export class Provider {
    constructor(issuer: string, configuration: object);
    /** The listener for a Node HTTP server. */
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
  }
}
