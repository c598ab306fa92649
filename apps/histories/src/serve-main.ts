/** The server as a process of its own, which ends when whoever started it does. */

import { enableCompileCache } from "node:module";

// Stripped and compiled sources are kept, which halves the time until it serves.
enableCompileCache();
const { serve } = await import("@tidemark/server");
process.once("disconnect", () => process.exit(1));
process.exitCode = await serve(process.argv.slice(2));
