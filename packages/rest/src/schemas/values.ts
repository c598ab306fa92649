/** Values that occur all over the answers. */

import { z } from "zod";

/** A moment, in UTC. */
export const INSTANT: z.ZodString = z.string().meta({ format: "date-time" });

/** A UUID. */
export const UUID: z.ZodString = z.string().meta({ format: "uuid" });

/** A number of something. */
export const COUNT: z.ZodNumber = z.int().min(0).meta({ format: "int64" });

/** An object whose fields are not described here. */
export const ANY_OBJECT: z.ZodRecord<z.ZodString, z.ZodUnknown> = z.record(z.string(), z.unknown());
