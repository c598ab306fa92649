/** The fault that ends the parsing of one statement. */

import { type Range } from "./text-position.ts";

/** Thrown inside the parser only; callers of the package get it as a `ProgramError`. */
export class SyntaxFault extends Error {
  readonly range: Range;
  readonly errorType: string;

  constructor(range: Range, message: string, errorType: string = "Error parsing SQL") {
    super(message);
    this.name = "SyntaxFault";
    this.range = range;
    this.errorType = errorType;
  }
}
