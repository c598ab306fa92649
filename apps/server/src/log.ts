/** Structured logs: one JSON object a line. */

import { destination, type Logger, pino, stdSerializers } from "pino";

/** An event of any part of the server. */
export interface Event {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly error?: unknown;
}

/** Opens the log; `file` is appended to, and without one it goes to stderr. */
export function openLog(options: {
  readonly level: string;
  readonly file?: string | undefined;
}): Logger {
  const { level, file } = options;
  return pino(
    { level, base: null, serializers: { error: stdSerializers.err } },
    destination({ dest: file ?? 2, sync: true, mkdir: true }),
  );
}

/** Writes an event with everything that it says besides. */
export function logEvent(log: Logger, { level, message, ...rest }: Event): void {
  log[level](rest, message);
}
