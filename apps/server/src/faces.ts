/** The faces that share the HTTP port. */

import { type RequestListener } from "node:http";

import { encodeRowJson, renderTextTable } from "@tidemark/format";
import { createRestApp, type QueryRenderers } from "@tidemark/rest";
import { type Caller, type Service } from "@tidemark/service";
import { type Logger } from "pino";

import { logEvent } from "./log.ts";
import { type Config } from "./settings.ts";
import { VERSION } from "./version.ts";

/** Nobody has to authenticate: everyone is the one tenant. */
const CALLER: Caller = { tenant: "default" };

/** Answers the documented paths. */
export function restListener(service: Service, config: Config, log: Logger): RequestListener {
  const app = createRestApp({
    service,
    renderers: { jsonRow: encodeRowJson, textTable },
    version: { version: VERSION, revision: "", changelogUrl: "", buildSource: "source" },
    log: (fault) => logEvent(log, fault),
    authenticate: () => Promise.resolve(CALLER),
    limits: { maximumJsonBytes: config.maxJsonBytes, maximumWaitSeconds: config.maxWaitSeconds },
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000 };
    },
    wallMs: Date.now,
  });
  const answer = app.callback();
  return (request, response) => void answer(request, response);
}

/** A table's columns are as wide as their widest value, so all rows are gathered first. */
const textTable: QueryRenderers["textTable"] = async function* textTable(columns, rows) {
  const all = [];
  for await (const batch of rows) all.push(...batch);
  yield renderTextTable(columns, all);
};
