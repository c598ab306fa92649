/** Finds a type in the middle of other SQL, such as behind AS in a CAST. */

import { type ColumnType } from "./column-type.ts";
import { parseType } from "./parse-type.ts";
import { SyntaxFault } from "./syntax-fault.ts";
import { TokenCursor } from "./token-cursor.ts";
import { type Token } from "./tokenizer.ts";

/** A type and the number of tokens that spell it. */
export interface TypeInSql {
  readonly type: ColumnType;
  readonly tokens: number;
}

/** The type that begins at a token; undefined where none does that programs could declare. */
export function typeInSql(
  text: string,
  tokens: readonly Token[],
  at: number,
): TypeInSql | undefined {
  const rest = tokens.slice(at);
  const cursor = new TokenCursor(text, rest);
  try {
    const type = parseType(cursor, new Map());
    const used = rest.indexOf(cursor.peek());
    return { type, tokens: used < 0 ? rest.length : used };
  } catch (error) {
    if (error instanceof SyntaxFault) return undefined;
    throw error;
  }
}
