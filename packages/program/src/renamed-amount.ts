/** Amounts whose setting has two names: an older one, a whole number, and a newer one, a text. */

import { AmountError, type AmountKind, amountOf, inUnits } from "./amounts.ts";
import { type JsonObject, type JsonValue } from "./program.ts";

/** A setting's two names, and what a bare number of either counts. */
export interface RenamedAmount extends AmountKind {
  readonly older: string;
  readonly newer: string;
}

/** The amount in whole units of the older name, by whichever name it is given; throws `AmountError`. */
export function renamedAmount(
  config: JsonObject,
  setting: RenamedAmount,
  readOlder: (value: JsonValue) => number,
): number | undefined {
  const older = config[setting.older] ?? undefined;
  const newer = config[setting.newer] ?? undefined;
  if (newer === undefined) return older === undefined ? undefined : readOlder(older);
  if (older !== undefined) throw new AmountError(twice(setting));
  return inUnits(amountOf(newer, setting), setting);
}

/** What is said of a setting that is given by both its names. */
export function twice({ older, newer }: Pick<RenamedAmount, "older" | "newer">): string {
  return `'${older}' and '${newer}' are the same setting; give one of them`;
}
