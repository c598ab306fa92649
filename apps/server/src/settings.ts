/** Settings: each one's name, what it allows, its default and its help, in one table. */

import { z } from "zod";

import { ACCESS_SETTINGS, type AccessConfig } from "./access-settings.ts";
import { type Address, address } from "./address.ts";
import { help, text, toggle, whole } from "./setting-kinds.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** A whole configuration. */
export interface Config extends AccessConfig {
  readonly http: Address;
  readonly grpc: Address;
  readonly dataDir: string;
  readonly keysFile?: string | undefined;
  readonly secretsDir?: string | undefined;
  readonly insecure: boolean;
  readonly logLevel: (typeof LEVELS)[number];
  readonly logFile?: string | undefined;
  readonly maxPipelines: number;
  readonly maxWaiters: number;
  readonly maxWaitSeconds: number;
  readonly maxPushKeys: number;
  readonly pushKeyHours: number;
  readonly maxJsonBytes: number;
  readonly maxHeaderBytes: number;
  readonly drainSeconds: number;
}

/** All settings; their errors complete the sentence "allowed is …". */
const SETTINGS = z.strictObject({
  http: address().default({ host: "127.0.0.1", port: 8080 }).register(help, {
    value: "HOST:PORT",
    help: "where REST and Connect listen; port 0 takes a free one",
  }),
  grpc: address()
    .default({ host: "127.0.0.1", port: 50_051 })
    .register(help, { value: "HOST:PORT", help: "where gRPC listens; port 0 takes a free one" }),
  dataDir: text("a folder's path").default(".tidemark").register(help, {
    value: "PATH",
    help: "the folder that holds everything; it belongs to one server at a time",
  }),
  keysFile: text("a file's path").optional().register(help, {
    value: "PATH",
    help: "token keys that replicas share; without it, one is created in the data folder",
  }),
  secretsDir: text("a folder's path").optional().register(help, {
    value: "PATH",
    help: "where connectors find ${secret:kubernetes:<name>/<key>}, as the file kubernetes/<name>/<key>",
  }),
  ...ACCESS_SETTINGS,
  insecure: toggle().default(false).register(help, {
    help: "listen beyond this machine although callers need not authenticate",
  }),
  logLevel: z
    .enum(LEVELS, { error: `one of ${LEVELS.join(", ")}` })
    .default("info")
    .register(help, { value: "LEVEL", help: "the least that is logged" }),
  logFile: text("a file's path").optional().register(help, {
    value: "PATH",
    help: "where the log is appended to; without it, it goes to stderr",
  }),
  maxPipelines: whole(1, 100_000)
    .default(1000)
    .register(help, { value: "N", help: "how many pipelines there may be" }),
  maxWaiters: whole(1, 100_000_000)
    .default(1_000_000)
    .register(help, { value: "N", help: "how many calls may wait for tokens at a time" }),
  maxWaitSeconds: whole(1, 86_400)
    .default(300)
    .register(help, { value: "N", help: "a longer wait is cut to this" }),
  maxPushKeys: whole(16, 1_000_000).default(10_000).register(help, {
    value: "N",
    help: "how many idempotency keys a pipeline remembers; the oldest are forgotten",
  }),
  pushKeyHours: whole(1, 8760).default(24).register(help, {
    value: "N",
    help: "how long an idempotency key is remembered after it was last pushed under",
  }),
  maxJsonBytes: whole(1024, 1_073_741_824).default(2_097_152).register(help, {
    value: "N",
    help: "the largest JSON request; pushed bodies have no limit",
  }),
  maxHeaderBytes: whole(8192, 1_048_576)
    .default(65_536)
    .register(help, { value: "N", help: "the largest request line with its headers" }),
  drainSeconds: whole(0, 3600).default(60).register(help, {
    value: "N",
    help: "how long stopping may take to commit and deliver what was taken in",
  }),
});

/** Reads settings by key; those that are missing take their default. */
export function parseSettings(
  values: Readonly<Record<string, unknown>>,
): z.ZodSafeParseResult<Config> {
  return SETTINGS.safeParse(values);
}

/** What `--help` and the environment call a setting. */
export interface SettingNames {
  /** As a configuration file spells it: `maxPipelines`. */
  readonly key: string;
  /** `--max-pipelines`. */
  readonly flag: string;
  /** `TIDEMARK_MAX_PIPELINES`. */
  readonly variable: string;
  /** The placeholder of its value; a switch has none. */
  readonly value: string | undefined;
  readonly help: string;
}

/** The names of all settings, in the order of the table. */
export const SETTING_NAMES: readonly SettingNames[] = Object.entries(SETTINGS.shape).map(
  ([key, schema]) => ({
    key,
    flag: `--${words(key).join("-")}`,
    variable: `TIDEMARK_${words(key).join("_").toUpperCase()}`,
    value: help.get(schema)?.value,
    help: help.get(schema)?.help ?? "",
  }),
);

function words(key: string): string[] {
  return key.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
}
