/** The error envelope, as the document describes it. */

import { z } from "zod";

/** The one shape of every error. */
export const ERROR_RESPONSE: z.ZodType = z
  .looseObject({
    message: z.string().describe("What is wrong, where, and what would be right."),
    error_code: z.string().describe("The reason, in CamelCase; programs go by this."),
    details: z
      .unknown()
      .meta({ description: "What the reason is about; `{}` where there is nothing to say." }),
  })
  .meta({ id: "ErrorResponse", description: "The body of every error." });
