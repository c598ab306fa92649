export {
  AmountError,
  type AmountKind,
  amountOf,
  inUnits,
  parseDuration,
  parseSize,
} from "./amounts.ts";
export { type RenamedAmount, renamedAmount, twice } from "./renamed-amount.ts";
export { type ColumnType, type Field } from "./column-type.ts";
export { distinctNames } from "./distinct-names.ts";
export { foldNames } from "./fold-names.ts";
export { indexErrors } from "./index-columns.ts";
export { isJsonObject } from "./json.ts";
export { type Identifier, identifier, spell } from "./identifier.ts";
export {
  type Column,
  type ConnectorDeclaration,
  type OnReject,
  type JsonObject,
  type JsonValue,
  type OutputBuffer,
  type ParsedProgram,
  type Program,
  type ProgramError,
  type PropertyPosition,
  type Span,
  type Table,
  type View,
  type ViewIndex,
} from "./program.ts";
export { mapQuotedNames } from "./quoted-names.ts";
export { parseProgram } from "./parse-program.ts";
export { REJECTED, REJECTED_NAME, withRejected } from "./rejected-relation.ts";
export { placedError } from "./placed-error.ts";
export { renderColumnType } from "./render-column-type.ts";
export { REDACTED, redactedText, secretsIn, secretsOfUrl } from "./secrets.ts";
export { programInfo, type ViewColumns } from "./program-info.ts";
export { type TypeInSql, typeInSql } from "./type-in-sql.ts";
export { type Token, tokenize } from "./tokenizer.ts";
