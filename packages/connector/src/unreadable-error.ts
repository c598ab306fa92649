/** The one error for a source that can't tell of its positions now. */

/** The source can't be asked at this time, and may be later; the message, for clients, says why. */
export class UnreadableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UnreadableError";
  }
}
