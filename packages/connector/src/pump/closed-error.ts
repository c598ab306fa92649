/** Errors of pushes that a pipeline does not take. */

/** The pipeline takes no more pushes: it is draining, was stopped, or has failed. */
export class PipelineClosedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PipelineClosedError";
  }
}

/** The reason that pushes are rejected with from a drain or a stop on. */
export function closedFor(what: string, cause?: unknown): PipelineClosedError {
  return new PipelineClosedError(`the pipeline takes no more input: ${what}`, { cause });
}

/** A push needs a new endpoint, and there are as many as there may be. */
export class PushLimitError extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`there are already ${limit} endpoints for pushes, the most allowed`);
    this.name = "PushLimitError";
    this.limit = limit;
  }
}
