/** The one error for a configuration that can't be used. */

/** A configuration of a connector or format that can't be used; the message names the field, what is wrong and what is allowed. */
export class ConfigError extends Error {
  /** The field at fault, as a dotted path inside the configuration. */
  readonly field: string;
  /** Closed set: what the contract's error codes tell apart. */
  readonly kind:
    | "invalid"
    | "unsupported"
    | "unknown-format"
    | "unknown-transport"
    | "missing-format"
    | "empty-start-after"
    | "cyclic-dependency";
  /** `{relation}.{connector}`, where it is the configuration of one. */
  readonly endpoint: string | undefined;

  constructor(
    field: string,
    message: string,
    kind: ConfigError["kind"] = "invalid",
    options: ErrorOptions & { readonly endpoint?: string } = {},
  ) {
    super(message, options);
    this.name = "ConfigError";
    this.field = field;
    this.kind = kind;
    this.endpoint = options.endpoint;
  }
}
