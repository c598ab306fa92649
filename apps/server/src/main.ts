/** The server's program. */

import { enableCompileCache } from "node:module";

// Stripped and compiled sources are kept, which halves the time until it serves.
enableCompileCache();
const { serve } = await import("./serve.ts");
process.exitCode = await serve(process.argv.slice(2));
