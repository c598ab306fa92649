/** The one error for a receipt that no token can be issued for. */

/** A receipt that can't be used; the message says what is wrong with it and what one looks like. */
export class ReceiptError extends Error {
  /**
   * `malformed`: it doesn't parse. `elsewhere`: it is of another topic, database or partition.
   * `beyond-head`: the source has nothing there yet. `gone`: the source has dropped or lost it.
   */
  readonly kind: "malformed" | "elsewhere" | "beyond-head" | "gone";

  constructor(kind: ReceiptError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ReceiptError";
    this.kind = kind;
  }
}
