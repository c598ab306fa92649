/** A claim: that a connector's frontier reaches a target, at a level, within one incarnation. */

import { type Frontier } from "./frontier.ts";
import { type Incarnation } from "./incarnation.ts";
import { type Level } from "./level.ts";
import { type Span } from "./span.ts";

declare const brand: unique symbol;

/** Identity of a connector within its pipeline, 1 to 255 characters, never reused for another one. */
export type ConnectorId = string & { readonly [brand]: "ConnectorId" };

/** Mints a connector id; an empty or overlong text is a programmer's error (`RangeError`). */
export function connectorId(text: string): ConnectorId {
  if (isConnectorId(text)) return text;
  throw new RangeError(`connector id must have 1 to 255 characters, got ${text.length}`);
}

function isConnectorId(text: string): text is ConnectorId {
  return text.length >= 1 && text.length <= 255;
}

/** What one token says of one connector. */
export interface Claim {
  readonly connector: ConnectorId;
  readonly incarnation: Incarnation;
  /** Everything strictly below it must have reached `level`. */
  readonly frontier: Frontier;
  readonly level: Level;
  /**
   * Where the records that it counts as rejected lie, in partitions that the frontier names; absent,
   * everywhere below the frontier. Whether the claim is complete does not depend on it.
   */
  readonly spans?: readonly Span[];
}
