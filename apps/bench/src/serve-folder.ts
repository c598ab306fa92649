/** Our own server over a given folder in a process of its own, for measuring how it starts and idles. */

import { enableCompileCache } from "node:module";

// As the server's own program does.
enableCompileCache();
const { loadConfig, startServer } = await import("@tidemark/server");

const flags = {
  http: "127.0.0.1:0",
  grpc: "127.0.0.1:0",
  dataDir: process.argv[2] ?? "",
  logLevel: "error",
};
const server = await startServer(loadConfig({ flags, environment: {} }));
process.send?.({ ...server.ports });
process.on("message", () =>
  process.send?.({ cpu: process.cpuUsage(), memory: process.memoryUsage.rss() }),
);
process.on("disconnect", () => {
  void server[Symbol.asyncDispose]().then(() => process.exit(0));
});
