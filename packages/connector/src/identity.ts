/** Identities by digest: the short fixed texts that tokens carry for connectors and incarnations. */

import { createHash } from "node:crypto";

import { type ConnectorId, connectorId, type Incarnation, incarnation } from "@tidemark/core";

/**
 * The id of a connector within its pipeline, the same after every restart.
 * @example connectorIdOf("numbers", "unnamed-0") // 11 characters
 */
export function connectorIdOf(canonicalTable: string, connector: string): ConnectorId {
  return connectorId(digest(`${canonicalTable}.${connector}`, 8));
}

/**
 * An incarnation of 16 characters that is equal exactly where the engine's life and all parts are;
 * a part may hold any character.
 */
export function incarnationOf(life: string, ...parts: readonly (string | number)[]): Incarnation {
  return incarnation(digest(JSON.stringify([life, ...parts]), 12));
}

function digest(text: string, bytes: number): string {
  return createHash("sha256").update(text).digest().subarray(0, bytes).toString("base64url");
}
