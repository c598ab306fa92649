/** Our own server in a process of its own, for measuring its CPU time a call. */

import { startTidemark } from "./tidemark.ts";

const server = await startTidemark();
process.send?.({ http: server.http, grpc: server.grpc });
process.on("message", () =>
  process.send?.({ cpu: process.cpuUsage(), memory: process.memoryUsage.rss() }),
);
process.on("disconnect", () => {
  void server[Symbol.asyncDispose]().then(() => process.exit(0));
});
