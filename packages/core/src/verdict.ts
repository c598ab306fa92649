/** A verdict: what one reading says of a claim or of a whole token. */

import { type ConnectorId } from "./claim.ts";
import { type Partition } from "./frontier.ts";
import { type PendingReason } from "./observation.ts";

/** What one claim still lacks. */
export interface Remaining {
  readonly connector: ConnectorId;
  /** Offsets still to be covered, per partition; those already covered are left out. */
  readonly lag: ReadonlyMap<Partition, bigint>;
}

/** Why a claim can never be met or judged. */
export type LostReason =
  | "incarnation-unknown"
  | "connector-unknown"
  | "beyond-end"
  | "dropped"
  | "cut-back";

/** The verdict on a claim or a token. */
export type Verdict =
  | { readonly kind: "complete" }
  | {
      readonly kind: "pending";
      readonly remaining: readonly Remaining[];
      readonly reasons: readonly PendingReason[];
    }
  | {
      readonly kind: "lost";
      readonly connector: ConnectorId;
      readonly reason: LostReason;
      /** One sentence for people, saying what became of the input. */
      readonly message: string;
    }
  | { readonly kind: "unknown"; readonly connector: ConnectorId; readonly message: string };
