export { type ColumnType, type Field } from "./column-type.ts";
export { type Identifier, identifier, spell } from "./identifier.ts";
export {
  type Column,
  type ConnectorDeclaration,
  type JsonObject,
  type JsonValue,
  type ParsedProgram,
  type Program,
  type ProgramError,
  type Span,
  type Table,
  type View,
} from "./program.ts";
