/** The one error of a registry file that can't be used. */

/** A registry file that can't be opened, read or written; the message says what is wrong with it. */
export class RegistryError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RegistryError";
  }
}
