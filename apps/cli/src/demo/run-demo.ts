/** The guided tour. */
/** Runs it. */
export async function runDemo(_options: {
  readonly stay: boolean;
  readonly signal: AbortSignal;
}): Promise<void> {}
