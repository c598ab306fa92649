/** Logs: what happened, for operators. */

/** Something that an operator may want to know. */
export interface LogEvent {
  readonly level: "debug" | "info" | "warn" | "error";
  /** One sentence, without names that change from event to event. */
  readonly message: string;
  /** `{relation}.{connector}`, where it is about one. */
  readonly endpoint?: string;
  readonly error?: unknown;
}

/** Takes events; it must not throw. */
export type Log = (event: LogEvent) => void;
