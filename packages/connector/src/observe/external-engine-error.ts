/** The one error for what only the embedded engine can do. */

/** A call that an external engine's pipeline can't serve: rows are neither here nor taken in here. */
export class ExternalEngineError extends Error {
  /** What was asked for, as a noun: `query`, `ingress` … */
  readonly what: string;

  constructor(what: string) {
    super(
      `the pipeline is run by an external engine, which Tidemark observes: it takes no ${what}`,
    );
    this.name = "ExternalEngineError";
    this.what = what;
  }
}
