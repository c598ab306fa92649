export {
  createRestApp,
  DEFAULT_REST_LIMITS,
  type RestFault,
  type RestLimits,
  type RestOptions,
} from "./app.ts";
export { guardOrigins, type OriginRules, originRefusal } from "./origin-guard.ts";
export { credentialsOf } from "./credentials.ts";
export { type LoginProvider } from "./session.ts";
export { type VersionInfo } from "./health.ts";
export { type QueryRenderers } from "./query-formats.ts";
export { openQuerySockets, type QuerySocketOptions, type QuerySockets } from "./query-sockets.ts";
export { refuseMalformed } from "./refuse-malformed.ts";
export { type Usage } from "./stats-json.ts";
export { isQueryUpgrade } from "./upgrade.ts";
