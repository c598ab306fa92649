/** The error of an idempotency key that stands for another push. */

/** The key was given with another body, table or format before; nothing of this push was taken. */
export class KeyReusedError extends Error {
  readonly key: string;
  /** What differs, as a clause. */
  readonly difference: string;

  constructor(key: string, difference: string) {
    super(`the idempotency key '${key}' stands for another push: ${difference}`);
    this.name = "KeyReusedError";
    this.key = key;
    this.difference = difference;
  }
}
