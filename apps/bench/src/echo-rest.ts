/** The reference for REST calls: Koa and its router, answering every call with the same JSON. */

import { Router } from "@koa/router";
import Koa from "koa";

const reply = process.argv[2] ?? "{}";
const router = new Router();
router.get(
  "/v0/pipelines/:pipeline/tables/:table/connectors/:connector/completion_token",
  (context) => {
    context.type = "application/json";
    context.body = reply;
  },
);
const app = new Koa();
app.use(router.routes());
const server = app.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.send?.({ port: address.port });
});
process.on("message", () => process.send?.({ cpu: process.cpuUsage() }));
process.on("disconnect", () => process.exit(0));
