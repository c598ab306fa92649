/** API keys, as the document describes them. */

import { z } from "zod";

import { expected, TEXT } from "./sent-values.ts";
import { UUID } from "./values.ts";

const ROLE = z
  .enum(["read", "write"])
  .meta({ id: "MintableKeyRole", description: "What requests with the key may do." });

/** An API key without the key itself. */
export const API_KEY: z.ZodType = z
  .object({ id: UUID, name: z.string(), role: ROLE })
  .meta({ id: "ApiKeyDescr", description: "An API key; the key itself is never shown again." });

/** What is asked of a new key; roles that keys can't have are refused by name. */
export const NEW_API_KEY: z.ZodType<{
  readonly name: string;
  readonly role?: string | null | undefined;
}> = z
  .object(
    {
      name: TEXT.describe("At most 100 letters, digits, `-` and `_`; new within the tenant."),
      role: TEXT.nullish().describe("`read`, which is the default, or `write`."),
    },
    { error: expected("an object") },
  )
  .meta({ id: "NewApiKeyRequest", description: "A key to be made." });

/** A new key, with the key itself. */
export const MADE_API_KEY: z.ZodType = z
  .object({
    id: UUID,
    name: z.string(),
    api_key: z.string().describe("The key: `apikey:` and 128 letters and digits."),
  })
  .meta({ id: "NewApiKeyResponse", description: "A new key, which is shown this once." });
